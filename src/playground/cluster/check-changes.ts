/** What each kind does not allow to change, with the server's words; the part people meet as "field is immutable". */
import type { FieldError } from './api-error.ts';
import { forbiddenField, invalidValue } from './check-meta.ts';
import type { Resource } from './registry.ts';
import { sameValue, stringsAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

/** Errors of changing `before` into `after`: what the kind does not allow to change. */
export function checkChange(resource: Resource, before: Tree, after: Tree): readonly FieldError[] {
  return changes[`${resource.group}/${resource.kind}`]?.(before, after) ?? [];
}

function immutable(before: Tree, after: Tree, path: readonly string[]): readonly FieldError[] {
  const key = path.at(-1) ?? '';
  const value = (tree: Tree) => (treeAt(tree, ...path.slice(0, -1)) ?? {})[key];
  if (sameValue(value(before), value(after))) return [];
  return [invalidValue(path.join('.'), value(after), 'field is immutable')];
}

function frozenData(before: Tree, after: Tree): readonly FieldError[] {
  if (before['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const errors = after['immutable'] === true ? [] : [forbiddenField('immutable', why)];
  return [
    ...errors,
    ...['data', 'binaryData']
      .filter((key) => !sameValue(before[key], after[key]))
      .map((key) => forbiddenField(key, why)),
  ];
}

const statefulMutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function without(spec: Tree | undefined, keys: readonly string[]): Tree {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !keys.includes(key)));
}

function changeStatefulSet(before: Tree, after: Tree): readonly FieldError[] {
  if (sameValue(without(treeAt(before, 'spec'), statefulMutable), without(treeAt(after, 'spec'), statefulMutable)))
    return [];
  return [
    forbiddenField(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  ];
}

function changeService(before: Tree, after: Tree): readonly FieldError[] {
  const old = treeAt(before, 'spec');
  const now = treeAt(after, 'spec');
  if (old?.['type'] === 'ExternalName' || now?.['type'] === 'ExternalName') return [];
  const had = textAt(old, 'clusterIP');
  if (had === '' || had === textAt(now, 'clusterIP')) return [];
  return [invalidValue('spec.clusterIPs[0]', [textAt(now, 'clusterIP')], 'may not change once set')];
}

function changeClaim(before: Tree, after: Tree): readonly FieldError[] {
  const old = treeAt(before, 'spec');
  const now = treeAt(after, 'spec');
  const bound = textAt(treeAt(before, 'status'), 'phase') === 'Bound';
  const free = bound ? ['resources', 'volumeAttributesClassName'] : [];
  const settled = old?.['storageClassName'] === undefined ? [...free, 'storageClassName'] : free;
  const named = textAt(old, 'volumeName') === '' ? [...settled, 'volumeName'] : settled;
  if (sameValue(without(old, named), without(now, named))) return [];
  return [
    forbiddenField(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ),
  ];
}

function changeBinding(before: Tree, after: Tree): readonly FieldError[] {
  if (sameValue(before['roleRef'], after['roleRef'])) return [];
  const role = treeAt(after, 'roleRef');
  const shown = { APIGroup: textAt(role, 'apiGroup'), Kind: textAt(role, 'kind'), Name: textAt(role, 'name') };
  return [invalidValue('roleRef', shown, 'cannot change roleRef')];
}

function changePod(before: Tree, after: Tree): readonly FieldError[] {
  const plain = (object: Tree) => ({
    ...without(treeAt(object, 'spec'), ['activeDeadlineSeconds', 'tolerations', 'nodeName']),
    containers: treesAt(treeAt(object, 'spec'), 'containers').map((container) => without(container, ['image'])),
    initContainers: treesAt(treeAt(object, 'spec'), 'initContainers').map((container) => without(container, ['image'])),
  });
  if (sameValue(plain(before), plain(after))) return [];
  return [
    forbiddenField(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ];
}

const changes: Readonly<Record<string, (before: Tree, after: Tree) => readonly FieldError[]>> = {
  '/ConfigMap': frozenData,
  '/Secret': (before, after) => [...immutable(before, after, ['type']), ...frozenData(before, after)],
  '/Service': changeService,
  '/PersistentVolumeClaim': changeClaim,
  '/Pod': changePod,
  'apps/Deployment': (before, after) => immutable(before, after, ['spec', 'selector']),
  'apps/DaemonSet': (before, after) => immutable(before, after, ['spec', 'selector']),
  'apps/ReplicaSet': (before, after) => immutable(before, after, ['spec', 'selector']),
  'apps/StatefulSet': changeStatefulSet,
  'batch/Job': (before, after) =>
    ['completions', 'selector', 'template', 'completionMode'].flatMap((key) => immutable(before, after, ['spec', key])),
  'storage.k8s.io/StorageClass': (before, after) => [
    ...['provisioner', 'reclaimPolicy', 'volumeBindingMode'].flatMap((key) => immutable(before, after, [key])),
    ...(sameValue(stringsAt(before, 'parameters'), stringsAt(after, 'parameters'))
      ? []
      : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
  ],
  'scheduling.k8s.io/PriorityClass': (before, after) =>
    sameValue(before['value'], after['value']) ? [] : [forbiddenField('value', 'may not be changed in an update.')],
  'rbac.authorization.k8s.io/RoleBinding': changeBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': changeBinding,
  'apiextensions.k8s.io/CustomResourceDefinition': (before, after) =>
    ['scope', 'group'].flatMap((key) => immutable(before, after, ['spec', key])),
};
