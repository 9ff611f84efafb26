/**
 * Names as Kubernetes demands them, as far as a kind's rule is known without asking the server: every name is one segment
 * of a URL path; the built-in groups listed here demand a DNS subdomain. RBAC (`system:node`), IP addresses and
 * aggregated APIs have looser rules, and the server has the last word anyway.
 * Source: k8s.io/apimachinery pkg/api/validation/path and pkg/util/validation.
 */
import { parseApiVersion } from '../../domain/kubernetes.ts';

const subdomainGroups = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'storage.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
]);

const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const longestName = 253;

/** Why the server would refuse this name, and a name it would take; undefined when nothing is known against it. */
export function nameProblem(
  apiVersion: string,
  kind: string,
  name: string,
): { readonly why: string; readonly fix?: string } | undefined {
  if (name.length > longestName) {
    return { why: `the name has ${name.length} characters, ${longestName} are allowed` };
  }
  if (name === '.' || name === '..' || /[/%]/.test(name)) {
    return { why: 'a name must not be . or .. nor contain / or %' };
  }
  const { group } = parseApiVersion(apiVersion);
  const demanding = subdomainGroups.has(group) || (group === 'networking.k8s.io' && kind !== 'IPAddress');
  if (!demanding || subdomain.test(name)) {
    return undefined;
  }
  const why = 'a name consists of lower-case letters, digits, - and ., and begins and ends with a letter or digit';
  const better = name
    .toLowerCase()
    .replaceAll(/[^-a-z0-9.]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return subdomain.test(better) ? { why, fix: `Did you mean ${better}?` } : { why };
}
