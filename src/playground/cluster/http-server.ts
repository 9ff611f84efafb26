/** The HTTP face: authentication, faults, bodies in and out, and which verb a request is. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { ApiError, badRequest, methodNotAllowed, noSuchResource, unsupportedMediaType } from './api-error.ts';
import * as discovery from './discovery.ts';
import { faultError, type Faults } from './faults.ts';
import { readBody } from './http-body.ts';
import { inVersion, list, selection, type Pages } from './list.ts';
import { create, patch, update, type Cluster, type PatchType, type Target, type WriteOptions } from './objects.ts';
import type { Registry } from './registry.ts';
import { storageKey } from './registry.ts';
import { deletedAnswer, remove, type Propagation } from './remove.ts';
import { route, type Route } from './route.ts';
import { readScale, writeScale } from './scale.ts';
import { isTree, textAt, treeAt, type Tree, type Value } from './value.ts';
import { watch } from './watch.ts';
import { notFound } from './api-error.ts';

export interface RequestLine {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface Face {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly faults: Faults;
  readonly token: string;
  /** Whether a request without credentials is refused. */
  readonly tokenRequired: boolean;
  readonly log: RequestLine[];
}

const keptLines = 20_000;

export function createHttpServer(face: Face): Server {
  const pages: Pages = { snapshots: new Map() };
  return createServer((request, response) => {
    // The real server puts it on everything it says, plain-text errors included; clients know it by that.
    response.setHeader('audit-id', randomUUID());
    serve(face, pages, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof ApiError) answer(request, response, error.code, error.body(), error.headers);
      else
        answer(
          request,
          response,
          500,
          new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`).body(),
        );
    });
  });
}

async function serve(face: Face, pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const method = request.method ?? 'GET';
  face.log.push({ method, url: request.url ?? '/' });
  if (face.log.length > keptLines) face.log.shift();
  const fault = face.faults.take(method, request.url ?? '/');
  if (fault?.kind === 'drop') {
    request.socket.destroy();
    return;
  }
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
  if (fault?.kind === 'status') throw faultError(fault);
  if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) {
    plain(response, 200, 'ok');
    return;
  }
  const credentials = request.headers.authorization ?? (face.tokenRequired ? '' : `Bearer ${face.token}`);
  if (credentials !== `Bearer ${face.token}`) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const found = route(url.pathname, face.registry);
  if (found.kind === 'resource') await serveResource(face, pages, found, url, request, response);
  else serveDiscovery(face, found, url, request, response);
}

function serveDiscovery(
  face: Face,
  found: Exclude<Route, { kind: 'resource' }>,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (found.kind === 'unavailable') {
    plain(response, 503, 'service unavailable\n');
    return;
  }
  if (found.kind === 'no-resource') throw noSuchResource();
  if (found.kind === 'groupVersion') {
    const body = discovery.resourceList(face.registry, found.group, found.version);
    if (body === undefined) throw noSuchResource();
    answer(request, response, 200, body);
    return;
  }
  const body = found.kind === 'group' ? discovery.group(face.registry, found.group) : rootDocument(face, url, request);
  if (body === undefined) plain(response, 404, '404 page not found\n');
  else
    answer(
      request,
      response,
      200,
      body,
      body['kind'] === 'APIGroupDiscoveryList' ? { 'content-type': discovery.aggregatedType } : {},
    );
}

function rootDocument(face: Face, url: URL, request: IncomingMessage): Tree | undefined {
  const wantsAggregated = (request.headers.accept ?? '').split(',').some((type) => {
    const parts = type.split(';').map((part) => part.trim());
    return ['g=apidiscovery.k8s.io', 'v=v2', 'as=APIGroupDiscoveryList'].every((part) => parts.includes(part));
  });
  const openApi = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(url.pathname);
  if (openApi !== null) return discovery.openApiDocument(face.registry, openApi[1] ?? '', openApi[2] ?? '');
  switch (url.pathname) {
    case '/version':
      return discovery.versionInfo;
    case '/api':
      return wantsAggregated
        ? discovery.aggregated(face.registry, true)
        : discovery.apiVersions(request.headers.host ?? '');
    case '/apis':
      return wantsAggregated ? discovery.aggregated(face.registry, false) : discovery.groupList(face.registry);
    case '/openapi/v3':
      return discovery.openApiIndex(face.registry);
    default:
      return undefined;
  }
}

const endpointsDeprecated = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';

type ResourceRoute = Extract<Route, { kind: 'resource' }>;

async function serveResource(
  face: Face,
  pages: Pages,
  found: ResourceRoute,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  if (method === 'GET') {
    serveRead(face, pages, found, url, request, response);
    return;
  }
  if (found.resource.namespaced && found.namespace === undefined) throw methodNotAllowed();
  const warnings: string[] = [];
  const options = writeOptions(url, request, warnings);
  if (found.resource.group === '' && found.resource.kind === 'Endpoints') warnings.push(endpointsDeprecated);
  const target: Target = {
    resource: found.resource,
    namespace: found.namespace ?? '',
    name: found.name,
    subresource: found.subresource,
  };
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  const body = await readBody(request, type, found.resource.kind);
  const done = write(face, method, target, type, body, url, options);
  const texts = [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text)}`);
  answer(request, response, done.status, done.body, texts.length === 0 ? {} : { warning: texts });
}

interface Done {
  readonly status: number;
  readonly body: Tree;
}

function write(
  face: Face,
  method: string,
  target: Target,
  type: string,
  body: Value | undefined,
  url: URL,
  options: WriteOptions,
): Done {
  const { cluster } = face;
  const named = target.name !== '';
  if (target.subresource === 'scale') return { status: 200, body: writeScale(cluster, target, method, body, options) };
  if (method === 'POST' && !named) {
    const made = create(cluster, target, objectBody(body), options);
    return { status: 201, body: shown(made.object, target) };
  }
  if (method === 'PUT' && named)
    return { status: 200, body: shown(update(cluster, target, objectBody(body), options).object, target) };
  if (method === 'PATCH' && named) {
    const kind = patchTypes[type];
    if (kind === undefined) throw unsupportedMediaType();
    if (kind === 'apply') requireManager(url);
    const done = patch(cluster, target, kind, body ?? null, options);
    return { status: done.created ? 201 : 200, body: shown(done.object, target) };
  }
  if (method === 'DELETE' && named) return removeOne(cluster, target, body, url, options);
  if (method === 'DELETE') return removeAll(face, target, body, url, options);
  throw methodNotAllowed();
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/apply-patch+yaml': 'apply',
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/strategic-merge-patch+json': 'strategic',
};

function requireManager(url: URL): void {
  if ((url.searchParams.get('fieldManager') ?? '') !== '') return;
  const cause = {
    reason: 'FieldValueRequired',
    message: 'Required value: is required for apply patch',
    field: 'fieldManager',
  };
  const details = { group: 'meta.k8s.io', kind: 'PatchOptions', causes: [cause] };
  throw new ApiError(
    422,
    'Invalid',
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    details,
  );
}

function shown(object: Tree, target: Target): Tree {
  return target.resource.custom === undefined ? object : inVersion(object, target.resource);
}

function objectBody(body: Value | undefined): Tree {
  if (!isTree(body)) throw badRequest('the request body is not an object');
  return body;
}

function removeOne(cluster: Cluster, target: Target, body: Value | undefined, url: URL, options: WriteOptions): Done {
  const given = isTree(body) ? body : undefined;
  const preconditions = treeAt(given, 'preconditions');
  const propagation = url.searchParams.get('propagationPolicy') ?? textAt(given, 'propagationPolicy');
  const done = remove(cluster, target, {
    dryRun: options.dryRun || Array.isArray(given?.['dryRun']),
    propagation: isPropagation(propagation) ? propagation : undefined,
    preconditions: { uid: textAt(preconditions, 'uid'), resourceVersion: textAt(preconditions, 'resourceVersion') },
    warn: options.warn,
  });
  return { status: 200, body: done.gone ? deletedAnswer(target.resource, done.object) : shown(done.object, target) };
}

function isPropagation(text: string): text is Propagation {
  return text === 'Background' || text === 'Foreground' || text === 'Orphan';
}

function removeAll(face: Face, target: Target, body: Value | undefined, url: URL, options: WriteOptions): Done {
  const query = {
    labelSelector: url.searchParams.get('labelSelector') ?? '',
    fieldSelector: url.searchParams.get('fieldSelector') ?? '',
  };
  const wanted = face.cluster.storage.list(
    storageKey(target.resource),
    target.resource.namespaced ? target.namespace : undefined,
  );
  const items = wanted.filter(selection(query, target.resource));
  for (const item of items)
    removeOne(face.cluster, { ...target, name: textAt(treeAt(item, 'metadata'), 'name') }, body, url, options);
  return { status: 200, body: { kind: target.resource.listKind, apiVersion: 'v1', metadata: {}, items: [...items] } };
}

function writeOptions(url: URL, request: IncomingMessage, warnings: string[]): WriteOptions {
  const agent = request.headers['user-agent'] ?? 'unknown';
  const validation = url.searchParams.get('fieldValidation') ?? 'Warn';
  const manager = url.searchParams.get('fieldManager') ?? '';
  return {
    manager: manager === '' ? (agent.split('/')[0] ?? 'unknown') : manager,
    dryRun: url.searchParams.get('dryRun') === 'All',
    force: url.searchParams.get('force') === 'true',
    validation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    warn: (text) => warnings.push(text),
  };
}

function serveRead(
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

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

const gzipFrom = 128 * 1024;

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Tree,
  headers: Record<string, string | string[]> = {},
): void {
  const text = Buffer.from(JSON.stringify(body), 'utf8');
  const zip = text.length >= gzipFrom && (request.headers['accept-encoding'] ?? '').includes('gzip');
  const bytes = zip ? gzipSync(text, { level: 1 }) : text;
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    ...(zip ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}),
    'content-length': String(bytes.length),
    ...headers,
  });
  response.end(bytes);
}
