/** Custom kinds become served once their definition is established; aggregated groups whose service nobody runs stay broken. */
import { dropFinalizer } from '../remove.ts';
import { storageKey } from '../registry.ts';
import { listAt, sameValue, textAt, treeAt, treesAt, type Tree } from '../value.ts';
import type { Context } from './controllers.ts';
import { requestRemoval } from './garbage.ts';
import { isDeleting, kinds, listOf, withConditions, writeStatus, type Condition } from './writes.ts';

const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

export function establishDefinitions(context: Context): void {
  const definitions = listOf(context, kinds.definitions);
  for (const definition of definitions) {
    if (isDeleting(definition)) removeInstances(context, definition);
    else establish(context, definition);
  }
  const established = listOf(context, kinds.definitions).filter(isEstablished);
  context.registry.setDefinitions(established);
}

function isEstablished(definition: Tree): boolean {
  return treesAt(treeAt(definition, 'status'), 'conditions').some(
    (c) => c['type'] === 'Established' && c['status'] === 'True',
  );
}

function establish(context: Context, definition: Tree): void {
  const before = treeAt(definition, 'status');
  const spec = treeAt(definition, 'spec');
  const conditions: Condition[] = [
    { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
  ];
  const storage = textAt(
    treesAt(spec, 'versions').find((version) => version['storage'] === true),
    'name',
  );
  const stored = listAt(before, 'storedVersions');
  const status: Tree = {
    conditions: withConditions(before, conditions, context.cluster.now(), false),
    acceptedNames: { ...treeAt(spec, 'names') },
    storedVersions: stored.includes(storage) ? [...stored] : [...stored, storage],
  };
  if (!sameValue(definition['status'], status))
    writeStatus(context, kinds.definitions, definition, status, 'kube-apiserver');
}

function removeInstances(context: Context, definition: Tree): void {
  const spec = treeAt(definition, 'spec');
  const key = storageKey({ group: textAt(spec, 'group'), plural: textAt(treeAt(spec, 'names'), 'plural') });
  for (const object of context.cluster.storage.list(key, undefined)) requestRemoval(context, key, object);
  if (context.cluster.storage.list(key, undefined).length === 0)
    dropFinalizer(context.cluster, storageKey(kinds.definitions), definition, cleanup);
}

/** No aggregated API server runs here, so every group an APIService hands to a service is one that never answers. */
export function watchAggregatedGroups(context: Context): void {
  const remote = listOf(context, kinds.apiServices).filter(
    (service) => treeAt(service, 'spec', 'service') !== undefined,
  );
  const declared = remote.map((service) => {
    const spec = treeAt(service, 'spec');
    return `${textAt(spec, 'group')}/${textAt(spec, 'version')}`;
  });
  const known = declaredGroups.get(context.registry) ?? new Set<string>();
  for (const groupVersion of known) if (!declared.includes(groupVersion)) context.registry.broken.delete(groupVersion);
  for (const groupVersion of declared) context.registry.broken.add(groupVersion);
  declaredGroups.set(context.registry, new Set(declared));
}

export function reportAggregatedGroups(context: Context): void {
  for (const service of listOf(context, kinds.apiServices)) {
    const reference = treeAt(service, 'spec', 'service');
    if (reference === undefined) continue;
    const name = textAt(reference, 'name');
    const namespace = textAt(reference, 'namespace');
    const present = context.cluster.storage.get(storageKey(kinds.services), namespace, name) !== undefined;
    const condition: Condition = present
      ? {
          type: 'Available',
          status: 'False',
          reason: 'EndpointsNotFound',
          message: `cannot find endpointslices for service/${name} in "${namespace}"`,
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'ServiceNotFound',
          message: `service/${name} in "${namespace}" is not present`,
        };
    const conditions = withConditions(treeAt(service, 'status'), [condition], context.cluster.now(), false);
    writeStatus(context, kinds.apiServices, service, { conditions }, 'kube-apiserver');
  }
}

/** Groups broken by an APIService, told apart from those broken through the handle. */
const declaredGroups = new WeakMap<object, Set<string>>();
