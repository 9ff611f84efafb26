/** The object as it is sent: our ApplySet label on it, and the fields left to others as they are in the cluster now. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { IgnoreRule } from '../../domain/environment.ts';
import { applySetLabel, fieldManager, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';

/** Marks an object as a member of the ApplySet (KEP-3659). */
export function marked(object: KubernetesObject, applySetId: string): KubernetesObject {
  const labels = { ...object.metadata.labels, [applySetLabel]: applySetId };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** True when the live object already carries our mark and our field manager's entry: without either it must be written once. */
export function isOurs(live: KubernetesObject, applySetId: string): boolean {
  if (live.metadata.labels?.[applySetLabel] !== applySetId) return false;
  return (live.metadata.managedFields ?? []).some(
    (entry) => isJsonObject(entry) && entry['manager'] === fieldManager && entry['operation'] === 'Apply',
  );
}

/**
 * Fields that the environment leaves to others get the live value: leaving them out would make the server remove them where we
 * owned them before (a removed `spec.replicas` is 1 again). Only plain paths of members can be left to others this way.
 */
export function withOthersFields(
  object: KubernetesObject,
  live: KubernetesObject | undefined,
  rules: readonly IgnoreRule[],
): KubernetesObject {
  if (live === undefined) return object;
  const ref = refOf(object);
  return rules
    .filter((rule) => (rule.kind ?? ref.kind) === ref.kind && (rule.name ?? ref.name) === ref.name)
    .reduce<KubernetesObject>((result, rule) => {
      const replaced = replaceMember(result, live, rule.field.split('.'));
      return { ...result, ...replaced };
    }, object);
}

function replaceMember(object: JsonObject, live: JsonObject, path: readonly string[]): JsonObject {
  const [key = '', ...rest] = path;
  const current = object[key];
  // Only fields that Git sets are handed back; what Git leaves out is not ours anyway.
  if (current === undefined) return object;
  const there: Json | undefined = live[key];
  if (rest.length > 0) {
    return isJsonObject(current) && isJsonObject(there)
      ? { ...object, [key]: replaceMember(current, there, rest) }
      : object;
  }
  return there === undefined ? object : { ...object, [key]: there };
}
