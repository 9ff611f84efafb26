/**
 * Walks over typed values: which fields are set, what differs, merging an applied configuration in, taking fields out.
 * Rules of sigs.k8s.io/structured-merge-diff: lists of type map merge by key, sets by value, atomic values are one leaf.
 */
import {
  childSchema,
  isEmptySet,
  keyElement,
  noFields,
  setOf,
  valueElement,
  type FieldPath,
  type FieldSet,
} from './field-set.ts';
import type { ListSchema, Resolve, Schema, TypedSchema } from './schema.ts';
import { isTree, sameValue, type Tree, type Value } from './value.ts';

type Resolved = Exclude<Schema, { kind: 'ref' }>;
type Shape = 'leaf' | 'map' | 'list';

/** How a value is taken apart: a leaf, a map by field name, or a list by keys or values. */
function shapeOf(type: Resolved, value: Value | undefined): Shape {
  if (type.kind === 'struct' || type.kind === 'map') return type.atomic ? 'leaf' : 'map';
  if (type.kind === 'list') return type.type === 'atomic' ? 'leaf' : 'list';
  return type.kind === 'any' && isTree(value) ? 'map' : 'leaf';
}

/** The path element of a list item; undefined where the item has none (no key field, wrong type). */
export function itemElement(list: ListSchema, item: Value, resolve: Resolve): string | undefined {
  if (list.type === 'set') return isTree(item) || Array.isArray(item) || item === null ? undefined : valueElement(item);
  if (!isTree(item)) return undefined;
  const type = resolve(list.items);
  const keys: Tree = {};
  for (const key of list.keys) {
    const value = item[key] ?? (type.kind === 'struct' ? type.fields[key]?.default : undefined);
    if (value !== undefined) keys[key] = value;
  }
  return Object.keys(keys).length === 0 ? undefined : keyElement(keys);
}

function itemsByElement(list: ListSchema, value: Value | undefined, resolve: Resolve): Map<string, Value[]> {
  const out = new Map<string, Value[]>();
  for (const item of Array.isArray(value) ? value : []) {
    const element = itemElement(list, item, resolve);
    if (element !== undefined) out.set(element, [...(out.get(element) ?? []), item]);
  }
  return out;
}

/** Every field the value sets, as an applied configuration claims them. */
export function fieldsOf(value: Value, schema: TypedSchema): FieldSet {
  const paths: FieldPath[] = [];
  collectFields(value, schema.root, schema.resolve, [], paths);
  return setOf(paths);
}

function collectFields(value: Value, schema: Schema, resolve: Resolve, path: FieldPath, out: FieldPath[]): void {
  const type = resolve(schema);
  const shape = shapeOf(type, value);
  if (shape === 'leaf') {
    out.push(path);
    return;
  }
  if (shape === 'list' && type.kind === 'list') {
    for (const [element, items] of itemsByElement(type, value, resolve)) {
      const below = [...path, element];
      for (const item of items) collectFields(item, type.items, resolve, below, out);
      out.push(below);
    }
    return;
  }
  for (const [key, item] of Object.entries(isTree(value) ? value : {})) {
    if (item === undefined) continue;
    const below = [...path, `f:${key}`];
    collectFields(item, childSchema(type, `f:${key}`), resolve, below, out);
    const named = type.kind === 'struct' && type.fields[key] !== undefined;
    if (!named || item === null || (isTree(item) && Object.keys(item).length === 0)) out.push(below);
  }
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What became of each field from `before` to `after`. */
export function compare(before: Value, after: Value, schema: TypedSchema): Comparison {
  const found: Differences = { added: [], modified: [], removed: [] };
  collectDifferences(before, after, schema.root, schema.resolve, [], found);
  return { added: setOf(found.added), modified: setOf(found.modified), removed: setOf(found.removed) };
}

interface Differences {
  readonly added: FieldPath[];
  readonly modified: FieldPath[];
  readonly removed: FieldPath[];
}

function isBlank(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isTree(value) && Object.keys(value).length === 0;
}

function collectDifferences(
  before: Value | undefined,
  after: Value | undefined,
  schema: Schema,
  resolve: Resolve,
  path: FieldPath,
  found: Differences,
): void {
  const type = resolve(schema);
  const shape = shapeOf(type, after ?? before);
  if (shape !== shapeOf(type, before ?? after) || shape === 'leaf' || (isBlank(before) && isBlank(after))) {
    noteLeaf(before, after, path, found);
    return;
  }
  if (shape === 'list' && type.kind === 'list') {
    const olds = itemsByElement(type, before, resolve);
    const news = itemsByElement(type, after, resolve);
    for (const element of new Set([...olds.keys(), ...news.keys()]))
      compareItems(olds.get(element) ?? [], news.get(element) ?? [], type.items, resolve, [...path, element], found);
  } else {
    const olds = isTree(before) ? before : {};
    const news = isTree(after) ? after : {};
    for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
      if (olds[key] === undefined && news[key] === undefined) continue;
      collectDifferences(olds[key], news[key], childSchema(type, `f:${key}`), resolve, [...path, `f:${key}`], found);
    }
  }
  if (path.length === 0) return;
  if (before === undefined) found.added.push(path);
  else if (after === undefined) found.removed.push(path);
}

