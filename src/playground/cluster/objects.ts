/** The verbs that change objects: create, update, patch, apply. Each decodes and defaults, settles who owns what, and hands over to store. */
import { ApiError, badRequest, conflict, internalError, invalid, notFound, unsupportedMediaType } from './api-error.ts';
import { invalidValue } from './check-meta.ts';
import { decode, withDefaults, type Decoding } from './decode.ts';
import { noFields, setOf, type FieldSet } from './field-set.ts';
import {
  applyConfiguration,
  ownersAfterUpdate,
  ownersOf,
  withoutOwners,
  writeOwners,
  type Writer,
} from './managed-fields.ts';
import { applyJsonPatch, applyMergePatch, applyStrategicPatch } from './patch.ts';
import { separatesStatus } from './prepare.ts';
import { apiVersionOf, storageKey, type Resource } from './registry.ts';
import { nameOf, uidOf } from './storage.ts';
import {
  admitNamespace,
  emptyObject,
  store,
  type Cluster,
  type Target,
  type WriteOptions,
  type Written,
} from './store-object.ts';
import { checkTyped, joinComplaints } from './typed-check.ts';
import { copyTree, ensureTree, isTree, textAt, treeAt, type Tree, type Value } from './value.ts';

function writerOf(cluster: Cluster, target: Target, options: WriteOptions): Writer {
  return {
    manager: options.manager,
    apiVersion: apiVersionOf(target.resource),
    subresource: target.subresource,
    ignored: ignoredFields(target),
    now: cluster.now(),
  };
}

/** What an endpoint resets, so nobody comes to own it there. */
function ignoredFields(target: Target): FieldSet {
  if (target.subresource === 'status') {
    const metadata = target.resource.custom === undefined ? ['f:metadata', 'f:labels'] : ['f:metadata'];
    return setOf([['f:spec'], metadata]);
  }
  return separatesStatus(target.resource) ? setOf([['f:status']]) : noFields;
}

export function create(cluster: Cluster, target: Target, body: Tree, options: WriteOptions): Written {
  const { resource } = target;
  const object = copyTree(decode(body, resource, options));
  const metadata = ensureTree(object, 'metadata');
  matchNamespace(metadata, target);
  admitNamespace(cluster, target, nameOf(object));
  if (textAt(metadata, 'resourceVersion') !== '')
    throw badRequest('resourceVersion should not be set on objects to be created');
  const generated = textAt(metadata, 'name') === '' && textAt(metadata, 'generateName') !== '';
  const empty = emptyObject(resource);
  const owners = ownersAfterUpdate(
    empty,
    object,
    ownersOf(object),
    writerOf(cluster, target, options),
    resource.schema,
  );
  const next = store(cluster, target, undefined, writeOwners(object, owners), options);
  if (!generated && !options.dryRun && next.created) return next;
  return next;
}

