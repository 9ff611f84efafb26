/**
 * What is left out when two states of an object are compared, each with its reason. Nothing else is: a difference that is not explained
 * here is a difference.
 */
import { at } from '../../domain/json-path.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { applySetLabel, fieldManager, type KubernetesObject } from '../../domain/kubernetes.ts';
import { managersOf, withoutFields } from './field-set.ts';

/** Who applies what is compared: the product, and kubectl on the second cluster under a name of its own. */
export const peerManager = 'fairlead-replay-kubectl';
const appliers = new Set([fieldManager, peerManager]);

/** Programs of the control plane that write into objects after they were applied; what only they hold is theirs. */
const controllers = new Set([
  'kube-controller-manager', // revisions, replica counts of autoscaled workloads, volume names, finalizers
  'kube-scheduler', // the node of a Pod
  'kubelet', // nothing but status, but it may be
  'kwok', // plays the kubelet
  'clusterrole-aggregation-controller', // the rules of aggregated ClusterRoles
]);

/** Top-level fields and members of metadata the server keeps for itself. */
const serverMetadata = new Set([
  'managedFields', // says who wrote, not what
  'resourceVersion', // counts writes
  'uid', // one per creation; compared on its own where a replace was planned
  'generation', // counts changes
  'creationTimestamp', // when
  'selfLink', // gone since 1.20, old servers send it
]);

const ignoredAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration', // client-side kubectl's notebook
  'deployment.kubernetes.io/revision', // the Deployment controller counts rollouts
  'deprecated.daemonset.template.generation', // the server counts templates
  'pv.kubernetes.io/bind-completed', // the volume controller binds claims
  'pv.kubernetes.io/bound-by-controller', // the same
  'volume.kubernetes.io/selected-node', // the scheduler chooses a node
  'volume.kubernetes.io/storage-provisioner', // the volume controller names its provisioner
  'volume.beta.kubernetes.io/storage-provisioner', // the same
  'autoscaling.alpha.kubernetes.io/conditions', // status in an annotation
]);

const ignoredLabels = new Set([
  applySetLabel, // our mark
  'batch.kubernetes.io/controller-uid', // made of the Job's uid
  'controller-uid', // the same, older
]);

/** Values the server hands out where nobody declares them. */
const allocatedFields: Readonly<Record<string, readonly string[]>> = {
  Service: ['clusterIP', 'clusterIPs', 'healthCheckNodePort'],
  PersistentVolumeClaim: ['volumeName'],
  PersistentVolume: ['claimRef'],
  Pod: ['nodeName'],
};

/** The object as plans see it: without what the server keeps, status and our mark. */
export function withoutServerFields(object: KubernetesObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const kept: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(metadata)) {
    if (serverMetadata.has(name)) continue;
    if (name === 'labels')
      assign(
        kept,
        name,
        without(value, (key) => key === applySetLabel),
      );
    else if (name === 'annotations')
      assign(
        kept,
        name,
        without(value, (key) => key.endsWith('last-applied-configuration')),
      );
    else kept[name] = value;
  }
  return { ...rest, metadata: kept };
}

/**
 * Two states of an object without anything that somebody other than the applier may write at any time. What a controller holds in one of
 * them is taken out of both: before it came, a default may have stood there.
 * @param autoscaled an autoscaler sets its number of replicas; the API server keeps no note of who did
 */
export function withoutOthersWork(
  one: KubernetesObject,
  other: KubernetesObject,
  autoscaled: boolean,
): readonly [JsonObject, JsonObject] {
  const theirs = [...managersOf(one), ...managersOf(other)].filter(
    ({ manager, subresource }) => controllers.has(manager) || subresource !== '',
  );
  const clean = (object: KubernetesObject): JsonObject => {
    const applied = managersOf(object).filter(
      ({ manager, operation }) => appliers.has(manager) && operation === 'Apply',
    );
    const kept = applied.map(({ fields }) => fields);
    let value: Json = withoutServerFields(object);
    for (const { fields } of theirs) value = withoutFields(value, fields, kept) ?? {};
    const result = isJsonObject(value) ? value : {};
    const own = withoutMetadataNoise(withoutAllocated(withoutJobUid(result), kept));
    return autoscaled ? withoutReplicas(own) : own;
  };
  return [clean(one), clean(other)];
}

