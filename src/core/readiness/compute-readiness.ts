/**
 * Is an object ready? Follows kstatus (sigs.k8s.io/cli-utils) in its order of decision, with three corrections: an object with no
 * evidence is `assumed`, not ready; a Failed Pod has failed; a Job is ready when it completed.
 */
import { at } from '../../domain/json-path.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { parseApiVersion, type KubernetesObject } from '../../domain/kubernetes.ts';

export interface Readiness {
  readonly state: 'ready' | 'assumed' | 'progressing' | 'failed' | 'terminating';
  /** What it waits for or why it failed, for people; '' when ready. */
  readonly detail: string;
}

const ready: Readiness = { state: 'ready', detail: '' };

export function computeReadiness(object: KubernetesObject): Readiness {
  if (object.metadata['deletionTimestamp'] !== undefined) return { state: 'terminating', detail: 'is being deleted' };
  const observed = at(object, 'status', 'observedGeneration');
  const { generation } = object.metadata;
  if (typeof observed === 'number' && generation !== undefined && observed !== generation) {
    return progressing('its controller has not seen the change yet');
  }
  const reconciling = condition(object, 'Reconciling');
  if (reconciling?.['status'] === 'True') return progressing(messageOf(reconciling, 'is reconciling'));
  const stalled = condition(object, 'Stalled');
  if (stalled?.['status'] === 'True') return failed(messageOf(stalled, 'is stalled'));
  const rule = rules[`${parseApiVersion(object.apiVersion).group}/${object.kind}`];
  return rule ? rule(object) : byReadyCondition(object);
}

const rules: Readonly<Record<string, (object: KubernetesObject) => Readiness>> = {
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/ReplicaSet': replicaSet,
  '/Pod': pod,
  'batch/Job': job,
  '/PersistentVolumeClaim': claim,
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
  '/Namespace': (object) => (at(object, 'status', 'phase') === 'Active' ? ready : progressing('is not active yet')),
  'apiregistration.k8s.io/APIService': () => ({ state: 'assumed', detail: '' }),
};

function deployment(object: KubernetesObject): Readiness {
  if (missingStatus(object)) return progressing('its controller has not seen it yet');
  const progress = condition(object, 'Progressing');
  if (progress?.['reason'] === 'ProgressDeadlineExceeded') return failed(messageOf(progress, 'made no progress'));
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  const behind = firstBehind(object, wanted, [
    ['replicas', 'created'],
    ['updatedReplicas', 'updated'],
    ['availableReplicas', 'available'],
    ['readyReplicas', 'ready'],
  ]);
  if (behind !== undefined) return progressing(behind);
  const surplus = surplusPods(object, wanted);
  if (surplus !== undefined) return progressing(surplus);
  const available = condition(object, 'Available');
  return available?.['status'] === 'True' ? ready : progressing(messageOf(available, 'is not available'));
}

