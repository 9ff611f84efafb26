/** Whether people notice a rollout that does not get on: pods of before that go on serving. */
import { at } from '../../domain/json-path.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';

/** Available pods of a Deployment that is not ready; 0 where there are none or it is not known. */
export function stillServing(object: KubernetesObject): number {
  const available = object.kind === 'Deployment' ? at(object, 'status', 'availableReplicas') : undefined;
  return typeof available === 'number' ? available : 0;
}
