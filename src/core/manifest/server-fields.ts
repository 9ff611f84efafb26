/**
 * Fields that the server writes and a manifest has no say in. They are taken out of what is applied: server-side apply
 * refuses managedFields, and a uid or resourceVersion of another day would make every apply a conflict.
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

const serverMetadata = [
  'uid',
  'resourceVersion',
  'managedFields',
  'creationTimestamp',
  'generation',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/**
 * The object without those fields, and the paths of the ones that held something. Empty ones go without a word:
 * generators write `creationTimestamp: null` and `status: {}`.
 */
export function withoutServerFields(object: JsonObject): {
  readonly object: JsonObject;
  readonly removed: readonly string[];
} {
  const metadata = object['metadata'];
  const removed: string[] = [];
  let result = object;
  if (Object.hasOwn(object, 'status')) {
    const { status, ...rest } = object;
    result = rest;
    if (!isEmpty(status)) {
      removed.push('status');
    }
  }
  if (isJsonObject(metadata) && serverMetadata.some((field) => Object.hasOwn(metadata, field))) {
    const kept: Record<string, Json | undefined> = { ...metadata };
    for (const field of serverMetadata) {
      if (Object.hasOwn(kept, field) && !isEmpty(kept[field])) {
        removed.push(`metadata.${field}`);
      }
      delete kept[field];
    }
    result = { ...result, metadata: kept };
  }
  return { object: result, removed };
}

/** Whether nothing is said: null, '', 0, {} and [] and whatever is made of them only. */
function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0) {
    return true;
  }
  return typeof value === 'object' && Object.values(value).every((each: Json | undefined) => isEmpty(each));
}

/**
 * Drops `creationTimestamp: null` from templates (`spec.template.metadata`, `volumeClaimTemplates[*].metadata`):
 * Go programs cannot help writing it, and it means nothing.
 */
export function withoutEmptyTimestamps<T extends Json | undefined>(value: T): T;
export function withoutEmptyTimestamps(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) {
    return value.map((each: Json) => withoutEmptyTimestamps(each));
  }
  if (!isJsonObject(value)) {
    return value;
  }
  const copy: Record<string, Json | undefined> = {};
  for (const [key, each] of Object.entries(value)) {
    const cleaned = withoutEmptyTimestamps(each);
    copy[key] = key === 'metadata' && isJsonObject(cleaned) ? withoutNullTimestamp(cleaned) : cleaned;
  }
  return copy;
}

function withoutNullTimestamp(metadata: JsonObject): JsonObject {
  if (metadata['creationTimestamp'] !== null) {
    return metadata;
  }
  const { creationTimestamp: _, ...rest } = metadata;
  return rest;
}
