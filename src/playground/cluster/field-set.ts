/**
 * Sets of fields and their FieldsV1 form (`f:name`, `k:{"key":…}`, `v:value`, `.`), as server-side apply stores ownership.
 * The rules are those of sigs.k8s.io/structured-merge-diff; a path element is kept in its serialized form throughout.
 */
import type { Resolve, Schema } from './schema.ts';
import { isTree, type Tree, type Value } from './value.ts';

export interface FieldSet {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}
export type FieldPath = readonly string[];

export const noFields: FieldSet = { members: new Set(), children: new Map() };

export function isEmptySet(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmptySet);
}

interface Building {
  readonly members: Set<string>;
  readonly children: Map<string, Building>;
}

/** A set of the given paths. */
export function setOf(paths: Iterable<FieldPath>): FieldSet {
  const root: Building = { members: new Set(), children: new Map() };
  for (const path of paths) {
    let at = root;
    for (const element of path.slice(0, -1)) {
      const next = at.children.get(element) ?? { members: new Set<string>(), children: new Map<string, Building>() };
      at.children.set(element, next);
      at = next;
    }
    const last = path.at(-1);
    if (last !== undefined) at.members.add(last);
  }
  return root;
}

function combine(
  a: FieldSet,
  b: FieldSet,
  keep: (inA: boolean, inB: boolean) => boolean,
  descend: (a: FieldSet, b: FieldSet) => FieldSet,
): FieldSet {
  const members = new Set<string>();
  for (const element of [...a.members, ...b.members])
    if (keep(a.members.has(element), b.members.has(element))) members.add(element);
  const children = new Map<string, FieldSet>();
  for (const element of new Set([...a.children.keys(), ...b.children.keys()])) {
    const child = descend(a.children.get(element) ?? noFields, b.children.get(element) ?? noFields);
    if (!isEmptySet(child)) children.set(element, child);
  }
  return { members, children };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB, union);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB, intersection);
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB, difference);
}

/** What is in `a` and neither in `b` nor below a member of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const rest = combine(a, b, (inA, inB) => inA && !inB, recursiveDifference);
  const children = new Map([...rest.children].filter(([element]) => !b.members.has(element)));
  return { members: rest.members, children };
}

/** Makes every named struct field that has children a member too, so that removing it removes what is left of it. */
export function withNamedFields(set: FieldSet, schema: Schema, resolve: Resolve): FieldSet {
  const members = new Set(set.members);
  const children = new Map<string, FieldSet>();
  const type = resolve(schema);
  for (const [element, child] of set.children) {
    if (type.kind === 'struct' && element.startsWith('f:') && type.fields[element.slice(2)] !== undefined)
      members.add(element);
    children.set(element, withNamedFields(child, childSchema(type, element), resolve));
  }
  return { members, children };
}

const any: Schema = { kind: 'any' };

/** Schema below a path element. */
export function childSchema(type: Exclude<Schema, { kind: 'ref' }>, element: string): Schema {
  switch (type.kind) {
    case 'struct':
      return type.fields[element.slice(2)]?.schema ?? any;
    case 'map':
      return type.values;
    case 'list':
      return type.items;
    case 'any':
    case 'scalar':
      return any;
  }
}

export function pathsOf(set: FieldSet): FieldPath[] {
  const out: FieldPath[] = [...set.members].toSorted(byElement).map((element) => [element]);
  for (const [element, child] of [...set.children].toSorted(([a], [b]) => byElement(a, b)))
    for (const path of pathsOf(child)) out.push([element, ...path]);
  return out;
}

const rank: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

function byElement(a: string, b: string): number {
  const order = (rank[a.charAt(0)] ?? 9) - (rank[b.charAt(0)] ?? 9);
  return order !== 0 ? order : a < b ? -1 : a > b ? 1 : 0;
}

/** FieldsV1. */
export function toFieldsV1(set: FieldSet): Tree {
  const out: Tree = {};
  for (const element of [...new Set([...set.members, ...set.children.keys()])].toSorted(byElement)) {
    const child = set.children.get(element);
    if (child === undefined || isEmptySet(child)) out[element] = {};
    else out[element] = set.members.has(element) ? { '.': {}, ...toFieldsV1(child) } : toFieldsV1(child);
  }
  return out;
}

export function fromFieldsV1(fields: Tree): FieldSet {
  const members = new Set<string>();
  const children = new Map<string, FieldSet>();
  for (const [element, below] of Object.entries(fields)) {
    if (element === '.' || !isTree(below)) continue;
    const names = Object.keys(below);
    if (names.length === 0 || names.includes('.')) members.add(element);
    if (names.some((name) => name !== '.')) children.set(element, fromFieldsV1(below));
  }
  return { members, children };
}

/** `.spec.containers[name="app"].image`, as error texts write a path. */
export function pathText(path: FieldPath): string {
  return path.map(elementText).join('');
}

export function elementText(element: string): string {
  const body = element.slice(2);
  if (element.startsWith('f:')) return `.${body}`;
  if (element.startsWith('v:')) return `[=${body}]`;
  if (element.startsWith('i:')) return `[${body}]`;
  const keys: unknown = JSON.parse(body);
  const parts = Object.entries(isTree(keys) ? keys : {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${parts.join(',')}]`;
}

/** Go's JSON escapes these three even outside HTML. */
function goJson(value: Value): string {
  return JSON.stringify(value).replace(
    /[<>&]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

export function valueElement(value: Value): string {
  return `v:${goJson(value)}`;
}

export function keyElement(keys: Tree): string {
  return `k:${goJson(Object.fromEntries(Object.entries(keys).toSorted(([a], [b]) => (a < b ? -1 : 1))))}`;
}
