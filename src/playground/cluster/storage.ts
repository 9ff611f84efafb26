/** Where objects live: one revision counter, a map by kind and name, and the log of changes that watches read. */
import { numberAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

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
  /** Objects of a kind that name this uid among their owners. */
  ownedBy(key: string, uid: string): readonly Tree[];
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

/** Objects of one kind, kept in the order of namespace and name, with an index by owner. */
interface Kind {
  objects: Map<string, Tree>;
  sorted: boolean;
  readonly byOwner: Map<string, Map<string, Tree>>;
}

function idOf(object: Tree): string {
  return `${namespaceOf(object)}/${nameOf(object)}`;
}

/** Uids in an object's ownerReferences. */
export function ownerUids(object: Tree): readonly string[] {
  return treesAt(treeAt(object, 'metadata'), 'ownerReferences').map((owner) => textAt(owner, 'uid'));
}

function setIn(kind: Kind, object: Tree): Tree | undefined {
  const before = removeFrom(kind, idOf(object), false);
  if (before === undefined) kind.sorted = false;
  kind.objects.set(idOf(object), object);
  for (const uid of ownerUids(object)) {
    const owned = kind.byOwner.get(uid) ?? new Map<string, Tree>();
    kind.byOwner.set(uid, owned.set(idOf(object), object));
  }
  return before;
}

function removeFrom(kind: Kind, id: string, entirely: boolean): Tree | undefined {
  const before = kind.objects.get(id);
  if (before === undefined) return undefined;
  for (const uid of ownerUids(before)) {
    const owned = kind.byOwner.get(uid);
    owned?.delete(id);
    if (owned?.size === 0) kind.byOwner.delete(uid);
  }
  if (entirely) kind.objects.delete(id);
  return before;
}

function inOrder(kind: Kind): Iterable<Tree> {
  if (!kind.sorted) kind.objects = new Map([...kind.objects].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  kind.sorted = true;
  return kind.objects.values();
}

export function createStorage(): Storage {
  let revision = 1;
  let dropped = 0;
  const kinds = new Map<string, Kind>();
  const changes: Change[] = [];
  const listeners = new Set<(change: Change) => void>();

  function record(change: Change): void {
    changes.push(change);
    if (changes.length > keptChanges) dropped = changes.shift()?.revision ?? dropped;
    for (const listener of listeners) listener(change);
  }

  return {
    revision: () => revision,
    keys: () => [...kinds.keys()],
    get: (key, namespace, name) => kinds.get(key)?.objects.get(`${namespace}/${name}`),
    list(key, namespace) {
      const kind = kinds.get(key);
      if (kind === undefined) return [];
      return [...inOrder(kind)].filter((object) => namespace === undefined || namespaceOf(object) === namespace);
    },
    ownedBy: (key, uid) => [...(kinds.get(key)?.byOwner.get(uid)?.values() ?? [])],
    put(key, object) {
      revision++;
      const stored: Tree = {
        ...object,
        metadata: { ...treeAt(object, 'metadata'), resourceVersion: String(revision) },
      };
      const kind = kinds.get(key) ?? { objects: new Map(), sorted: true, byOwner: new Map() };
      kinds.set(key, kind);
      const before = setIn(kind, stored);
      record({ type: before === undefined ? 'ADDED' : 'MODIFIED', key, object: stored, before, revision });
      return stored;
    },
    remove(key, namespace, name) {
      const kind = kinds.get(key);
      const before = kind === undefined ? undefined : removeFrom(kind, `${namespace}/${name}`, true);
      if (before === undefined) return undefined;
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
