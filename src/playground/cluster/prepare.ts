/**
 * What the server itself writes into an object before storing it: identity, generation, allocated addresses, finalizers. It also
 * keeps each endpoint to its part: status is written on /status only.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Resource } from './registry.ts';
import {
  numberAt,
  ensureTree,
  listAt,
  sameValue,
  setDefault,
  stringsAt,
  textAt,
  treeAt,
  treesAt,
  type Tree,
} from './value.ts';

/** Hands out cluster addresses and node ports that no other service has. */
export interface Allocator {
  clusterIp(): string;
  nodePort(): number;
}

/** Kinds without metadata.generation though they have a spec. */
const withoutGeneration = new Set([
  '/Service',
  '/Namespace',
  '/PersistentVolumeClaim',
  '/PersistentVolume',
  '/Node',
  '/ResourceQuota',
  '/LimitRange',
  '/ConfigMap',
  '/Secret',
  '/ServiceAccount',
  '/Event',
  '/Endpoints',
  'autoscaling/HorizontalPodAutoscaler',
  'apiregistration.k8s.io/APIService',
  'coordination.k8s.io/Lease',
  'storage.k8s.io/StorageClass',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
]);

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters as generateName appends them. */
function nameSuffix(length = 5): string {
  return [...randomBytes(length)].map((byte) => suffixLetters.charAt(byte % suffixLetters.length)).join('');
}

export function hasGeneration(resource: Resource): boolean {
  return !withoutGeneration.has(`${resource.group}/${resource.kind}`);
}

/** Whether the object's own endpoint leaves status alone. */
export function separatesStatus(resource: Resource): boolean {
  return resource.subresources.includes('status');
}

/** A new object, in place. `now` is RFC 3339 in seconds. */
export function prepareCreate(resource: Resource, object: Tree, now: string, allocator: Allocator): void {
  const metadata = ensureTree(object, 'metadata');
  if (textAt(metadata, 'name') === '' && textAt(metadata, 'generateName') !== '')
    metadata['name'] = `${textAt(metadata, 'generateName')}${nameSuffix()}`;
  metadata['uid'] = randomUUID();
  metadata['creationTimestamp'] = now;
  for (const key of ['resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'])
    delete metadata[key];
  delete metadata['generation'];
  if (hasGeneration(resource)) metadata['generation'] = 1;
  creators[`${resource.group}/${resource.kind}`]?.(object, allocator, now);
}

type Creator = (object: Tree, allocator: Allocator, now: string) => void;

function addFinalizer(object: Tree, finalizer: string): void {
  const metadata = ensureTree(object, 'metadata');
  const present = listAt(metadata, 'finalizers');
  if (!present.includes(finalizer)) metadata['finalizers'] = [...present, finalizer];
}

function createJob(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  if (spec['manualSelector'] === true) return;
  const metadata = ensureTree(object, 'metadata');
  const uid = textAt(metadata, 'uid');
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': textAt(metadata, 'name'),
    'controller-uid': uid,
    'job-name': textAt(metadata, 'name'),
  };
  const template = ensureTree(ensureTree(ensureTree(spec, 'template'), 'metadata'), 'labels');
  Object.assign(template, labels);
  // A Job without labels reads back with its template's; one that took them by default shares the map and gets these too.
  if (Object.keys(stringsAt(metadata, 'labels')).length === 0) metadata['labels'] = { ...template };
  else Object.assign(ensureTree(metadata, 'labels'), labels);
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
}

const creators: Readonly<Record<string, Creator>> = {
  '/Namespace': (object) => {
    const finalizers = listAt(treeAt(object, 'spec'), 'finalizers');
    if (!finalizers.includes('kubernetes')) ensureTree(object, 'spec')['finalizers'] = [...finalizers, 'kubernetes'];
    object['status'] = { phase: 'Active' };
  },
  '/Service': allocateService,
  '/PersistentVolumeClaim': (object) => {
    object['status'] = { phase: 'Pending' };
    addFinalizer(object, 'kubernetes.io/pvc-protection');
  },
  '/PersistentVolume': (object, _allocator, now) => {
    object['status'] = { phase: 'Pending', lastPhaseTransitionTime: now };
    addFinalizer(object, 'kubernetes.io/pv-protection');
  },
  '/Pod': (object) => {
    object['status'] = { phase: 'Pending', qosClass: qosClass(treeAt(object, 'spec')) };
  },
  'batch/Job': createJob,
  'apps/DaemonSet': (object) => {
    ensureTree(ensureTree(object, 'metadata'), 'annotations')['deprecated.daemonset.template.generation'] = '1';
  },
  'apiextensions.k8s.io/CustomResourceDefinition': (object) => {
    const stored = treesAt(treeAt(object, 'spec'), 'versions').find((version) => version['storage'] === true);
    object['status'] = {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: [textAt(stored, 'name')],
    };
  },
};

