/** Deleting: preconditions, finalizers, and what the garbage collector does to dependents. */
import { conflict, notFound } from './api-error.ts';
import type { Cluster, Target } from './store-object.ts';
import { hasGeneration } from './prepare.ts';
import { storageKey, type Resource } from './registry.ts';
import { namespaceOf, nameOf, uidOf } from './storage.ts';
import { numberAt, textAt, textsAt, treeAt, type Tree } from './value.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagation: Propagation | undefined;
  readonly preconditions: { readonly uid: string; readonly resourceVersion: string };
  readonly warn: (text: string) => void;
}

/** The object as it stands after the request, and whether it is gone. */
export interface Deleted {
  readonly object: Tree;
  readonly gone: boolean;
}

export function remove(cluster: Cluster, target: Target, options: DeleteOptions): Deleted {
  const { resource, name, namespace } = target;
  const key = storageKey(resource);
  const before = cluster.storage.get(key, namespace, name);
  if (before === undefined) throw notFound(resource, name);
  checkPreconditions(resource, before, options);
  const propagation = options.propagation ?? (resource.kind === 'Job' ? 'Orphan' : 'Background');
  if (resource.kind === 'Job' && options.propagation === undefined)
    options.warn(
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    );
  const finalizers = [
    ...textsAt(treeAt(before, 'metadata'), 'finalizers'),
    ...(resource.kind === 'CustomResourceDefinition' ? ['customresourcecleanup.apiextensions.k8s.io'] : []),
    ...(propagation === 'Orphan' ? ['orphan'] : propagation === 'Foreground' ? ['foregroundDeletion'] : []),
  ];
  const lingers = finalizers.length > 0 || resource.kind === 'Namespace';
  if (!lingers) {
    if (!options.dryRun) cluster.storage.remove(key, namespace, name);
    return { object: before, gone: true };
  }
  const next = terminating(before, resource, [...new Set(finalizers)], cluster.now());
  if (options.dryRun || textAt(treeAt(before, 'metadata'), 'deletionTimestamp') !== '')
    return { object: options.dryRun ? next : before, gone: false };
  return { object: cluster.storage.put(key, next), gone: false };
}

function checkPreconditions(resource: Resource, before: Tree, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions;
  const name = nameOf(before);
  const kind = { group: resource.group, plural: resource.kind };
  if (uid !== '' && uid !== uidOf(before))
    throw conflict(
      kind,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${uidOf(before)}). The object might have been deleted and then recreated`,
    );
  const version = textAt(treeAt(before, 'metadata'), 'resourceVersion');
  if (resourceVersion !== '' && resourceVersion !== version)
    throw conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${version}). The object might have been modified`,
    );
}

function terminating(before: Tree, resource: Resource, finalizers: readonly string[], now: string): Tree {
  const metadata: Tree = { ...treeAt(before, 'metadata'), deletionTimestamp: now };
  if (resource.kind === 'Namespace')
    return { ...before, metadata, status: { ...treeAt(before, 'status'), phase: 'Terminating' } };
  metadata['deletionGracePeriodSeconds'] = 0;
  metadata['finalizers'] = [...finalizers];
  if (hasGeneration(resource)) metadata['generation'] = numberAt(metadata, 'generation') + 1;
  return { ...before, metadata };
}

/** Kinds whose DELETE answers the object instead of a Status. */
const answersObject = new Set([
  'Pod',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'ResourceQuota',
  'Service',
  'ServiceAccount',
  'StorageClass',
]);

/** What DELETE answers once the object is gone. */
export function deletedAnswer(resource: Resource, object: Tree): Tree {
  if (resource.custom === undefined && answersObject.has(resource.kind)) return object;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: nameOf(object),
      ...(resource.group === '' ? {} : { group: resource.group }),
      kind: resource.plural,
      uid: uidOf(object),
    },
  };
}

/** Takes one finalizer off; the last one lets a deleted object go. */
export function dropFinalizer(cluster: Cluster, key: string, object: Tree, finalizer: string): void {
  const metadata: Tree = { ...treeAt(object, 'metadata') };
  const left = textsAt(metadata, 'finalizers').filter((item) => item !== finalizer);
  if (left.length > 0 || textAt(metadata, 'deletionTimestamp') === '') {
    metadata['finalizers'] = left;
    if (left.length === 0) delete metadata['finalizers'];
    cluster.storage.put(key, { ...object, metadata });
  } else cluster.storage.remove(key, namespaceOf(object), nameOf(object));
}
