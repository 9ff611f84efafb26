/** What Kubernetes does because of a change, in its own terms: pods roll, access opens, a config is not picked up. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { displayName, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { Consequence, PlannedChange } from '../../domain/plan.ts';
import { at } from '../../domain/json-path.ts';

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Consequences of one create, update or replace; `next` is what will be stored. */
export function consequencesOf(
  change: PlannedChange,
  live: KubernetesObject | undefined,
  next: KubernetesObject,
): readonly Consequence[] {
  return [...rollout(change, live, next), ...access(live, next)];
}

function rollout(
  change: PlannedChange,
  live: KubernetesObject | undefined,
  next: KubernetesObject,
): readonly Consequence[] {
  if (!workloads.has(next.kind) || live === undefined || change.action !== 'update') return [];
  if (!change.fields.some((field) => field.path.startsWith('spec.template'))) return [];
  const replicas = at(next, 'spec', 'replicas');
  const scheduled = at(live, 'status', 'desiredNumberScheduled');
  const pods = next.kind === 'DaemonSet' ? scheduled : replicas;
  const count = typeof pods === 'number' ? pods : 1;
  if (count === 0) return [];
  const recreate = at(next, 'spec', 'strategy', 'type') === 'Recreate';
  return [recreate ? { code: 'recreates-pods', pods: count } : { code: 'rolls-pods', pods: count }];
}

/** Access that was not open before. */
function access(live: KubernetesObject | undefined, next: KubernetesObject): readonly Consequence[] {
  const before = new Set(live === undefined ? [] : openings(live));
  return openings(next)
    .filter((detail) => !before.has(detail))
    .map((detail) => ({ code: 'opens-access', detail }));
}

function openings(object: KubernetesObject): readonly string[] {
  const found: string[] = [];
  const type = at(object, 'spec', 'type');
  if (object.kind === 'Service' && (type === 'LoadBalancer' || type === 'NodePort')) found.push(`Service type ${type}`);
  if (object.kind === 'ClusterRole' || object.kind === 'Role') found.push(...wildcardRules(object));
  const role = at(object, 'roleRef', 'name');
  if (object.kind.endsWith('RoleBinding') && role === 'cluster-admin') found.push('binds cluster-admin');
  const pod = object.kind === 'Pod' ? at(object, 'spec') : at(object, 'spec', 'template', 'spec');
  if (isJsonObject(pod)) found.push(...podOpenings(pod));
  return found;
}

function wildcardRules(object: KubernetesObject): readonly string[] {
  const rules = at(object, 'rules');
  const has = (rule: Json, field: string) => {
    const values = at(rule, field);
    return Array.isArray(values) && values.includes('*');
  };
  return Array.isArray(rules) && rules.some((rule: Json) => has(rule, 'verbs') && has(rule, 'resources'))
    ? ['may do everything (`*` on `*`)']
    : [];
}

function podOpenings(pod: JsonObject): readonly string[] {
  const found: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (pod[field] === true) found.push(field);
  const volumes = pod['volumes'];
  if (Array.isArray(volumes) && volumes.some((volume: Json) => at(volume, 'hostPath') !== undefined)) {
    found.push('mounts a path of the node');
  }
  for (const list of ['initContainers', 'containers']) {
    const containers = pod[list];
    if (!Array.isArray(containers)) continue;
    for (const container of containers) {
      if (at(container, 'securityContext', 'privileged') === true) {
        found.push(`privileged container \`${JSON.stringify(at(container, 'name') ?? '')}\``);
      }
    }
  }
  return found;
}

/**
 * Workloads that read a changed ConfigMap or Secret but do not restart: environment variables and subPath mounts are read once.
 * `declared` is everything the environment declares; `changes` what the plan changes.
 */
export function notRestarted(
  changes: readonly PlannedChange[],
  declared: readonly KubernetesObject[],
): ReadonlyMap<PlannedChange, readonly Consequence[]> {
  const rolling = new Set(
    changes.filter((change) => change.fields.some((field) => field.path.startsWith('spec.template'))).map(nameOf),
  );
  const found = new Map<PlannedChange, readonly Consequence[]>();
  for (const change of changes) {
    const { kind, name, namespace } = change.ref;
    if (change.action !== 'update' || (kind !== 'ConfigMap' && kind !== 'Secret')) continue;
    const readers = declared.filter(
      (object) =>
        workloads.has(object.kind) &&
        (object.metadata.namespace ?? '') === namespace &&
        !rolling.has(displayName(refOf(object))) &&
        readsAsEnvironment(object, kind, name),
    );
    if (readers.length === 0) continue;
    found.set(
      change,
      readers.map((reader) => ({
        code: 'not-restarted',
        workload: displayName(refOf(reader)),
        how: 'environment variables',
      })),
    );
  }
  return found;
}

function nameOf(change: PlannedChange): string {
  return displayName(change.ref);
}

function readsAsEnvironment(workload: KubernetesObject, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  const [fromField, keyField] =
    kind === 'ConfigMap' ? ['configMapRef', 'configMapKeyRef'] : ['secretRef', 'secretKeyRef'];
  const pod = at(workload, 'spec', 'template', 'spec');
  return ['initContainers', 'containers'].some((list) => {
    const containers = at(pod, list);
    if (!Array.isArray(containers)) return false;
    return containers.some((container: Json) => {
      const sources = [...items(at(container, 'envFrom')), ...items(at(container, 'env'))];
      return sources.some(
        (source) =>
          at(source, fromField ?? '', 'name') === name || at(source, 'valueFrom', keyField ?? '', 'name') === name,
      );
    });
  });
}

function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
