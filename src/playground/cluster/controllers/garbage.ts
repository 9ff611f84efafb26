/** The garbage collector: what only a gone owner owned goes; orphaning and foreground deletion run to their end. */
import { dropFinalizer } from '../remove.ts';
import { nameOf, namespaceOf, ownerUids, uidOf } from '../storage.ts';
import { listAt, textAt, treeAt, treesAt, type Tree } from '../value.ts';
import type { Context } from './controllers.ts';
import { isDeleting } from './writes.ts';

interface Held {
  readonly key: string;
  readonly object: Tree;
}

export function collectGarbage(context: Context): void {
  const { storage } = context.cluster;
  const all: Held[] = storage.keys().flatMap((key) => storage.list(key, undefined).map((object) => ({ key, object })));
  const alive = new Set(all.map(({ object }) => uidOf(object)));
  for (const { key, object } of all) {
    const owners = ownerUids(object);
    if (owners.length > 0 && !owners.some((uid) => alive.has(uid))) requestRemoval(context, key, object);
  }
  for (const held of all) if (isDeleting(held.object)) finishDeletion(context, held, all);
}

/** Deletes now, or marks as deleted what a finalizer holds. */
export function requestRemoval(context: Context, key: string, object: Tree): void {
  const metadata = treeAt(object, 'metadata');
  if (listAt(metadata, 'finalizers').length === 0)
    context.cluster.storage.remove(key, namespaceOf(object), nameOf(object));
  else if (textAt(metadata, 'deletionTimestamp') === '')
    context.cluster.storage.put(key, {
      ...object,
      metadata: { ...metadata, deletionTimestamp: context.cluster.now(), deletionGracePeriodSeconds: 0 },
    });
}

function finishDeletion(context: Context, { key, object }: Held, all: readonly Held[]): void {
  const finalizers = listAt(treeAt(object, 'metadata'), 'finalizers');
  const uid = uidOf(object);
  const dependents = all.filter((other) => ownerUids(other.object).includes(uid));
  if (finalizers.includes('orphan')) {
    for (const dependent of dependents) disown(context, dependent, uid);
    dropFinalizer(context.cluster, key, object, 'orphan');
  } else if (finalizers.includes('foregroundDeletion')) {
    const { storage } = context.cluster;
    for (const dependent of dependents) requestRemoval(context, dependent.key, dependent.object);
    const left = dependents.some(
      (dependent) => storage.get(dependent.key, namespaceOf(dependent.object), nameOf(dependent.object)) !== undefined,
    );
    if (!left) dropFinalizer(context.cluster, key, object, 'foregroundDeletion');
  }
}

function disown(context: Context, { key, object }: Held, uid: string): void {
  const metadata: Tree = { ...treeAt(object, 'metadata') };
  const rest = treesAt(metadata, 'ownerReferences').filter((owner) => textAt(owner, 'uid') !== uid);
  if (rest.length === 0) delete metadata['ownerReferences'];
  else metadata['ownerReferences'] = [...rest];
  context.cluster.storage.put(key, { ...object, metadata });
}
