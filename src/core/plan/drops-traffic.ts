/** Services whose selector changes to one that no declared workload answers to: their traffic has nowhere to go. */
import { at } from '../../domain/json-path.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { objectKey, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { PlannedChange } from '../../domain/plan.ts';
import { isAtOrBelow } from '../diff/path.ts';

/** Pods that nobody declares here may still answer: it is said, not held. `declared` is everything the environment declares. */
export function dropsTraffic(change: PlannedChange, declared: readonly KubernetesObject[]): boolean {
  if (change.ref.kind !== 'Service' || change.ref.group !== '' || change.action !== 'update') return false;
  if (!change.fields.some(({ path }) => isAtOrBelow(path, 'spec.selector'))) return false;
  const key = objectKey(change.ref);
  const selector = at(
    declared.find((object) => objectKey(refOf(object)) === key),
    'spec',
    'selector',
  );
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return false;
  return !declared.some(
    (object) => object.metadata.namespace === change.ref.namespace && matches(selector, podLabelsOf(object)),
  );
}

function podLabelsOf(object: KubernetesObject): JsonObject {
  const labels = at(object, ...(object.kind === 'Pod' ? [] : ['spec', 'template']), 'metadata', 'labels');
  return isJsonObject(labels) ? labels : {};
}

function matches(selector: JsonObject, labels: JsonObject): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
