/** A JSON value → a Kubernetes object we can name, or what keeps it from being one. */
import type { Finding, FindingCode } from '../../domain/finding.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { type KubernetesObject, type ObjectRef, parseApiVersion } from '../../domain/kubernetes.ts';
import { nameProblem } from './object-name.ts';
import { withoutEmptyTimestamps, withoutServerFields } from './server-fields.ts';

/** A finding whose place is still a path inside the object. */
export interface ObjectFinding {
  readonly code: FindingCode;
  readonly severity: Finding['severity'];
  readonly path: string;
  readonly detail: string;
  readonly fix?: string;
  readonly object?: ObjectRef;
}

export interface CheckedObject {
  /** Absent when a finding is an error. */
  readonly object?: KubernetesObject;
  readonly findings: readonly ObjectFinding[];
}

const error = (code: FindingCode, path: string, detail: string, fix?: string): ObjectFinding => ({
  code,
  severity: 'error',
  path,
  detail,
  ...(fix === undefined ? {} : { fix }),
});

/** `text` is the document the value was read from, to look for things cheaply before looking properly. */
export function checkObject(value: Json, text: string): CheckedObject {
  if (!isJsonObject(value)) {
    return { findings: [error('not-an-object', '', `the document is ${nounOf(value)}`)] };
  }
  const { apiVersion, kind, metadata } = value;
  const missing = identityProblems(value);
  if (missing.length > 0 || typeof apiVersion !== 'string' || typeof kind !== 'string' || !isMetadata(metadata)) {
    return { findings: missing };
  }
  const { name, namespace } = metadata;
  const ref: ObjectRef = { ...parseApiVersion(apiVersion), kind, namespace: namespace ?? '', name };
  const problems = [...nameFindings(apiVersion, kind, metadata), ...encryption(value, text)];
  if (problems.length > 0) {
    return { findings: problems.map((each) => ({ ...each, object: ref })) };
  }
  const { object, removed } = withoutServerFields(value);
  const cleaned = text.includes('creationTimestamp') ? withoutEmptyTimestamps(object) : object;
  return {
    object: { ...cleaned, apiVersion, kind, metadata: withoutNulls(cleaned['metadata'], metadata) },
    findings: removed.map((path) => ({
      code: 'server-field-in-manifest',
      severity: 'warning',
      path,
      detail: path,
      object: ref,
    })),
  };
}

/** Metadata after everything that makes it one has been found. */
type CheckedMetadata = KubernetesObject['metadata'];

function isMetadata(metadata: Json | undefined): metadata is CheckedMetadata {
  return isJsonObject(metadata) && typeof metadata['name'] === 'string';
}

/** Without fields that are null, as templates write `annotations:` with nothing below, and without an empty namespace. */
function withoutNulls(cleaned: Json | undefined, metadata: CheckedMetadata): CheckedMetadata {
  const kept = isMetadata(cleaned) ? cleaned : metadata;
  const entries = Object.entries(kept).filter(
    ([key, value]) => value !== null && !(key === 'namespace' && value === ''),
  );
  return { ...Object.fromEntries(entries), name: kept.name };
}

/** Everything that keeps an object from having an identity, all at once. */
function identityProblems(value: JsonObject): readonly ObjectFinding[] {
  const { apiVersion, kind, metadata } = value;
  const found: ObjectFinding[] = [];
  if (apiVersion === undefined && kind === undefined) {
    const fix = isJsonObject(value['sops'])
      ? undefined
      : 'Move the file out of the path of the environment, or make it a manifest.';
    return [error('not-an-object', '', 'neither apiVersion nor kind is given', fix)];
  }
  if (!isText(apiVersion)) {
    found.push(error('api-version-missing', 'apiVersion', typeProblem('apiVersion', apiVersion)));
  }
  if (!isText(kind)) {
    found.push(error('kind-missing', 'kind', typeProblem('kind', kind)));
  }
  if (isText(apiVersion) && apiVersion.startsWith('kustomize.config.k8s.io/')) {
    return [
      error(
        'not-an-object',
        '',
        'it is a file for kustomize',
        'Set render: kustomize for this environment, or move the file away.',
      ),
    ];
  }
  if (metadata !== undefined && metadata !== null && !isJsonObject(metadata)) {
    found.push(error('not-an-object', 'metadata', `metadata is ${nounOf(metadata)}`));
  } else {
    found.push(...metadataProblems(isJsonObject(metadata) ? metadata : {}));
  }
  return found;
}

