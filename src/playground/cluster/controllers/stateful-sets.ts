/** StatefulSets: pods 0…n-1 in order, a claim for each template, replaced from the last to the first when the template changes. */
import { labelsOf } from '../selectors.ts';
import { generationOf, nameOf, namespaceOf } from '../storage.ts';
import { numberAt, textAt, treeAt, treesAt, type Tree, type Value } from '../value.ts';
import type { Context } from './controllers.ts';
import { isReady, podFrom } from './pods.ts';
import { revisionOf } from './revision.ts';
import { createOwned, createPlain, isDeleting, kinds, listOf, ownedBy, removeObject, writeStatus } from './writes.ts';

const revisionLabel = 'controller-revision-hash';

export function reconcileStatefulSets(context: Context): void {
  for (const set of listOf(context, kinds.statefulSets)) {
    if (isDeleting(set)) continue;
    const revision = `${nameOf(set)}-${revisionOf(treeAt(set, 'spec', 'template') ?? {})}`;
    step(context, set, revision);
    writeStatus(context, kinds.statefulSets, set, statusOf(context, set, revision));
  }
}

function ordinal(pod: Tree): number {
  return Number(nameOf(pod).slice(nameOf(pod).lastIndexOf('-') + 1));
}

/** One pod at a time: a missing one is made once those before it are ready, an outdated one goes once all others are. */
function step(context: Context, set: Tree, revision: string): void {
  const spec = treeAt(set, 'spec');
  const wanted = numberAt(spec, 'replicas');
  const pods = ownedBy(context, kinds.pods, set).toSorted((a, b) => ordinal(a) - ordinal(b));
  const parallel = textAt(spec, 'podManagementPolicy') === 'Parallel';
  for (let index = 0; index < wanted; index++) {
    const pod = pods.find((candidate) => ordinal(candidate) === index);
    if (pod === undefined) createPod(context, set, index, revision);
    if (!parallel && (pod === undefined || !isReady(pod)) && !outdated(pod, revision)) break;
  }
  const surplus = pods.filter((pod) => ordinal(pod) >= wanted).at(-1);
  if (surplus !== undefined) removeObject(context, kinds.pods, surplus);
  if (textAt(treeAt(spec, 'updateStrategy'), 'type') === 'OnDelete') return;
  const from = numberAt(treeAt(spec, 'updateStrategy', 'rollingUpdate'), 'partition');
  const stale = pods.filter((pod) => ordinal(pod) < wanted && ordinal(pod) >= from && outdated(pod, revision)).at(-1);
  const othersReady =
    pods.length >= wanted && pods.every((pod) => pod === stale || isReady(pod) || outdated(pod, revision));
  if (stale !== undefined && othersReady) removeObject(context, kinds.pods, stale);
}

function outdated(pod: Tree | undefined, revision: string): boolean {
  return pod !== undefined && labelsOf(pod)[revisionLabel] !== revision;
}

function createPod(context: Context, set: Tree, index: number, revision: string): void {
  const name = `${nameOf(set)}-${index}`;
  const claims = treesAt(treeAt(set, 'spec'), 'volumeClaimTemplates');
  const volumes: Value[] = claims.map((claim) => {
    const claimName = `${textAt(treeAt(claim, 'metadata'), 'name')}-${name}`;
    ensureClaim(context, set, claim, claimName);
    return { name: textAt(treeAt(claim, 'metadata'), 'name'), persistentVolumeClaim: { claimName } };
  });
  const labels = {
    [revisionLabel]: revision,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(index),
  };
  const pod = podFrom(treeAt(set, 'spec', 'template'), { name, labels });
  const spec = treeAt(pod, 'spec') ?? {};
  const own = treesAt(spec, 'volumes');
  pod['spec'] = {
    ...spec,
    hostname: name,
    subdomain: textAt(treeAt(set, 'spec'), 'serviceName'),
    ...(own.length + volumes.length > 0 ? { volumes: [...own, ...volumes] } : {}),
  };
  createOwned(context, kinds.pods, { resource: kinds.statefulSets, object: set }, pod);
}

/** Claims outlive the set, so nobody owns them. */
function ensureClaim(context: Context, set: Tree, template: Tree, name: string): void {
  const namespace = namespaceOf(set);
  if (listOf(context, kinds.claims, namespace).some((claim) => nameOf(claim) === name)) return;
  const labels = { ...treeAt(set, 'spec', 'selector', 'matchLabels') };
  const metadata = { name, namespace, labels };
  createPlain(context, kinds.claims, namespace, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: treeAt(template, 'spec') ?? {},
  });
}

function statusOf(context: Context, set: Tree, revision: string): Tree {
  const before = treeAt(set, 'status');
  const pods = ownedBy(context, kinds.pods, set);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => !outdated(pod, revision)).length;
  const wanted = numberAt(treeAt(set, 'spec'), 'replicas');
  const done = updated === wanted && ready === wanted && pods.length === wanted;
  const currentRevision = done ? revision : textAt(before, 'currentRevision') || revision;
  const current = pods.filter((pod) => labelsOf(pod)[revisionLabel] === currentRevision).length;
  return {
    observedGeneration: generationOf(set),
    replicas: pods.length,
    availableReplicas: ready,
    currentRevision,
    updateRevision: revision,
    collisionCount: 0,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(current > 0 ? { currentReplicas: current } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
  };
}