function withoutReplicas(object: JsonObject): JsonObject {
  const { spec } = object;
  if (!isJsonObject(spec)) return object;
  const { replicas: _replicas, ...rest } = spec;
  return { ...object, spec: rest };
}

function withoutMetadataNoise(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata)) return object;
  const { labels, annotations, ...rest } = metadata;
  const kept: Record<string, Json | undefined> = { ...rest };
  assign(
    kept,
    'labels',
    without(labels, (key) => ignoredLabels.has(key)),
  );
  assign(
    kept,
    'annotations',
    without(annotations, (key) => ignoredAnnotations.has(key)),
  );
  return { ...object, metadata: kept };
}

/** A Job's selector and its pods' labels carry its uid unless it says `manualSelector`. */
function withoutJobUid(object: JsonObject): JsonObject {
  const { kind, spec } = object;
  if (kind !== 'Job' || !isJsonObject(spec) || spec['manualSelector'] === true) return object;
  const { selector: _selector, template, ...rest } = spec;
  if (!isJsonObject(template) || !isJsonObject(template['metadata'])) return { ...object, spec: rest };
  const { labels, ...metadata } = template['metadata'];
  const kept: Record<string, Json | undefined> = { ...metadata };
  assign(
    kept,
    'labels',
    without(labels, (key) => ignoredLabels.has(key)),
  );
  return { ...object, spec: { ...rest, template: { ...template, metadata: kept } } };
}

/** Removes allocated values that no applier declares. */
function withoutAllocated(object: JsonObject, kept: readonly JsonObject[]): JsonObject {
  const { kind, spec } = object;
  if (typeof kind !== 'string' || !isJsonObject(spec)) return withoutAggregatedRules(object);
  const result: Record<string, Json | undefined> = { ...spec };
  for (const name of allocatedFields[kind] ?? []) {
    const declared = kept.some((set) => at(set, 'f:spec', `f:${name}`) !== undefined);
    // `None` is a choice and never handed out.
    if (!declared && result[name] !== 'None') delete result[name];
  }
  if (kind === 'Service') result['ports'] = withoutNodePorts(result['ports'], kept);
  if (kind === 'Pod') return { ...object, spec: withoutTokenVolume(result) };
  return { ...object, spec: result };
}

function withoutNodePorts(ports: Json | undefined, kept: readonly JsonObject[]): Json | undefined {
  if (!Array.isArray(ports)) return ports;
  // One declared port keeps all: a mix of declared and allocated ones is compared as it is.
  if (JSON.stringify(kept).includes('"f:nodePort"')) return ports;
  return ports.map((port: Json): Json => (isJsonObject(port) ? without(port, (key) => key === 'nodePort') : port));
}

/** The controller fills the rules of a ClusterRole with an aggregationRule from others. */
function withoutAggregatedRules(object: JsonObject): JsonObject {
  if (object['kind'] !== 'ClusterRole' || object['aggregationRule'] === undefined) return object;
  const { rules: _rules, ...rest } = object;
  return rest;
}

/** The volume with the service account's token has a random name, and is there only where service accounts are. */
function withoutTokenVolume(spec: JsonObject): JsonObject {
  const isToken = (item: Json): boolean => {
    const name = at(item, 'name');
    return typeof name === 'string' && name.startsWith('kube-api-access-');
  };
  const drop = (items: Json | undefined): Json | undefined => {
    const left = Array.isArray(items) ? items.filter((item: Json) => !isToken(item)) : items;
    return Array.isArray(left) && left.length === 0 ? undefined : left;
  };
  const containers = (items: Json | undefined): Json | undefined =>
    Array.isArray(items)
      ? items.map((item: Json): Json =>
          isJsonObject(item) ? { ...item, volumeMounts: drop(item['volumeMounts']) } : item,
        )
      : items;
  return {
    ...spec,
    volumes: drop(spec['volumes']),
    containers: containers(spec['containers']),
    initContainers: containers(spec['initContainers']),
  };
}

function without(map: Json | undefined, gone: (key: string) => boolean): JsonObject {
  if (!isJsonObject(map)) return {};
  return Object.fromEntries(Object.entries(map).filter(([key]) => !gone(key)));
}

function assign(target: Record<string, Json | undefined>, name: string, map: JsonObject): void {
  if (Object.keys(map).length > 0) target[name] = map;
}
