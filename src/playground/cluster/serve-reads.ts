/** GET: one object, a list, a watch. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from './answer.ts';
import { methodNotAllowed, notFound } from './api-error.ts';
import type { Face, ResourceRoute } from './face.ts';
import { inVersion, list, selection, type Pages } from './list.ts';
import { storageKey } from './registry.ts';
import { readScale } from './scale.ts';
import { watch } from './watch.ts';

export function serveRead(
  face: Face,
  pages: Pages,
  found: ResourceRoute,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { resource, namespace, name } = found;
  const { storage } = face.cluster;
  const query = {
    labelSelector: url.searchParams.get('labelSelector') ?? '',
    fieldSelector: url.searchParams.get('fieldSelector') ?? '',
  };
  if (name !== '') {
    if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
    const object = storage.get(storageKey(resource), namespace ?? '', name);
    if (object === undefined) throw notFound(resource, name);
    answer(request, response, 200, found.subresource === 'scale' ? readScale(object) : inVersion(object, resource));
  } else if (['true', '1'].includes(url.searchParams.get('watch') ?? '')) {
    watch(
      storage,
      resource,
      {
        namespace,
        matches: selection(query, resource),
        resourceVersion: url.searchParams.get('resourceVersion') ?? '',
        bookmarks: url.searchParams.get('allowWatchBookmarks') === 'true',
        initialEvents: url.searchParams.get('sendInitialEvents') === 'true',
        timeoutSeconds: Number(url.searchParams.get('timeoutSeconds') ?? '1800'),
      },
      response,
    );
  } else {
    const limit = Number(url.searchParams.get('limit') ?? '0');
    const continueToken = url.searchParams.get('continue') ?? '';
    answer(request, response, 200, list(storage, resource, { namespace, ...query, limit, continueToken }, pages));
  }
}
