/** The scale subresource of workloads. */
import { badRequest } from './api-error.ts';
import { patch, update } from './objects.ts';
import type { Cluster, Target, WriteOptions } from './store-object.ts';
import { storageKey } from './registry.ts';
import { notFound } from './api-error.ts';
import { ensureTree, copyTree, isTree, numberAt, stringsAt, textAt, treeAt, type Tree, type Value } from './value.ts';

export function readScale(object: Tree): Tree {
  const metadata = treeAt(object, 'metadata');
  const labels = Object.entries(stringsAt(treeAt(object, 'spec', 'selector'), 'matchLabels'));
  const kept = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'];
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: Object.fromEntries(kept.map((key) => [key, textAt(metadata, key)])),
    spec: { replicas: numberAt(treeAt(object, 'spec'), 'replicas') },
    status: {
      replicas: numberAt(treeAt(object, 'status'), 'replicas'),
      selector: labels.map(([key, value]) => `${key}=${value}`).join(','),
    },
  };
}

/** PUT or PATCH of the replica count; owned like any update, under the subresource's name. */
export function writeScale(
  cluster: Cluster,
  target: Target,
  method: string,
  body: Value | undefined,
  options: WriteOptions,
): Tree {
  const before = cluster.storage.get(storageKey(target.resource), target.namespace, target.name);
  if (before === undefined) throw notFound(target.resource, target.name);
  const replicas = isTree(body) ? treeAt(body, 'spec')?.['replicas'] : undefined;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas is missing');
  const plain: Target = { ...target, subresource: 'scale' };
  if (method === 'PATCH') return readScale(patch(cluster, plain, 'merge', { spec: { replicas } }, options).object);
  const object = copyTree(before);
  ensureTree(object, 'spec')['replicas'] = replicas;
  return readScale(update(cluster, plain, object, options).object);
}
