/** The object as it is sent: our ApplySet label on it, and the fields left to others as they are in the cluster now. */
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { IgnoreRule } from '../../domain/environment.ts';
import { memberOf } from '../diff/fields.ts';
import { segmentsOf, type Segment } from '../diff/path.ts';
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
 * Fields that the environment leaves to others are sent as they are in the cluster now: leaving them out would make the server remove
 * them where we owned them before (a removed `spec.replicas` is 1 again), sending Git's value would change what the plan does not show.
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
      const replaced = handedBack(result, live, segmentsOf(rule.field));
      return isJsonObject(replaced) ? { ...result, ...replaced } : result;
    }, object);
}

/** The declared value with the live one in the place the path leads to; `undefined` = the field is not sent. */
function handedBack(declared: Json, live: Json | undefined, path: readonly Segment[]): Json | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) return live;
  const current = memberOf(declared, segment);
  // Only fields that Git sets are handed back; what Git leaves out is not ours anyway.
  if (current === undefined) return declared;
  const there = memberOf(live, segment);
  // What is added as a whole is Git's as a whole, and the plan shows it as such.
  if (there === undefined && rest.length > 0) return declared;
  const next = handedBack(current, there, rest);
  if (Array.isArray(declared)) {
    return declared.map((item: Json) => (item === current && next !== undefined ? next : item));
  }
  if (!isJsonObject(declared) || !('member' in segment)) return declared;
  const { [segment.member]: _replaced, ...others } = declared;
  return next === undefined ? others : { ...others, [segment.member]: next };
}
