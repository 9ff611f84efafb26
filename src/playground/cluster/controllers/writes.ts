/** How controllers write: status through /status, spec changes and new objects as kube-controller-manager. */
import { create, patch, update } from '../objects.ts';
import type { Target, WriteOptions } from '../store-object.ts';
import { builtin, storageKey, type Resource } from '../registry.ts';
import { nameOf, namespaceOf, uidOf } from '../storage.ts';
import { sameValue, textAt, treeAt, treesAt, type Tree, type Value } from '../value.ts';
import type { Context } from './controllers.ts';

const options: WriteOptions = {
  manager: 'kube-controller-manager',
  dryRun: false,
  force: false,
  validation: 'Ignore',
  warn: () => undefined,
};

export function listOf(context: Context, resource: Resource, namespace?: string): readonly Tree[] {
  return context.cluster.storage.list(storageKey(resource), namespace);
}

export function isDeleting(object: Tree): boolean {
  return textAt(treeAt(object, 'metadata'), 'deletionTimestamp') !== '';
}

function targetOf(resource: Resource, object: Tree, subresource = ''): Target {
  return { resource, namespace: namespaceOf(object), name: nameOf(object), subresource };
}

/** Replaces the status where it differs. */
export function writeStatus(
  context: Context,
  resource: Resource,
  object: Tree,
  status: Tree,
  manager = 'kube-controller-manager',
): void {
  if (sameValue(object['status'] ?? {}, status)) return;
  const metadata: Tree = { ...treeAt(object, 'metadata') };
  // The status is computed from this very object; a newer one is looked at on the next pass.
  update(
    context.cluster,
    targetOf(resource, object, 'status'),
    { ...object, metadata, status },
    { ...options, manager },
  );
}

/** Annotations a controller keeps for itself go through /status, where they do not count as a new generation. */
export function annotate(context: Context, resource: Resource, object: Tree, annotations: Tree): void {
  patch(context.cluster, targetOf(resource, object, 'status'), 'merge', { metadata: { annotations } }, options);
}

export function writePatch(context: Context, resource: Resource, object: Tree, mergePatch: Tree): void {
  patch(context.cluster, targetOf(resource, object), 'merge', mergePatch, options);
}

export function createOwned(
  context: Context,
  resource: Resource,
  owner: { resource: Resource; object: Tree },
  object: Tree,
): void {
  const reference: Value = {
    apiVersion: textAt(owner.object, 'apiVersion'),
    kind: owner.resource.kind,
    name: nameOf(owner.object),
    uid: uidOf(owner.object),
    controller: true,
    blockOwnerDeletion: true,
  };
  const namespace = namespaceOf(owner.object);
  const metadata: Tree = { ...treeAt(object, 'metadata'), namespace, ownerReferences: [reference] };
  const target: Target = { resource, namespace, name: '', subresource: '' };
  create(context.cluster, target, { ...object, metadata }, options);
}

export function createPlain(context: Context, resource: Resource, namespace: string, object: Tree): void {
  create(context.cluster, { resource, namespace, name: '', subresource: '' }, object, options);
}

export function removeObject(context: Context, resource: Resource, object: Tree): void {
  context.cluster.storage.remove(storageKey(resource), namespaceOf(object), nameOf(object));
}

/** Objects of a kind whose controller is `owner`. */
export function ownedBy(context: Context, resource: Resource, owner: Tree): readonly Tree[] {
  return context.cluster.storage.ownedBy(storageKey(resource), uidOf(owner));
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Conditions with times: a transition time moves only when the status changes, an update time when anything does. */
export function withConditions(
  before: Tree | undefined,
  wanted: readonly Condition[],
  now: string,
  updateTimes: boolean,
): Value[] {
  const old = treesAt(before, 'conditions');
  return wanted.map((condition) => {
    const was = old.find((other) => textAt(other, 'type') === condition.type);
    const same =
      was?.['status'] === condition.status &&
      was['reason'] === condition.reason &&
      was['message'] === condition.message;
    const moved = was?.['status'] === condition.status ? textAt(was, 'lastTransitionTime') : now;
    const updated = same ? textAt(was, 'lastUpdateTime') : now;
    return { ...condition, lastTransitionTime: moved, ...(updateTimes ? { lastUpdateTime: updated } : {}) };
  });
}

export const kinds = {
  pods: builtin('', 'Pod'),
  claims: builtin('', 'PersistentVolumeClaim'),
  services: builtin('', 'Service'),
  namespaces: builtin('', 'Namespace'),
  nodes: builtin('', 'Node'),
  deployments: builtin('apps', 'Deployment'),
  replicaSets: builtin('apps', 'ReplicaSet'),
  statefulSets: builtin('apps', 'StatefulSet'),
  daemonSets: builtin('apps', 'DaemonSet'),
  jobs: builtin('batch', 'Job'),
  definitions: builtin('apiextensions.k8s.io', 'CustomResourceDefinition'),
  apiServices: builtin('apiregistration.k8s.io', 'APIService'),
} as const;
