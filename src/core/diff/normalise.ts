/**
 * What is left out of every comparison: fields the server keeps for itself and our own marks. The list is the field's
 * common one (managedFields, resourceVersion, uid, generation, creationTimestamp, selfLink, status, last-applied).
 */
import type { JsonObject } from '../../domain/json.ts';
import { applySetLabel, type KubernetesObject } from '../../domain/kubernetes.ts';

const serverMetadata = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
]);
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without noise; maps that only held noise disappear. */
export function withoutNoise(object: KubernetesObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const kept: Record<string, JsonObject[string]> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (serverMetadata.has(key)) continue;
    if (key === 'labels') assignUnlessEmpty(kept, key, omit(metadata.labels, applySetLabel));
    else if (key === 'annotations') assignUnlessEmpty(kept, key, omit(metadata.annotations, lastApplied));
    else kept[key] = value;
  }
  return { ...rest, metadata: kept };
}

function omit(map: Readonly<Record<string, string>> | undefined, key: string): JsonObject {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => name !== key));
}

function assignUnlessEmpty(target: Record<string, JsonObject[string]>, key: string, value: JsonObject): void {
  if (Object.keys(value).length > 0) target[key] = value;
}