function noteLeaf(before: Value | undefined, after: Value | undefined, path: FieldPath, found: Differences): void {
  if (before === undefined) found.added.push(path);
  else if (after === undefined) found.removed.push(path);
  else if (!sameValue(before, after)) found.modified.push(path);
}

/** Items of one key: one to one, or as a whole where a key stands there more than once. */
function compareItems(
  olds: readonly Value[],
  news: readonly Value[],
  schema: Schema,
  resolve: Resolve,
  path: FieldPath,
  found: Differences,
): void {
  if (olds.length <= 1 && news.length <= 1) {
    collectDifferences(olds[0], news[0], schema, resolve, path, found);
  } else if (olds.length > 1 && news.length > 1) {
    if (!sameValue([...olds], [...news])) found.modified.push(path);
  } else if (olds.length > 1) {
    if (news[0] !== undefined) collectDifferences(undefined, news[0], schema, resolve, path, found);
    found.removed.push(path);
  } else {
    if (olds[0] !== undefined) collectDifferences(olds[0], undefined, schema, resolve, path, found);
    found.added.push(path);
  }
}

/** `live` with the applied configuration merged in; what only one side has stays. */
export function merge(live: Value, applied: Value, schema: TypedSchema): Value {
  return mergeValues(live, applied, schema.root, schema.resolve);
}

function mergeValues(left: Value | undefined, right: Value | undefined, schema: Schema, resolve: Resolve): Value {
  if (right === undefined) return left ?? null;
  if (left === undefined) return right;
  const type = resolve(schema);
  const shape = shapeOf(type, right ?? left);
  if (shape === 'leaf' || shape !== shapeOf(type, left ?? right) || (isBlank(left) && isBlank(right))) return right;
  if (shape === 'list' && type.kind === 'list') return mergeLists(left, right, type, resolve);
  const out: Tree = {};
  const lefts = isTree(left) ? left : {};
  const rights = isTree(right) ? right : {};
  for (const key of new Set([...Object.keys(lefts), ...Object.keys(rights)]))
    out[key] = mergeValues(lefts[key], rights[key], childSchema(type, `f:${key}`), resolve);
  return out;
}

/** Merged items keep the applied order; items only the live object has stay where they stood among the shared ones. */
function mergeLists(left: Value, right: Value, list: ListSchema, resolve: Resolve): Value {
  const lefts = itemsByElement(list, left, resolve);
  const rights = itemsByElement(list, right, resolve);
  const leftOrder = (Array.isArray(left) ? left : []).map((item) => ({ item, key: itemElement(list, item, resolve) }));
  const pending = [...rights.keys()];
  const shared = pending.filter((key) => lefts.has(key));
  const out: Value[] = [];
  const takeRight = (key: string) => {
    const old = lefts.get(key) ?? [];
    out.push(mergeValues(old.length === 1 ? old[0] : undefined, rights.get(key)?.[0], list.items, resolve));
    pending.splice(pending.indexOf(key), 1);
    if (shared[0] === key) shared.shift();
  };
  for (let at = 0; at < leftOrder.length || pending.length > 0;) {
    const here = leftOrder[at];
    const next = pending[0];
    if (here?.key !== undefined && next !== undefined) {
      if (here.key === next) {
        takeRight(next);
        at++;
        continue;
      }
      if (rights.has(here.key) && shared[0] !== undefined && shared[0] !== here.key) {
        at++;
        continue;
      }
    }
    if (here !== undefined) {
      if (here.key === undefined || !rights.has(here.key)) {
        out.push(here.item);
        at++;
        continue;
      }
      if (!pending.includes(here.key)) at++;
    }
    if (next !== undefined) takeRight(next);
  }
  return out;
}

/** `value` without the fields of the set; a container that loses everything goes too (null stands for it). */
export function removeFields(value: Value, toRemove: FieldSet, schema: TypedSchema): Value {
  return removeFrom(value, toRemove, schema.root, schema.resolve);
}

function removeFrom(value: Value, toRemove: FieldSet, schema: Schema, resolve: Resolve): Value {
  const type = resolve(schema);
  const shape = shapeOf(type, value);
  if (shape === 'leaf') return isTree(value) || Array.isArray(value) ? null : value;
  if (shape === 'list' && type.kind === 'list') {
    const out: Value[] = [];
    for (const item of Array.isArray(value) ? value : []) {
      const element = itemElement(type, item, resolve);
      if (element !== undefined && toRemove.members.has(element)) continue;
      const below = (element === undefined ? undefined : toRemove.children.get(element)) ?? noFields;
      out.push(isEmptySet(below) ? item : removeFrom(item, below, type.items, resolve));
    }
    return out.length === 0 ? null : out;
  }
  const out: Tree = {};
  for (const [key, item] of Object.entries(isTree(value) ? value : {})) {
    const element = `f:${key}`;
    if (item === undefined || toRemove.members.has(element)) continue;
    const below = toRemove.children.get(element) ?? noFields;
    if (isEmptySet(below)) {
      out[key] = item;
      continue;
    }
    const left = removeFrom(item, below, childSchema(type, element), resolve);
    if (left !== null) out[key] = left;
  }
  return Object.keys(out).length === 0 ? null : out;
}
