/**
 * Why a rollout will not finish, read from the newest pods: told within seconds instead of after progressDeadlineSeconds.
 * A container that waits with one of these reasons does not start by waiting longer.
 */
import { at } from '../../domain/json-path.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { condition } from './compute-readiness.ts';

const hopeless = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);
/** Seconds, from kstatus. */
const unschedulableAfter = 15;

export interface PodTrouble {
  readonly pod: string;
  /** In the cluster's words: `cannot start checkout (ErrImagePull): Failed to pull image …`. */
  readonly detail: string;
}

export type SecondsSince = (rfc3339: string) => number;

export function podTrouble(pods: readonly KubernetesObject[], secondsSince: SecondsSince): PodTrouble | undefined {
  for (const pod of pods) {
    const detail = containerTrouble(pod) ?? schedulingTrouble(pod, secondsSince) ?? failure(pod);
    if (detail !== undefined) return { pod: pod.metadata.name, detail };
  }
  return undefined;
}

function containerTrouble(pod: KubernetesObject): string | undefined {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((list) => {
    const found = at(pod, 'status', list);
    return Array.isArray(found) ? found.filter(isJsonObject) : [];
  });
  for (const status of statuses) {
    const waiting = at(status, 'state', 'waiting');
    if (!isJsonObject(waiting) || typeof waiting['reason'] !== 'string' || !hopeless.has(waiting['reason'])) continue;
    return `container ${text(status, 'name')} does not start: ${waiting['reason']}${clause(waiting)}`;
  }
  return undefined;
}

function schedulingTrouble(pod: KubernetesObject, secondsSince: SecondsSince): string | undefined {
  const scheduled = condition(pod, 'PodScheduled');
  if (scheduled?.['status'] !== 'False' || scheduled['reason'] !== 'Unschedulable') return undefined;
  return secondsSince(text(scheduled, 'lastTransitionTime')) < unschedulableAfter
    ? undefined
    : `no node takes it${clause(scheduled)}`;
}

function failure(pod: KubernetesObject): string | undefined {
  return at(pod, 'status', 'phase') === 'Failed' ? `the pod failed${clause(pod['status'])}` : undefined;
}

function clause(from: unknown): string {
  return isJsonObject(from) && typeof from['message'] === 'string' && from['message'] !== ''
    ? `: ${from['message']}`
    : '';
}

function text(from: JsonObject, field: string): string {
  const value = from[field];
  return typeof value === 'string' ? value : '';
}
