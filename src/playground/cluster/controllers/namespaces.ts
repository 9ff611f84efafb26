/** Deleted namespaces lose their content, then go. */
import { storageKey } from '../registry.ts';
import { nameOf, namespaceOf } from '../storage.ts';
import type { Context } from './controllers.ts';
import { isDeleting, kinds, listOf } from './writes.ts';
import { requestRemoval } from './garbage.ts';

export function emptyNamespaces(context: Context): void {
  for (const namespace of listOf(context, kinds.namespaces)) {
    if (!isDeleting(namespace)) continue;
    const { storage } = context.cluster;
    const content = storage
      .keys()
      .flatMap((key) => storage.list(key, nameOf(namespace)).map((object) => ({ key, object })))
      .filter(({ object }) => namespaceOf(object) !== '');
    for (const { key, object } of content) requestRemoval(context, key, object);
    const left = content.some(({ key, object }) => storage.get(key, namespaceOf(object), nameOf(object)) !== undefined);
    if (!left) storage.remove(storageKey(kinds.namespaces), '', nameOf(namespace));
  }
}
