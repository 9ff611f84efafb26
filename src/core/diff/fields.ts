/**
 * Which fields differ between two objects. List items are matched by their merge key where they have one, so that an
 * inserted container is one difference and not a shift of all that follow; paths name them by it: `containers[checkout].image`.
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { canonicalJson } from './canonical.ts';
import { joinItem, joinPath, orderMark, type Segment } from './path.ts';

export interface FieldDifference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Merge keys of the built-in list maps, most specific first; a key counts only when it is present and unique on both sides. */
const mergeKeys: readonly (readonly string[])[] = [
  ['name'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['port'],
  ['mountPath'],
  ['devicePath'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['type'],
  ['key'],
  ['ip'],
  ['uid'],
];

/** Differences in path order; an added or removed subtree is one difference at its root. */
export function fieldDifferences(before: JsonObject, after: JsonObject): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  compare('', before, after, found);
  return found;
}

/** Every leaf below a value: what a created subtree consists of. Empty maps, empty lists and lists without merge keys are leaves. */
export function leavesOf(path: string, value: Json): readonly { readonly path: string; readonly value: Json }[] {
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : leavesOf(joinPath(path, key), member),
    );
  }
  // A list without merge keys is one value: there is no telling which of its items is which.
  const names = Array.isArray(value) && value.length > 0 && value.every(isJsonObject) ? namesOf(value) : undefined;
  if (names === undefined) return [{ path, value }];
  const items: readonly Json[] = Array.isArray(value) ? value : [];
  return names.flatMap((name, index) => leavesOf(joinItem(path, name), items[index] ?? null));
}

/**
 * The names of a list's items by the first merge key that all of them have and no two share: `['http', 'metrics']`, `['80/TCP']`.
 * `undefined` where there is none.
 */
function namesOf(items: readonly JsonObject[]): readonly string[] | undefined {
  return itemKeys(items, items)?.before;
}

/** The member or list item that a segment of a path leads to; items are found by any merge key, as paths may use any. */
export function memberOf(value: Json | undefined, segment: Segment): Json | undefined {
  if ('member' in segment) return isJsonObject(value) ? member(value, segment.member) : undefined;
  if (!Array.isArray(value) || !value.every(isJsonObject)) return undefined;
  for (const fields of mergeKeys) {
    const index = keysBy(fields, value)?.indexOf(segment.item) ?? -1;
    if (index >= 0) return value[index];
  }
  return undefined;
}

/** Only what the object itself has: `constructor` is a valid key of a ConfigMap. */
function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function compare(path: string, before: Json | undefined, after: Json | undefined, found: FieldDifference[]): void {
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      compare(joinPath(path, key), member(before, key), member(after, key), found);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && compareItems(path, before, after, found)) return;
  if (before === undefined && after === undefined) return;
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return;
  found.push({ path, before, after });
}

/** True when the lists could be compared item by item. */
function compareItems(
  path: string,
  before: readonly Json[],
  after: readonly Json[],
  found: FieldDifference[],
): boolean {
  if (!before.every(isJsonObject) || !after.every(isJsonObject) || (before.length === 0 && after.length === 0)) {
    return false;
  }
  const keys = itemKeys(before, after);
  if (keys === undefined) return false;
  const oldItems = new Map(keys.before.map((key, index) => [key, before[index]]));
  const newItems = new Map(keys.after.map((key, index) => [key, after[index]]));
  for (const key of new Set([...keys.before, ...keys.after])) {
    compare(joinItem(path, key), oldItems.get(key), newItems.get(key), found);
  }
  const keptBefore = keys.before.filter((key) => newItems.has(key));
  const keptAfter = keys.after.filter((key) => oldItems.has(key));
  if (keptBefore.join('\n') !== keptAfter.join('\n')) {
    found.push({ path: `${path}${orderMark}`, before: keys.before, after: keys.after });
  }
  return true;
}

function itemKeys(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): { readonly before: readonly string[]; readonly after: readonly string[] } | undefined {
  for (const fields of mergeKeys) {
    const old = keysBy(fields, before);
    const now = old && keysBy(fields, after);
    if (old && now) return { before: old, after: now };
  }
  return undefined;
}

function keysBy(fields: readonly string[], items: readonly JsonObject[]): readonly string[] | undefined {
  const keys: string[] = [];
  for (const item of items) {
    const parts = fields.map((field) => (field === 'protocol' ? (item[field] ?? 'TCP') : item[field]));
    if (!parts.every((part) => typeof part === 'string' || typeof part === 'number')) return undefined;
    keys.push(parts.join('/'));
  }
  return new Set(keys).size === keys.length ? keys : undefined;
}
