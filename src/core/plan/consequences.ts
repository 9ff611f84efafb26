/** What Kubernetes does because of a change, in its own terms: pods roll, access opens. */
import { at } from '../../domain/json-path.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import type { Consequence, PlannedChange } from '../../domain/plan.ts';
import { isAtOrBelow } from '../diff/path.ts';
import { openings } from './openings.ts';

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Whether the change gives a workload's pods another template, so that they are started anew. */
export function changesPods(change: PlannedChange): boolean {
  return workloads.has(change.ref.kind) && change.fields.some(({ path }) => isAtOrBelow(path, 'spec.template'));
}

/** Consequences of one create, update or replace; `next` is what will be stored. */
export function consequencesOf(
  change: PlannedChange,
  live: KubernetesObject | undefined,
  next: KubernetesObject,
): readonly Consequence[] {
  if (change.action === 'conflict') return [];
  return [...rollout(change, live, next), ...access(live, next)];
}

function rollout(
  change: PlannedChange,
  live: KubernetesObject | undefined,
  next: KubernetesObject,
): readonly Consequence[] {
  if (live === undefined || change.action !== 'update' || !changesPods(change)) return [];
  // With OnDelete the pods stay until somebody deletes them.
  if (at(next, 'spec', 'updateStrategy', 'type') === 'OnDelete') return [];
  const pods = next.kind === 'DaemonSet' ? at(live, 'status', 'desiredNumberScheduled') : at(next, 'spec', 'replicas');
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
