/** What a request path means: `/apis/apps/v1/namespaces/shop/deployments/web/status` and the like. */
import type { ResourceRoute } from './face.ts';
import type { Registry } from './registry.ts';

export type Route =
  | ResourceRoute
  /** A group whose API server does not answer. */
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'groupVersion'; readonly group: string; readonly version: string }
  | { readonly kind: 'no-resource' }
  | { readonly kind: 'other' };

/** `path` without the query. `namespace` is undefined for all namespaces and for cluster-scoped kinds. */
export function route(path: string, registry: Registry): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root === 'api' && rest.length > 0) return below(registry, '', rest);
  if (root === 'apis' && rest[0] !== undefined) {
    if (rest.length === 1) return { kind: 'group', group: rest[0] };
    return below(registry, rest[0], rest.slice(1));
  }
  return { kind: 'other' };
}

function below(registry: Registry, group: string, parts: readonly string[]): Route {
  const [version = '', ...rest] = parts;
  if (registry.broken.has(`${group}/${version}`)) return { kind: 'unavailable' };
  const known = registry.all().some((resource) => resource.group === group);
  if (rest.length === 0) return known ? { kind: 'groupVersion', group, version } : { kind: 'other' };
  if (!known) return { kind: 'other' };
  // `namespaces/x/status` is a subresource of the namespace itself, `namespaces/x/pods` a kind in it.
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '');
  const namespace = inNamespace ? rest[1] : undefined;
  const [plural = '', name = '', subresource = '', ...more] = inNamespace ? rest.slice(2) : rest;
  const resource = registry.find(group, version, plural);
  if (resource === undefined || more.length > 0 || (inNamespace && !resource.namespaced))
    return { kind: 'no-resource' };
  if (subresource !== '' && !resource.subresources.includes(subresource)) return { kind: 'no-resource' };
  return { kind: 'resource', resource, namespace, name, subresource };
}
