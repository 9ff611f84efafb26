/**
 * Why a rollout will not finish, read from the newest pods: told within seconds instead of after progressDeadlineSeconds.
 * A pod that failed or that is being deleted is no such reason: its controller starts another, and a Job counts how often.
 */
import { at } from '../../domain/json-path.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { condition } from './compute-readiness.ts';

const pulls = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
/** A container that waits with one of these reasons does not start by waiting longer. */
const hopeless = new Set([
  ...pulls,
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);
const hopelessPulls = new Set(['InvalidImageName', 'ErrImageNeverPull']);
/** How containerd and registries (OCI distribution specification, error codes) say that there is no such image. */
const absent = /: not found\b|code = NotFound|manifest unknown|name unknown/i;
/** Seconds, from kstatus. */
const unschedulableAfter = 15;

export interface PodTrouble {
  readonly pod: string;
  /** In the cluster's words: `container checkout does not start: CrashLoopBackOff: …`, `cannot pull checkout:1.4.3 (ErrImagePull): not found`. */
  readonly detail: string;
  /** It will not get better by waiting: the registry answered that there is no such image. Else it may be a hiccup. */
  readonly certain: boolean;
}

export type SecondsSince = (rfc3339: string) => number;

export function podTrouble(pods: readonly KubernetesObject[], secondsSince: SecondsSince): PodTrouble | undefined {
  for (const pod of pods) {
    if (pod.metadata['deletionTimestamp'] !== undefined) continue;
    const trouble = containerTrouble(pod) ?? maybe(schedulingTrouble(pod, secondsSince));
    if (trouble !== undefined) return { pod: pod.metadata.name, ...trouble };
  }
  return undefined;
}

type Trouble = Omit<PodTrouble, 'pod'>;

function maybe(detail: string | undefined): Trouble | undefined {
  return detail === undefined ? undefined : { detail, certain: false };
}

function containerTrouble(pod: KubernetesObject): Trouble | undefined {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((list) => {
    const found = at(pod, 'status', list);
    return Array.isArray(found) ? found.filter(isJsonObject) : [];
  });
  for (const status of statuses) {
    const waiting = at(status, 'state', 'waiting');
    if (!isJsonObject(waiting) || typeof waiting['reason'] !== 'string' || !hopeless.has(waiting['reason'])) continue;
    const reason = waiting['reason'];
    if (pulls.has(reason)) return pullTrouble(text(status, 'image'), reason, text(waiting, 'message'));
    // A Job starts its containers again as often as its backoffLimit says, and then fails by itself.
    if (reason === 'CrashLoopBackOff' && isOfJob(pod)) continue;
    return maybe(`container ${text(status, 'name')} does not start: ${reason}${clause(waiting)}${lastEnd(status)}`);
  }
  return undefined;
}

function isOfJob(pod: KubernetesObject): boolean {
  const owners = at(pod, 'metadata', 'ownerReferences');
  return Array.isArray(owners) && owners.some((owner: Json) => at(owner, 'kind') === 'Job');
}

/** `; it ended with exit code 137 (OOMKilled)`: what the back-off message does not say. */
function lastEnd(status: JsonObject): string {
  const ended = at(status, 'lastState', 'terminated');
  const exit = at(ended, 'exitCode');
  if (!isJsonObject(ended) || typeof exit !== 'number') return '';
  const reason = text(ended, 'reason');
  return `; it ended with exit code ${exit}${reason === '' || reason === 'Error' ? '' : ` (${reason})`}`;
}

/** Without what the kubelet and the container runtime put before the registry's answer, each naming the image again. */
function pullTrouble(image: string, reason: string, message: string): Trouble {
  const answer = message
    .replace(/^Back-off pulling image "[^"]*":? ?/, '')
    .replace(/^ErrImagePull: /, '')
    .replace(/^[Ff]ailed to pull image "[^"]*": /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '')
    .replace(/^failed to resolve (?:reference|image) "[^"]*": /, '');
  const detail = `cannot pull ${image} (${reason})${answer === '' ? '' : `: ${answer}`}`;
  return { detail, certain: hopelessPulls.has(reason) || absent.test(message) };
}

function schedulingTrouble(pod: KubernetesObject, secondsSince: SecondsSince): string | undefined {
  const scheduled = condition(pod, 'PodScheduled');
  if (scheduled?.['status'] !== 'False' || scheduled['reason'] !== 'Unschedulable') return undefined;
  return secondsSince(text(scheduled, 'lastTransitionTime')) < unschedulableAfter
    ? undefined
    : `no node takes it${clause(scheduled)}`;
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
