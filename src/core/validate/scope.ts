/** Which type and namespace each declared object has, and whether the environment's binding allows it. Asks no cluster: discovery comes in as a value. */
import type { DesiredObject, ResolvedObject } from '../../domain/desired.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Finding, FindingCode } from '../../domain/finding.ts';
import {
  type Discovery,
  displayName,
  type KubernetesObject,
  objectKey,
  type ObjectKey,
  type ObjectRef,
  refOf,
  type ResourceType,
} from '../../domain/kubernetes.ts';
import { matchesKind, matchesPattern } from '../../domain/name-pattern.ts';
import { typesDeclaredBy } from './declared-types.ts';
import { suggestKind } from './suggest-kind.ts';

export interface ScopeResult {
  /** Objects that may be observed and planned: known, allowed, named once. */
  readonly resolved: readonly ResolvedObject[];
  readonly findings: readonly Finding[];
  /** Objects of a group that could not be discovered: the plan is incomplete, and nothing is said against them. */
  readonly brokenGroupObjects: readonly DesiredObject[];
  /**
   * Declared, but kept back by an error above. They must not be looked up in the cluster, which would show people what they
   * may not see; and they are no reason to prune either, since they are declared.
   */
  readonly refused: readonly ObjectRef[];
}

type ScopeEnvironment = Pick<Environment, 'spec' | 'binding'>;

/** `objects` as read or rendered; the namespace is filled in for namespaced kinds and dropped for others. */
export function resolveScope(
  objects: readonly DesiredObject[],
  environment: ScopeEnvironment,
  discovery: Discovery,
): ScopeResult {
  const served = new Map(discovery.types.map((type) => [typeKey(type), type]));
  const declared = new Map(typesDeclaredBy(objects.map((each) => each.object)).map((type) => [typeKey(type), type]));
  const broken = new Set(discovery.brokenGroups);
  const seen = new Map<ObjectKey, DesiredObject>();
  const resolved: ResolvedObject[] = [];
  const findings: Finding[] = [];
  const brokenGroupObjects: DesiredObject[] = [];
  const refused: ObjectRef[] = [];

  for (const desired of objects) {
    const ref = refOf(desired.object);
    const type = served.get(typeKey(ref)) ?? declared.get(typeKey(ref));
    const notAllowed = kindFinding(desired, ref, environment);
    if (
      notAllowed === undefined &&
      type === undefined &&
      (broken.has(desired.object.apiVersion) || broken.has(ref.group))
    ) {
      brokenGroupObjects.push(desired);
      continue;
    }
    if (notAllowed !== undefined || type === undefined) {
      findings.push(notAllowed ?? unknownKind(desired, ref, discovery, [...declared.values()]));
      refused.push(ref);
      continue;
    }
    const placed = place(desired, type, environment);
    const placedRef = refOf(placed.desired.object);
    const error =
      namespaceFinding(placed.desired, placedRef, environment) ?? duplicate(placed.desired, placedRef, seen);
    findings.push(...placed.findings, ...(error === undefined ? [] : [error]));
    if (error === undefined) {
      seen.set(objectKey(placedRef), placed.desired);
      resolved.push({ desired: placed.desired, type, declaredByCrd: !served.has(typeKey(ref)) });
    } else {
      refused.push(placedRef);
    }
  }
  return { resolved, findings, brokenGroupObjects, refused };
}

function typeKey({ group, version, kind }: Pick<ResourceType, 'group' | 'version' | 'kind'>): string {
  return `${group}/${version}/${kind}`;
}

/** The object in the namespace it belongs to. */
function place(
  desired: DesiredObject,
  type: ResourceType,
  { spec }: ScopeEnvironment,
): { readonly desired: DesiredObject; readonly findings: readonly Finding[] } {
  const { namespace, ...metadata } = desired.object.metadata;
  if (type.namespaced) {
    const filled = { ...metadata, name: desired.object.metadata.name, namespace: namespace ?? spec.namespace };
    return { desired: withMetadata(desired, filled), findings: [] };
  }
  if (namespace === undefined) {
    return { desired, findings: [] };
  }
  const placed = withMetadata(desired, { ...metadata, name: desired.object.metadata.name });
  const warning = {
    ...finding('cluster-scoped-namespace', placed, refOf(placed.object), namespace),
    severity: 'warning',
  } as const;
  return { desired: placed, findings: [warning] };
}

function withMetadata(desired: DesiredObject, metadata: KubernetesObject['metadata']): DesiredObject {
  return { ...desired, object: { ...desired.object, metadata } };
}

function kindFinding(desired: DesiredObject, ref: ObjectRef, { binding }: ScopeEnvironment): Finding | undefined {
  if (binding.kinds.some((pattern) => matchesKind(pattern, ref.kind, ref.group))) {
    return undefined;
  }
  const what = ref.group === '' ? ref.kind : `${ref.kind}.${ref.group}`;
  return finding('kind-not-allowed', desired, ref, `${what}; allowed are ${listed(binding.kinds)}`);
}

/** A Namespace object is judged by the namespace it makes. */
function namespaceFinding(desired: DesiredObject, ref: ObjectRef, { binding }: ScopeEnvironment): Finding | undefined {
  const namespace = ref.group === '' && ref.kind === 'Namespace' ? ref.name : ref.namespace;
  if (namespace === '' || binding.namespaces.some((pattern) => matchesPattern(pattern, namespace))) {
    return undefined;
  }
  return finding('namespace-not-allowed', desired, ref, `${namespace}; allowed are ${listed(binding.namespaces)}`);
}

function listed(patterns: readonly string[]): string {
  const shown = patterns.slice(0, 10).join(', ');
  return patterns.length === 0 ? 'none' : patterns.length > 10 ? `${shown} and ${patterns.length - 10} more` : shown;
}

function duplicate(
  desired: DesiredObject,
  ref: ObjectRef,
  seen: ReadonlyMap<ObjectKey, DesiredObject>,
): Finding | undefined {
  const other = seen.get(objectKey(ref));
  if (other === undefined) {
    return undefined;
  }
  const { file, line } = other.source;
  return finding(
    'duplicate-object',
    desired,
    ref,
    `${displayName(ref)} in ${desired.source.file}:${desired.source.line} and in ${file}:${line}`,
  );
}

function unknownKind(
  desired: DesiredObject,
  ref: ObjectRef,
  discovery: Discovery,
  declared: readonly ResourceType[],
): Finding {
  const fix = suggestKind(ref, [...discovery.types, ...declared]);
  const found = finding('kind-unknown', desired, ref, `${desired.object.apiVersion} ${ref.kind}`);
  return fix === undefined ? found : { ...found, fix };
}

function finding(code: FindingCode, desired: DesiredObject, object: ObjectRef, detail: string): Finding {
  const { file, line } = desired.source;
  return { code, severity: 'error', file, line, object, detail };
}