export function update(cluster: Cluster, target: Target, body: Tree, options: WriteOptions): Written {
  const { resource, name } = target;
  const object = copyTree(decode(body, resource, options));
  const metadata = ensureTree(object, 'metadata');
  matchNamespace(metadata, target);
  matchName(metadata, name);
  const before = cluster.storage.get(storageKey(resource), target.namespace, name);
  if (before === undefined) throw notFound(resource, name);
  if (
    textAt(metadata, 'resourceVersion') === '' &&
    (resource.custom !== undefined || resource.kind === 'CustomResourceDefinition')
  )
    throw invalid({ ...resource, kind: resource.plural }, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  return change(cluster, target, before, object, options);
}

/** Ownership and the rest of an update by any verb but apply. */
function change(cluster: Cluster, target: Target, before: Tree, object: Tree, options: WriteOptions): Written {
  checkIdentity(target, before, object);
  const given = target.subresource === '' ? ownersOf(object) : [];
  const reset =
    Array.isArray(treeAt(object, 'metadata')?.['managedFields']) && given.length === 0 && target.subresource === '';
  const owners = reset ? [] : given.length > 0 ? given : ownersOf(before);
  const next = ownersAfterUpdate(before, object, owners, writerOf(cluster, target, options), target.resource.schema);
  return store(cluster, target, before, writeOwners(withoutOwners(object), next), options);
}

function checkIdentity(target: Target, before: Tree, object: Tree): void {
  const metadata = treeAt(object, 'metadata');
  const version = textAt(metadata, 'resourceVersion');
  if (version !== '' && version !== textAt(treeAt(before, 'metadata'), 'resourceVersion'))
    throw conflict(target.resource, target.name);
  const uid = textAt(metadata, 'uid');
  if (uid === '' || uid === uidOf(before)) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(before)}`;
  throw conflict(target.resource, target.name, why);
}

export type PatchType = 'apply' | 'merge' | 'json' | 'strategic';

export function patch(cluster: Cluster, target: Target, type: PatchType, body: Value, options: WriteOptions): Written {
  const { resource, name } = target;
  const before = cluster.storage.get(storageKey(resource), target.namespace, name);
  if (type === 'apply') return apply(cluster, target, before, body, options);
  if (before === undefined) throw notFound(resource, name);
  if (type === 'strategic' && resource.custom !== undefined) {
    const types = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    throw new ApiError(
      415,
      unsupportedMediaType().reason,
      `the body of the request was in an unknown format - accepted media types include: ${types}`,
    );
  }
  const patched = patchedObject(before, type, body, resource);
  const decoding: Decoding = { ...options, strictPrefix: 'patch' };
  const object = copyTree(decode(patched, resource, decoding));
  matchNamespace(ensureTree(object, 'metadata'), target);
  matchName(ensureTree(object, 'metadata'), name);
  return change(cluster, target, before, object, options);
}

function patchedObject(before: Tree, type: 'merge' | 'json' | 'strategic', body: Value, resource: Resource): Tree {
  const patched =
    type === 'json'
      ? applyJsonPatch(before, body)
      : type === 'merge'
        ? applyMergePatch(before, body)
        : applyStrategicPatch(before, body, resource.schema);
  if (!isTree(patched)) throw badRequest('the patched object is not a JSON object');
  return patched;
}

function apply(
  cluster: Cluster,
  target: Target,
  before: Tree | undefined,
  body: Value,
  options: WriteOptions,
): Written {
  const { resource, name } = target;
  if (!isTree(body)) throw badRequest('error decoding YAML: the configuration is not an object');
  const applied = copyTree(body);
  if (textAt(applied, 'apiVersion') !== apiVersionOf(resource) || textAt(applied, 'kind') !== resource.kind)
    throw badRequest(`invalid object type: ${kindText(applied)}`);
  const metadata = ensureTree(applied, 'metadata');
  if (metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const complaints = checkTyped(applied, resource.schema);
  const who = `${textAt(metadata, 'namespace')}/${textAt(metadata, 'name')}; ${kindText(applied)}`;
  if (complaints.length > 0)
    throw internalError(`failed to create typed patch object (${who}): ${joinComplaints(complaints)}`);
  matchNamespace(metadata, target);
  const live = before ?? emptyObject(resource);
  if (before !== undefined) checkIdentity(target, before, applied);
  const settings = { force: options.force, empty: emptyObject(resource) };
  const result = applyConfiguration(live, applied, writerOf(cluster, target, options), settings, resource.schema);
  const object = withDefaults(
    copyTree(result.object),
    resource,
    `failed to convert new object (${who}) to proper version: unable to convert unstructured object to ${kindText(applied)}: `,
  );
  if (textAt(metadata, 'name') === '') ensureTree(object, 'metadata')['name'] = name;
  matchName(ensureTree(object, 'metadata'), name);
  if (before === undefined) {
    if (textAt(metadata, 'uid') !== '')
      throw conflict(
        resource,
        name,
        `uid mismatch: the provided object specified uid ${textAt(metadata, 'uid')}, and no existing object was found`,
      );
    if (target.subresource !== '') throw notFound(resource, name);
    admitNamespace(cluster, target, name);
  }
  return store(cluster, target, before, writeOwners(object, result.owners), options);
}

/** `apps/v1, Kind=Deployment`; the core group is empty: `/v1, Kind=Pod`. */
function kindText(object: Tree): string {
  const version = textAt(object, 'apiVersion');
  return `${version.includes('/') ? version : `/${version}`}, Kind=${textAt(object, 'kind')}`;
}

function matchNamespace(metadata: Tree, target: Target): void {
  const given = textAt(metadata, 'namespace');
  if (target.resource.namespaced) {
    if (given !== '' && given !== target.namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    metadata['namespace'] = target.namespace;
  } else if (given !== '') {
    // The server drops it in a cluster-scoped object.
    delete metadata['namespace'];
  }
}

function matchName(metadata: Tree, name: string): void {
  const given = textAt(metadata, 'name');
  if (given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}
