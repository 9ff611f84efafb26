/**
 * Which fields of an object which manager holds, from metadata.managedFields (FieldsV1: `f:name` members, `k:{…}` items of lists with keys,
 * `v:…` members of sets; kubernetes.io/docs/reference/using-api/server-side-apply). Only what comparing needs: taking one manager's
 * fields out of an object.
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';

export interface FieldManagerEntry {
  readonly manager: string;
  readonly operation: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly fields: JsonObject;
}

export function managersOf(object: KubernetesObject): readonly FieldManagerEntry[] {
  return (object.metadata.managedFields ?? []).flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry['manager'] !== 'string' || !isJsonObject(entry['fieldsV1'])) return [];
    const { manager, operation, subresource, fieldsV1: fields } = entry;
    const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
    return [{ manager, operation: text(operation), subresource: text(subresource), fields }];
  });
}

/** The value without the fields of `taken` that stand in none of `kept`. Maps and lists emptied by it go too. */
export function withoutFields(value: Json, taken: JsonObject, kept: readonly JsonObject[]): Json | undefined {
  if (isJsonObject(value)) return withoutMembers(value, taken, kept);
  if (Array.isArray(value)) return withoutItems(value, taken, kept);
  return value;
}

function withoutMembers(value: JsonObject, taken: JsonObject, kept: readonly JsonObject[]): JsonObject | undefined {
  const result: Record<string, Json | undefined> = { ...value };
  for (const [step, below] of Object.entries(taken)) {
    const name = step.startsWith('f:') ? step.slice(2) : undefined;
    const member = name === undefined ? undefined : result[name];
    if (name === undefined || member === undefined || !isJsonObject(below)) continue;
    const next = without(member, below, childrenOf(kept, step));
    if (next === undefined) delete result[name];
    else result[name] = next;
  }
  return Object.keys(result).length === 0 && Object.keys(value).length > 0 ? undefined : result;
}

function withoutItems(value: readonly Json[], taken: JsonObject, kept: readonly JsonObject[]): Json | undefined {
  const steps = Object.entries(taken);
  const left = value.flatMap((item): readonly Json[] => {
    const found = steps.find(([step]) => namesItem(step, item));
    if (found === undefined || !isJsonObject(found[1])) return [item];
    const next = without(item, found[1], childrenOf(kept, found[0]));
    return next === undefined ? [] : [next];
  });
  return left.length === 0 && value.length > 0 ? undefined : left;
}

/** `{}` is a leaf, held whole; `{".": {}, …}` is held itself, together with what stands below it. */
function without(value: Json, taken: JsonObject, kept: readonly JsonObject[]): Json | undefined {
  const leaf = Object.keys(taken).length === 0;
  const whole = leaf || taken['.'] !== undefined;
  if (whole && kept.length === 0 && (leaf || !hasOthers(value, taken))) return undefined;
  return leaf ? value : withoutFields(value, taken, kept);
}

/** Whether the value has anything that `taken` does not name. */
function hasOthers(value: Json, taken: JsonObject): boolean {
  if (!isJsonObject(value)) return true;
  return Object.keys(value).some((name) => taken[`f:${name}`] === undefined);
}

function childrenOf(sets: readonly JsonObject[], step: string): readonly JsonObject[] {
  return sets.flatMap((set) => {
    const child = set[step];
    return isJsonObject(child) ? [child] : [];
  });
}

function namesItem(step: string, item: Json): boolean {
  if (step.startsWith('v:')) return JSON.stringify(item) === step.slice(2);
  if (!step.startsWith('k:') || !isJsonObject(item)) return false;
  const key: unknown = JSON.parse(step.slice(2));
  return isJsonObject(key) && Object.entries(key).every(([name, value]) => item[name] === value);
}
