/** Defaults of pods and pod templates, as k8s.io/kubernetes' core/v1 sets them. Declared defaults (protocol: TCP) come with the type. */
import { ensureTree, isTree, setDefault, textAt, treeAt, treesAt, type Tree } from './value.ts';

/** Defaults of a PodSpec wherever it stands. */
export function defaultPodSpec(spec: Tree): void {
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'schedulerName', 'default-scheduler');
  // The older name of the field is written beside the newer one.
  if (textAt(spec, 'serviceAccountName') !== '') setDefault(spec, 'serviceAccount', textAt(spec, 'serviceAccountName'));
  else if (textAt(spec, 'serviceAccount') !== '')
    setDefault(spec, 'serviceAccountName', textAt(spec, 'serviceAccount'));
  for (const volume of treesAt(spec, 'volumes')) defaultVolume(volume);
  for (const container of containersOf(spec)) defaultContainer(container);
  if (spec['hostNetwork'] === true)
    for (const port of containersOf(spec).flatMap((container) => treesAt(container, 'ports')))
      if (port['containerPort'] !== undefined) setDefault(port, 'hostPort', port['containerPort']);
}

/** What only a Pod itself gets, not a template. */
export function defaultPod(spec: Tree): void {
  setDefault(spec, 'enableServiceLinks', true);
  for (const container of containersOf(spec)) {
    const limits = treeAt(container, 'resources', 'limits');
    if (limits === undefined) continue;
    const requests = ensureTree(ensureTree(container, 'resources'), 'requests');
    for (const [name, limit] of Object.entries(limits)) if (limit !== undefined) setDefault(requests, name, limit);
  }
}

function containersOf(spec: Tree): readonly Tree[] {
  return [...treesAt(spec, 'initContainers'), ...treesAt(spec, 'containers')];
}

function defaultContainer(container: Tree): void {
  setDefault(container, 'imagePullPolicy', pullPolicy(textAt(container, 'image')));
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const found = treeAt(container, probe);
    if (found !== undefined) defaultProbe(found);
  }
  for (const hook of ['postStart', 'preStop']) {
    const get = treeAt(container, 'lifecycle', hook, 'httpGet');
    if (get !== undefined) defaultHttpGet(get);
  }
  for (const variable of treesAt(container, 'env')) {
    const reference = treeAt(variable, 'valueFrom', 'fieldRef');
    if (reference !== undefined) setDefault(reference, 'apiVersion', 'v1');
  }
}

/** Always for the tag latest or none, else IfNotPresent; a digest is no tag. */
function pullPolicy(image: string): string {
  if (image === '') return 'IfNotPresent';
  const [named = '', digest] = image.split('@');
  const last = named.slice(named.lastIndexOf('/') + 1);
  const tag = last.includes(':') ? last.slice(last.lastIndexOf(':') + 1) : digest === undefined ? 'latest' : '';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Tree): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  const get = treeAt(probe, 'httpGet');
  if (get !== undefined) defaultHttpGet(get);
  const grpc = treeAt(probe, 'grpc');
  if (grpc !== undefined) setDefault(grpc, 'service', '');
}

function defaultHttpGet(get: Tree): void {
  setDefault(get, 'path', '/');
  setDefault(get, 'scheme', 'HTTP');
}

const fileMode = 0o644;

function defaultVolume(volume: Tree): void {
  if (!Object.entries(volume).some(([key, source]) => key !== 'name' && isTree(source))) volume['emptyDir'] = {};
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const found = treeAt(volume, source);
    if (found === undefined) continue;
    setDefault(found, 'defaultMode', fileMode);
    for (const inner of [found, ...treesAt(found, 'sources')]) defaultProjection(inner);
  }
  defaultVolumeSource(volume);
  const template = treeAt(volume, 'ephemeral', 'volumeClaimTemplate', 'spec');
  if (template !== undefined) setDefault(template, 'volumeMode', 'Filesystem');
}

function defaultProjection(source: Tree): void {
  const token = treeAt(source, 'serviceAccountToken');
  if (token !== undefined) setDefault(token, 'expirationSeconds', 3600);
  const items = [...treesAt(source, 'items'), ...treesAt(treeAt(source, 'downwardAPI'), 'items')];
  for (const item of items) {
    const reference = treeAt(item, 'fieldRef');
    if (reference !== undefined) setDefault(reference, 'apiVersion', 'v1');
  }
}

/** Defaults a pod's volume and a PersistentVolume share. */
export function defaultVolumeSource(holder: Tree): void {
  const hostPath = treeAt(holder, 'hostPath');
  if (hostPath !== undefined) setDefault(hostPath, 'type', '');
}
