/** WATCH: changes after a resourceVersion, one JSON event a line, until the client goes or the time is up. */
import type { ServerResponse } from 'node:http';
import { apiVersionOf, storageKey, type Resource } from './registry.ts';
import type { Predicate } from './selectors.ts';
import { namespaceOf, type Change, type Storage } from './storage.ts';
import { inVersion } from './list.ts';
import type { Tree } from './value.ts';

export interface WatchQuery {
  readonly namespace: string | undefined;
  readonly matches: Predicate;
  /** '' or '0': what is there comes first, as ADDED. */
  readonly resourceVersion: string;
  readonly bookmarks: boolean;
  readonly initialEvents: boolean;
  readonly timeoutSeconds: number;
}

const expired = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'too old resource version',
  reason: 'Expired',
  code: 410,
};

export function watch(storage: Storage, resource: Resource, query: WatchQuery, response: ServerResponse): void {
  const key = storageKey(resource);
  const inScope = (object: Tree) => query.namespace === undefined || namespaceOf(object) === query.namespace;
  const send = (type: string, object: Tree) =>
    response.write(`${JSON.stringify({ type, object: inVersion(object, resource) })}\n`);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();

  const tell = (change: Change) => {
    if (change.key !== key || !inScope(change.object)) return;
    const now = change.type !== 'DELETED' && query.matches(change.object);
    const before = change.before !== undefined && query.matches(change.before);
    if (now) send(before ? 'MODIFIED' : 'ADDED', change.object);
    else if (before) send('DELETED', change.object);
  };

  const fresh = query.resourceVersion === '' || query.resourceVersion === '0';
  const missed = fresh ? [] : storage.since(key, Number(query.resourceVersion));
  if (missed === undefined) {
    response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
    return;
  }
  if (fresh) for (const object of storage.list(key, query.namespace)) if (query.matches(object)) send('ADDED', object);
  for (const change of missed) tell(change);
  if (query.initialEvents) bookmark(storage, resource, response);
  const stop = storage.onChange(tell);
  const timer = setTimeout(() => {
    if (query.bookmarks) bookmark(storage, resource, response);
    response.end();
  }, query.timeoutSeconds * 1000);
  response.on('close', () => {
    clearTimeout(timer);
    stop();
  });
}

function bookmark(storage: Storage, resource: Resource, response: ServerResponse): void {
  const metadata = {
    resourceVersion: String(storage.revision()),
    annotations: { 'k8s.io/initial-events-end': 'true' },
  };
  const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
}
