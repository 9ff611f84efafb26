/**
 * Mutable JSON, as a server holds objects while it defaults, merges and validates them, and the few ways to reach into it.
 * Nothing here knows Kubernetes.
 */
import { isDeepStrictEqual } from 'node:util';

export type Value = string | number | boolean | null | Value[] | Tree;
export interface Tree {
  [key: string]: Value | undefined;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object under `key`, or undefined where there is none. */
export function treeAt(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let at: Tree | undefined = tree;
  for (const key of keys) {
    const next: Value | undefined = at?.[key];
    at = isTree(next) ? next : undefined;
  }
  return at;
}

/** The JSON object under `key`, made when missing. */
export function ensureTree(tree: Tree, key: string): Tree {
  const found = tree[key];
  if (isTree(found)) return found;
  const made: Tree = {};
  tree[key] = made;
  return made;
}

export function listAt(tree: Tree | undefined, key: string): readonly Value[] {
  const found = tree?.[key];
  return Array.isArray(found) ? found : [];
}

export function treesAt(tree: Tree | undefined, key: string): readonly Tree[] {
  return listAt(tree, key).filter(isTree);
}

export function textAt(tree: Tree | undefined, key: string): string {
  const found = tree?.[key];
  return typeof found === 'string' ? found : '';
}

/** The strings of a list; everything else is left out. */
export function textsAt(tree: Tree | undefined, key: string): readonly string[] {
  return listAt(tree, key).filter((item) => typeof item === 'string');
}

export function numberAt(tree: Tree | undefined, key: string, otherwise = 0): number {
  const found = tree?.[key];
  return typeof found === 'number' ? found : otherwise;
}

/** String values of a map such as labels; everything else is left out. */
export function stringsAt(tree: Tree | undefined, key: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(treeAt(tree, key) ?? {})) if (typeof value === 'string') out[name] = value;
  return out;
}

export function setDefault(tree: Tree, key: string, value: Value): void {
  if (tree[key] === undefined || tree[key] === null) tree[key] = value;
}

/** Equality of JSON values: the order of object keys does not count, absent and undefined are the same. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return isDeepStrictEqual(withoutUndefined(a), withoutUndefined(b));
}

function withoutUndefined(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutUndefined(item) ?? null);
  if (!isTree(value)) return value;
  const out: Tree = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) out[key] = withoutUndefined(item);
  return out;
}

export function copyOf<T extends Value>(value: T): T {
  return structuredClone(value);
}

export function copyTree(tree: Tree): Tree {
  return structuredClone(tree);
}