function metadataProblems(metadata: JsonObject): readonly ObjectFinding[] {
  const { name, namespace, generateName } = metadata;
  const found: ObjectFinding[] = [];
  if (name === undefined || name === null || name === '') {
    found.push(
      isText(generateName)
        ? error('generate-name', 'metadata.generateName', generateName)
        : error('name-missing', 'metadata', 'metadata.name is not given'),
    );
  } else if (typeof name !== 'string') {
    found.push(error('name-invalid', 'metadata.name', `metadata.name is ${nounOf(name)}`, 'Put the name in quotes.'));
  }
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    found.push(
      error('name-invalid', 'metadata.namespace', `metadata.namespace is ${nounOf(namespace)}`, 'Put it in quotes.'),
    );
  }
  for (const field of ['labels', 'annotations'] as const) {
    found.push(...textMapProblems(`metadata.${field}`, metadata[field]));
  }
  return found;
}

/** A map full of the same mistake tells it this often. */
const mostOfAKind = 10;

/** Labels and annotations are text only, which the server refuses and YAML makes easy to miss: `enabled: yes`. */
function textMapProblems(path: string, map: Json | undefined): readonly ObjectFinding[] {
  if (map === undefined || map === null) {
    return [];
  }
  if (!isJsonObject(map)) {
    return [error('server-invalid', path, `${path} is ${nounOf(map)}, not a mapping`)];
  }
  return Object.entries(map)
    .filter(([, value]) => typeof value !== 'string')
    .slice(0, mostOfAKind)
    .map(([key, value]) =>
      error(
        'server-invalid',
        `${path}[${key}]`,
        `${path} "${key}" is ${nounOf(value)}, not text`,
        'Put the value in quotes.',
      ),
    );
}

function nameFindings(apiVersion: string, kind: string, metadata: CheckedMetadata): readonly ObjectFinding[] {
  const problem = nameProblem(apiVersion, kind, metadata.name);
  const { namespace } = metadata;
  const found = problem === undefined ? [] : [error('name-invalid', 'metadata.name', problem.why, problem.fix)];
  if (
    namespace !== undefined &&
    namespace !== null &&
    namespace !== '' &&
    !/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)
  ) {
    const why =
      'a namespace has at most 63 lower-case letters, digits and -, and begins and ends with a letter or digit';
    return [...found, error('name-invalid', 'metadata.namespace', why)];
  }
  return found;
}

/** SOPS keeps the shape of the object and encrypts its values: applied as it stands, the cluster would get the ciphertext. */
function encryption(value: JsonObject, text: string): readonly ObjectFinding[] {
  const { sops } = value;
  if (isJsonObject(sops) && (Object.hasOwn(sops, 'mac') || Object.hasOwn(sops, 'version'))) {
    return [error('encrypted-secret', 'sops', 'the file is encrypted with SOPS')];
  }
  return text.includes('ENC[AES256_GCM,') && holdsCiphertext(value)
    ? [error('encrypted-secret', '', 'values are encrypted with SOPS')]
    : [];
}

function holdsCiphertext(value: Json | undefined): boolean {
  if (typeof value === 'string') {
    return value.startsWith('ENC[AES256_GCM,data:');
  }
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((each: Json | undefined) => holdsCiphertext(each))
  );
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function typeProblem(field: string, value: Json | undefined): string {
  return value === undefined || value === null || value === ''
    ? `${field} is not given`
    : `${field} is ${nounOf(value)}, not text`;
}

function nounOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return typeof value === 'number' ? 'a number' : 'a boolean';
}
