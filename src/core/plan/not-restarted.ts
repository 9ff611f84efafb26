/**
 * Workloads that read a changed ConfigMap or Secret but do not restart: environment variables and subPath mounts are read once
 * (kubernetes.io/docs/concepts/configuration/configmap), so their pods keep the old value.
 */
import type { Json } from '../../domain/json.ts';
import { at } from '../../domain/json-path.ts';
import { displayName, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { Consequence, PlannedChange } from '../../domain/plan.ts';
import { isAtOrBelow } from '../diff/path.ts';
import { changesPods } from './consequences.ts';

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

interface Source {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** `declared` is everything the environment declares; `changes` what the plan changes. */
export function notRestarted(
  changes: readonly PlannedChange[],
  declared: readonly KubernetesObject[],
): ReadonlyMap<PlannedChange, readonly Consequence[]> {
  const startsAnew = (change: PlannedChange) =>
    change.action === 'create' || change.action === 'replace' || changesPods(change);
  const fresh = new Set(changes.filter(startsAnew).map(({ ref }) => displayName(ref)));
  const running = declared.filter(
    (object) =>
      workloads.has(object.kind) && at(object, 'spec', 'replicas') !== 0 && !fresh.has(displayName(refOf(object))),
  );
  const found = new Map<PlannedChange, readonly Consequence[]>();
  for (const change of changes) {
    const { kind, name, namespace } = change.ref;
    if (change.action !== 'update' || (kind !== 'ConfigMap' && kind !== 'Secret') || !changesValues(change)) continue;
    const stale = running.flatMap((workload): readonly Consequence[] => {
      const how = workload.metadata.namespace === namespace ? readOnce(workload, { kind, name }) : undefined;
      return how === undefined ? [] : [{ code: 'not-restarted', workload: displayName(refOf(workload)), how }];
    });
    if (stale.length > 0) found.set(change, stale);
  }
  return found;
}

function changesValues(change: PlannedChange): boolean {
  return change.fields.some(({ path }) => isAtOrBelow(path, 'data') || isAtOrBelow(path, 'binaryData'));
}

/** How its containers read the source where they do so only when they start. */
function readOnce(workload: KubernetesObject, source: Source): string | undefined {
  const pod = at(workload, 'spec', 'template', 'spec');
  const containers = ['initContainers', 'containers'].flatMap((list) => items(at(pod, list)));
  if (containers.some((container) => readsVariables(container, source))) return 'environment variables';
  const volumes = new Set(
    items(at(pod, 'volumes'))
      .filter((volume) => holds(volume, source))
      .map((volume) => at(volume, 'name')),
  );
  const mounted = containers
    .flatMap((container) => items(at(container, 'volumeMounts')))
    .some(
      (mount) => volumes.has(at(mount, 'name')) && (at(mount, 'subPath') ?? at(mount, 'subPathExpr')) !== undefined,
    );
  return mounted ? 'a single mounted file (subPath)' : undefined;
}

function readsVariables(container: Json, { kind, name }: Source): boolean {
  const [whole, single] = kind === 'ConfigMap' ? ['configMapRef', 'configMapKeyRef'] : ['secretRef', 'secretKeyRef'];
  return (
    items(at(container, 'envFrom')).some((from) => at(from, whole ?? '', 'name') === name) ||
    items(at(container, 'env')).some((variable) => at(variable, 'valueFrom', single ?? '', 'name') === name)
  );
}

function holds(volume: Json, { kind, name }: Source): boolean {
  const direct = kind === 'ConfigMap' ? at(volume, 'configMap', 'name') : at(volume, 'secret', 'secretName');
  const field = kind === 'ConfigMap' ? 'configMap' : 'secret';
  return direct === name || items(at(volume, 'projected', 'sources')).some((one) => at(one, field, 'name') === name);
}

function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