function statefulSet(object: KubernetesObject): Readiness {
  if (onDelete(object)) return ready;
  if (missingStatus(object)) return progressing('its controller has not seen it yet');
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  const behind = firstBehind(object, wanted, [
    ['replicas', 'created'],
    ['readyReplicas', 'ready'],
  ]);
  if (behind !== undefined) return progressing(behind);
  const surplus = surplusPods(object, wanted);
  if (surplus !== undefined) return progressing(surplus);
  const partition = numberAt(object, 0, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  const updated = numberAt(object, 0, 'status', 'updatedReplicas');
  if (partition > 0)
    return updated >= wanted - partition ? ready : progressing(`${updated} of ${wanted - partition} pods are updated`);
  if (at(object, 'status', 'currentRevision') === at(object, 'status', 'updateRevision')) return ready;
  return progressing(`${updated} of ${wanted} pods are updated`);
}

function daemonSet(object: KubernetesObject): Readiness {
  if (missingStatus(object)) return progressing('its controller has not seen it yet');
  const wanted = numberAt(object, 0, 'status', 'desiredNumberScheduled');
  const behind = firstBehind(object, wanted, [
    ['currentNumberScheduled', 'scheduled'],
    // With OnDelete the old pods stay until somebody deletes them.
    ...(onDelete(object) ? [] : [['updatedNumberScheduled', 'updated'] as const]),
    ['numberAvailable', 'available'],
    ['numberReady', 'ready'],
  ]);
  return behind === undefined ? ready : progressing(behind);
}

function replicaSet(object: KubernetesObject): Readiness {
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  const late = firstBehind(object, wanted, [['readyReplicas', 'ready']]) ?? surplusPods(object, wanted);
  return late === undefined ? ready : progressing(late);
}

function pod(object: KubernetesObject): Readiness {
  const phase = at(object, 'status', 'phase');
  if (phase === 'Succeeded') return ready;
  if (phase === 'Failed') return failed(podMessage(object));
  const crashing = crashLoop(object);
  if (crashing !== undefined) return failed(crashing);
  return condition(object, 'Ready')?.['status'] === 'True' ? ready : progressing('the pod is not ready');
}

/** A container that the kubelet has given up restarting at once. */
function crashLoop(object: KubernetesObject): string | undefined {
  for (const list of ['initContainerStatuses', 'containerStatuses']) {
    const statuses = at(object, 'status', list);
    if (!Array.isArray(statuses)) continue;
    const crashing = statuses.find((status: Json) => at(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff');
    const waiting = at(crashing, 'state', 'waiting');
    if (isJsonObject(waiting)) return `CrashLoopBackOff: ${messageOf(waiting, 'a container keeps ending')}`;
  }
  return undefined;
}

function claim(object: KubernetesObject): Readiness {
  const phase = at(object, 'status', 'phase');
  if (phase === 'Lost') return failed('has lost its volume');
  // A claim of a class that waits for its first consumer is not bound before a pod uses it.
  return phase === 'Bound' ? ready : { state: 'assumed', detail: 'is not bound to a volume yet' };
}

function podMessage(object: KubernetesObject): string {
  const status = at(object, 'status');
  return isJsonObject(status) ? messageOf(status, 'the pod failed') : 'the pod failed';
}

function job(object: KubernetesObject): Readiness {
  const failure = condition(object, 'Failed');
  if (failure?.['status'] === 'True') return failed(messageOf(failure, 'the job failed'));
  if (condition(object, 'Complete')?.['status'] === 'True') return ready;
  return at(object, 'spec', 'suspend') === true
    ? { state: 'assumed', detail: 'is suspended' }
    : progressing('is running');
}

function definition(object: KubernetesObject): Readiness {
  const names = condition(object, 'NamesAccepted');
  if (names?.['status'] === 'False') return failed(messageOf(names, 'its names are not accepted'));
  return condition(object, 'Established')?.['status'] === 'True' ? ready : progressing('is not established yet');
}

function byReadyCondition(object: KubernetesObject): Readiness {
  const found = condition(object, 'Ready');
  if (found === undefined) return { state: 'assumed', detail: '' };
  return found['status'] === 'True' ? ready : progressing(messageOf(found, 'is not ready'));
}

function onDelete(object: KubernetesObject): boolean {
  return at(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
}

function surplusPods(object: KubernetesObject, wanted: number): string | undefined {
  const surplus = numberAt(object, 0, 'status', 'replicas') - wanted;
  if (surplus <= 0) return undefined;
  return surplus === 1 ? '1 old pod is still there' : `${surplus} old pods are still there`;
}

function missingStatus(object: KubernetesObject): boolean {
  return at(object, 'status', 'observedGeneration') === undefined;
}

function firstBehind(
  object: KubernetesObject,
  wanted: number,
  counts: readonly (readonly [field: string, word: string])[],
): string | undefined {
  for (const [field, word] of counts) {
    const count = numberAt(object, 0, 'status', field);
    if (count < wanted) return `${count} of ${wanted} pods ${wanted === 1 ? 'is' : 'are'} ${word}`;
  }
  return undefined;
}

function numberAt(object: KubernetesObject, fallback: number, ...path: readonly string[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : fallback;
}

/** The condition of a type, where the object has one. */
export function condition(object: JsonObject, type: string): JsonObject | undefined {
  const conditions = at(object, 'status', 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  return conditions.filter(isJsonObject).find((one: JsonObject) => one['type'] === type);
}

function messageOf(from: JsonObject | undefined, otherwise: string): string {
  const message: Json | undefined = from?.['message'];
  return typeof message === 'string' && message !== '' ? message : otherwise;
}

function progressing(detail: string): Readiness {
  return { state: 'progressing', detail };
}

function failed(detail: string): Readiness {
  return { state: 'failed', detail };
}
