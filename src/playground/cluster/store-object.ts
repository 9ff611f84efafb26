/** The last steps of every write: what the server fills in, the checks, and storing it unless nothing changed or it is a dry run. */
import { alreadyExists, forbidden, invalid, notFound, type FieldError } from './api-error.ts';
import { checkChange } from './check-changes.ts';
import { checkObject } from './check-kinds.ts';
import { checkMeta } from './check-meta.ts';
import { withDefaults } from './decode.ts';
import { ownersOf, writeOwners } from './managed-fields.ts';
import { prepareCreate, prepareStatus, prepareUpdate, separatesStatus, type Allocator } from './prepare.ts';
import { apiVersionOf, storageKey, type Resource } from './registry.ts';
import { zeroOf } from './round-trip.ts';
import { generationOf, nameOf, type Storage } from './storage.ts';
import { checkCustom } from './structural.ts';
import { copyTree, ensureTree, listAt, sameValue, textAt, treeAt, type Tree } from './value.ts';
import { objectWarnings } from './warnings.ts';

export interface Target {
  readonly resource: Resource;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly validation: 'Strict' | 'Warn' | 'Ignore';
  /** Takes the warnings of this request. */
  readonly warn: (text: string) => void;
}

export interface Cluster {
  readonly storage: Storage;
  readonly allocator: Allocator;
  /** RFC 3339 in seconds. */
  readonly now: () => string;
}

export interface Written {
  readonly object: Tree;
  readonly created: boolean;
}

/** An object of the kind with nothing in it, as the server compares a new one with. */
export function emptyObject(resource: Resource): Tree {
  if (resource.custom !== undefined) return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: {} };
  return { ...skeleton(resource), apiVersion: apiVersionOf(resource), kind: resource.kind };
}

/** Only what a Go value of the type always writes. */
function skeleton(resource: Resource): Tree {
  const { resolve, root } = resource.schema;
  const fill = (schema: typeof root): Tree => {
    const type = resolve(schema);
    const out: Tree = {};
    if (type.kind !== 'struct') return out;
    for (const [name, field] of Object.entries(type.fields)) {
      if (field.emission === 'struct') out[name] = fill(field.schema);
      if (field.emission === 'always') out[name] = zeroOf(field.schema, resolve);
    }
    return out;
  };
  return fill(root);
}

export function store(
  cluster: Cluster,
  target: Target,
  before: Tree | undefined,
  object: Tree,
  options: WriteOptions,
): Written {
  const { resource, name } = target;
  const next = prepare(cluster, target, before, copyTree(object));
  const errors = errorsOf(target, before, next);
  if (errors.length > 0) throw invalid(resource, nameOf(next) || name, errors);
  if (before === undefined || generationOf(before) !== generationOf(next))
    for (const text of objectWarnings(resource, next)) options.warn(text);
  const key = storageKey(resource);
  if (before === undefined) {
    if (cluster.storage.get(key, target.namespace, nameOf(next)) !== undefined)
      throw alreadyExists(resource, nameOf(next));
    return { object: options.dryRun ? next : cluster.storage.put(key, next), created: true };
  }
  if (sameButTimes(before, next)) return { object: before, created: false };
  if (options.dryRun) return { object: next, created: false };
  const stored = cluster.storage.put(key, next);
  if (isFinished(stored)) cluster.storage.remove(key, target.namespace, name);
  return { object: stored, created: false };
}

function prepare(cluster: Cluster, target: Target, before: Tree | undefined, object: Tree): Tree {
  const { resource } = target;
  if (before === undefined) {
    if (separatesStatus(resource)) {
      const blank = emptyObject(resource)['status'];
      if (blank === undefined) delete object['status'];
      else object['status'] = withDefaults({ ...object, status: {} }, resource, '')['status'];
    }
    if (resource.namespaced) ensureTree(object, 'metadata')['namespace'] = target.namespace;
    prepareCreate(resource, object, cluster.now(), cluster.allocator);
    return object;
  }
  const version = textAt(treeAt(before, 'metadata'), 'resourceVersion');
  const next = target.subresource === 'status' ? prepareStatus(resource, before, object) : object;
  if (target.subresource !== 'status') prepareUpdate(resource, before, next, cluster.allocator);
  ensureTree(next, 'metadata')['resourceVersion'] = version;
  return next;
}

function errorsOf(target: Target, before: Tree | undefined, object: Tree): readonly FieldError[] {
  const { resource } = target;
  if (target.subresource === 'status') return [];
  if (resource.custom === undefined) {
    const changed = before === undefined ? [] : checkChange(resource, before, object);
    const whole = checkObject(resource, object);
    // A Secret's server looks at the change first.
    return resource.kind === 'Secret' ? [...changed, ...whole] : [...whole, ...changed];
  }
  const found = checkCustom(object, before, resource.custom.openApi);
  return [...checkMeta(resource, object), ...(found as readonly FieldError[])];
}

/** A write that changes nothing but the times of managed fields is none. */
function sameButTimes(before: Tree, next: Tree): boolean {
  const timeless = (object: Tree) =>
    writeOwners(
      object,
      ownersOf(object).map((owner) => ({ ...owner, time: '' })),
    );
  return sameValue(timeless(before), timeless(next));
}

/** Deleted and without a finalizer left. */
function isFinished(object: Tree): boolean {
  const metadata = treeAt(object, 'metadata');
  return (
    textAt(metadata, 'deletionTimestamp') !== '' &&
    listAt(metadata, 'finalizers').length === 0 &&
    object['kind'] !== 'Namespace'
  );
}

/** Nothing new in a namespace that is not there or going away. */
export function admitNamespace(cluster: Cluster, target: Target, name: string): void {
  if (!target.resource.namespaced) return;
  const namespace = cluster.storage.get('/namespaces', '', target.namespace);
  if (namespace === undefined) throw notFound({ group: '', plural: 'namespaces' }, target.namespace);
  if (textAt(treeAt(namespace, 'metadata'), 'deletionTimestamp') === '') return;
  throw forbidden(
    target.resource,
    name,
    `unable to create new content in namespace ${target.namespace} because it is being terminated`,
    {
      reason: 'NamespaceTerminating',
      field: 'metadata.namespace',
      message: `namespace ${target.namespace} is being terminated`,
    },
  );
}
