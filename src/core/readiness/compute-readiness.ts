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
  if (typeof observed === 'number' && observed !== object.metadata.generation) {
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
  '/PersistentVolumeClaim': (object) =>
    at(object, 'status', 'phase') === 'Bound' ? ready : { state: 'assumed', detail: 'is not bound to a volume yet' },
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
  const total = numberAt(object, 0, 'status', 'replicas');
  if (total > wanted) return progressing(`${total - wanted} old pods are still there`);
  const available = condition(object, 'Available');
  return available === undefined || available['status'] === 'True'
    ? ready
    : progressing(messageOf(available, 'is not available'));
}

function statefulSet(object: KubernetesObject): Readiness {
  if (at(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') return ready;
  if (missingStatus(object)) return progressing('its controller has not seen it yet');
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  const behind = firstBehind(object, wanted, [
    ['replicas', 'created'],
    ['readyReplicas', 'ready'],
  ]);
  if (behind !== undefined) return progressing(behind);
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
    ['updatedNumberScheduled', 'updated'],
    ['numberAvailable', 'available'],
    ['numberReady', 'ready'],
  ]);
  return behind === undefined ? ready : progressing(behind);
}

function replicaSet(object: KubernetesObject): Readiness {
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  const behind = firstBehind(object, wanted, [['readyReplicas', 'ready']]);
  return behind === undefined ? ready : progressing(behind);
}

function pod(object: KubernetesObject): Readiness {
  const phase = at(object, 'status', 'phase');
  if (phase === 'Succeeded') return ready;
  if (phase === 'Failed') return failed(podMessage(object));
  return condition(object, 'Ready')?.['status'] === 'True' ? ready : progressing('the pod is not ready');
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

function messageOf(from: JsonObject, otherwise: string): string {
  const message: Json | undefined = from['message'];
  return typeof message === 'string' && message !== '' ? message : otherwise;
}

function progressing(detail: string): Readiness {
  return { state: 'progressing', detail };
}

function failed(detail: string): Readiness {
  return { state: 'failed', detail };
}
