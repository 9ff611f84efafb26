/**
 * What is left out of every comparison: fields the server keeps for itself and our own marks. The list is the field's
 * common one (managedFields, resourceVersion, uid, generation, creationTimestamp, selfLink, status, last-applied).
 */
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
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
  return { ...withStringData(rest), metadata: kept };
}

/** The server stores `stringData` as `data`, and it wins there (core/v1 Secret): two ways to write the same. */
function withStringData(object: JsonObject): JsonObject {
  const { stringData, ...rest } = object;
  const data = object['data'] ?? {};
  if (object['kind'] !== 'Secret' || !isJsonObject(stringData) || !isJsonObject(data)) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    typeof value === 'string' ? Buffer.from(value).toString('base64') : value,
  ]);
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } };
}

function omit(map: Readonly<Record<string, string>> | undefined, key: string): JsonObject {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => name !== key));
}

function assignUnlessEmpty(target: Record<string, JsonObject[string]>, key: string, value: JsonObject): void {
  if (Object.keys(value).length > 0) target[key] = value;
}