function qosClass(spec: Tree | undefined): string {
  const resources = treesAt(spec, 'containers').map((container) => treeAt(container, 'resources'));
  const all = resources.map((resource) => ({
    limits: stringsAt(resource, 'limits'),
    requests: stringsAt(resource, 'requests'),
  }));
  if (all.every(({ limits, requests }) => Object.keys({ ...limits, ...requests }).length === 0)) return 'BestEffort';
  const guaranteed = all.every(({ limits, requests }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && limits[name] === requests[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function allocateService(object: Tree, allocator: Allocator): void {
  const spec = ensureTree(object, 'spec');
  const type = textAt(spec, 'type');
  if (type === 'ExternalName') {
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[key];
    return;
  }
  if (textAt(spec, 'clusterIP') === '') spec['clusterIP'] = allocator.clusterIp();
  spec['clusterIPs'] = [textAt(spec, 'clusterIP')];
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
  if (type === 'NodePort' || type === 'LoadBalancer')
    for (const port of treesAt(spec, 'ports'))
      if (numberAt(port, 'nodePort') === 0) port['nodePort'] = allocator.nodePort();
}

/** A change of `before` through the object's own endpoint, in place. */
export function prepareUpdate(resource: Resource, before: Tree, object: Tree, allocator: Allocator): void {
  keepIdentity(before, object);
  if (separatesStatus(resource)) takeStatus(object, before);
  updaters[`${resource.group}/${resource.kind}`]?.(before, object, allocator);
  const metadata = ensureTree(object, 'metadata');
  if (!hasGeneration(resource)) return;
  const old = numberAt(treeAt(before, 'metadata'), 'generation');
  // A Deployment's annotations count: its controller copies them to ReplicaSets.
  const annotated =
    resource.kind === 'Deployment' &&
    !sameValue(stringsAt(treeAt(before, 'metadata'), 'annotations'), stringsAt(metadata, 'annotations'));
  const same = !annotated && sameValue(specOf(before, resource), specOf(object, resource));
  if (old > 0) metadata['generation'] = same ? old : old + 1;
}

/** What counts for the generation: everything but metadata and, where it is apart, status. */
function specOf(object: Tree, resource: Resource): Tree {
  const { metadata: _metadata, ...rest } = object;
  if (separatesStatus(resource)) delete rest['status'];
  return rest;
}

/** A change through /status: the object before with the new status; a built-in kind's annotations may change with it. */
export function prepareStatus(resource: Resource, before: Tree, object: Tree): Tree {
  const metadata: Tree = { ...treeAt(before, 'metadata') };
  const given = treeAt(object, 'metadata');
  for (const key of resource.custom === undefined ? ['annotations', 'managedFields'] : ['managedFields']) {
    if (given?.[key] === undefined) delete metadata[key];
    else metadata[key] = given[key];
  }
  const next: Tree = { ...before, metadata };
  takeStatus(next, object);
  return next;
}

function takeStatus(to: Tree, from: Tree): void {
  if (from['status'] === undefined) delete to['status'];
  else to['status'] = from['status'];
}

function keepIdentity(before: Tree, object: Tree): void {
  const old = treeAt(before, 'metadata');
  const metadata = ensureTree(object, 'metadata');
  for (const key of [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'generateName',
    'namespace',
  ]) {
    if (old?.[key] === undefined) delete metadata[key];
    else metadata[key] = old[key];
  }
}

type Updater = (before: Tree, object: Tree, allocator: Allocator) => void;

function updateService(before: Tree, object: Tree, allocator: Allocator): void {
  const old = treeAt(before, 'spec');
  const spec = ensureTree(object, 'spec');
  const type = textAt(spec, 'type');
  if (type !== 'ExternalName' && textAt(old, 'type') !== 'ExternalName')
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
      if (spec[key] === undefined && old?.[key] !== undefined) spec[key] = old[key];
  if (type === 'ClusterIP' && textAt(old, 'type') !== 'ClusterIP')
    for (const port of treesAt(spec, 'ports')) delete port['nodePort'];
  if (type !== 'NodePort' && type !== 'LoadBalancer') delete spec['externalTrafficPolicy'];
  if (type !== 'LoadBalancer') delete spec['allocateLoadBalancerNodePorts'];
  allocateService(object, allocator);
}

const updaters: Readonly<Record<string, Updater>> = {
  '/Service': updateService,
  '/Namespace': (before, object) => {
    ensureTree(object, 'spec')['finalizers'] = [...listAt(treeAt(before, 'spec'), 'finalizers')];
  },
  '/PersistentVolumeClaim': (before, object) => {
    const old = treeAt(before, 'spec');
    if (textAt(old, 'volumeName') !== '') ensureTree(object, 'spec')['volumeName'] = textAt(old, 'volumeName');
  },
  '/Pod': (before, object) => {
    const node = textAt(treeAt(before, 'spec'), 'nodeName');
    if (node !== '') setDefault(ensureTree(object, 'spec'), 'nodeName', node);
  },
  'batch/Job': (before, object) => {
    const selector = treeAt(before, 'spec', 'selector');
    if (selector !== undefined) setDefault(ensureTree(object, 'spec'), 'selector', { ...selector });
  },
};
