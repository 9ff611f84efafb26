/** The writing verbs: from query and headers to options, from results to answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, warningValues } from './answer.ts';
import { ApiError, badRequest, methodNotAllowed, unsupportedMediaType } from './api-error.ts';
import type { Face, ResourceRoute } from './face.ts';
import { readBody } from './http-body.ts';
import { inVersion, selection } from './list.ts';
import { create, patch, update, type PatchType } from './objects.ts';
import type { Cluster, Target, WriteOptions } from './store-object.ts';
import { storageKey } from './registry.ts';
import { deletedAnswer, remove, type Propagation } from './remove.ts';
import { writeScale } from './scale.ts';
import { isTree, textAt, treeAt, type Tree, type Value } from './value.ts';

/** POST, PUT, PATCH, DELETE. `standing` are the warnings every request for the kind gets. */
export async function serveWrite(
  face: Face,
  found: ResourceRoute,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  standing: readonly string[],
): Promise<void> {
  const method = request.method ?? 'GET';
  if (found.resource.namespaced && found.namespace === undefined) throw methodNotAllowed();
  const warnings: string[] = [...standing];
  const options = writeOptions(url, request, warnings);
  const target: Target = {
    resource: found.resource,
    namespace: found.namespace ?? '',
    name: found.name,
    subresource: found.subresource,
  };
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  const body = await readBody(request, type, found.resource.kind);
  const done = write(face, method, target, type, body, url, options);
  answer(request, response, done.status, done.body, warnings.length === 0 ? {} : { warning: warningValues(warnings) });
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
