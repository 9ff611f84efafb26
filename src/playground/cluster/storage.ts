/** Where objects live: one revision counter, a map by kind and name, and the log of changes that watches read. */
import { numberAt, textAt, treeAt, type Tree } from './value.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Storage key of the kind. */
  readonly key: string;
  readonly object: Tree;
  /** The object before, for watches by selector. */
  readonly before: Tree | undefined;
  readonly revision: number;
}

export interface Storage {
  revision(): number;
  get(key: string, namespace: string, name: string): Tree | undefined;
  /** In the order of namespace and name; all namespaces when it is undefined. */
  list(key: string, namespace: string | undefined): readonly Tree[];
  /** Stores the object under a new revision and returns it with that resourceVersion. */
  put(key: string, object: Tree): Tree;
  remove(key: string, namespace: string, name: string): Tree | undefined;
  /** Changes of a kind after a revision; undefined when they are no longer kept. */
  since(key: string, revision: number): readonly Change[] | undefined;
  onChange(listener: (change: Change) => void): () => void;
  keys(): readonly string[];
}

const keptChanges = 10_000;

export function namespaceOf(object: Tree): string {
  return textAt(treeAt(object, 'metadata'), 'namespace');
}

export function nameOf(object: Tree): string {
  return textAt(treeAt(object, 'metadata'), 'name');
}

export function uidOf(object: Tree): string {
  return textAt(treeAt(object, 'metadata'), 'uid');
}

export function generationOf(object: Tree): number {
  return numberAt(treeAt(object, 'metadata'), 'generation');
}

export function createStorage(): Storage {
  let revision = 1;
  let dropped = 0;
  const objects = new Map<string, Map<string, Tree>>();
  const changes: Change[] = [];
  const listeners = new Set<(change: Change) => void>();

  function record(change: Change): void {
    changes.push(change);
    if (changes.length > keptChanges) dropped = changes.shift()?.revision ?? dropped;
    for (const listener of listeners) listener(change);
  }

  return {
    revision: () => revision,
    keys: () => [...objects.keys()],
    get: (key, namespace, name) => objects.get(key)?.get(`${namespace}/${name}`),
    list: (key, namespace) =>
      [...(objects.get(key) ?? [])]
        .filter(([, object]) => namespace === undefined || namespaceOf(object) === namespace)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object),
    put(key, object) {
      revision++;
      const stored: Tree = {
        ...object,
        metadata: { ...treeAt(object, 'metadata'), resourceVersion: String(revision) },
      };
      const kind = objects.get(key) ?? new Map<string, Tree>();
      objects.set(key, kind);
      const id = `${namespaceOf(object)}/${nameOf(object)}`;
      const before = kind.get(id);
      kind.set(id, stored);
      record({ type: before === undefined ? 'ADDED' : 'MODIFIED', key, object: stored, before, revision });
      return stored;
    },
    remove(key, namespace, name) {
      const before = objects.get(key)?.get(`${namespace}/${name}`);
      if (before === undefined) return undefined;
      objects.get(key)?.delete(`${namespace}/${name}`);
      revision++;
      const gone: Tree = { ...before, metadata: { ...treeAt(before, 'metadata'), resourceVersion: String(revision) } };
      record({ type: 'DELETED', key, object: gone, before, revision });
      return gone;
    },
    since: (key, from) =>
      from < dropped ? undefined : changes.filter((change) => change.key === key && change.revision > from),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
