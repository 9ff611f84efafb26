/** ReplicaSets and DaemonSets: as many pods as wanted, and a status that counts them. */
import { generationOf, nameOf } from '../storage.ts';
import { numberAt, sameValue, treeAt, type Tree } from '../value.ts';
import type { Context } from './controllers.ts';
import { isReady, podFrom } from './pods.ts';
import { createOwned, isDeleting, kinds, listOf, ownedBy, removeObject, writeStatus } from './writes.ts';
import { revisionOf } from './revision.ts';
import { labelsOf } from '../selectors.ts';

export function reconcileReplicaSets(context: Context): void {
  for (const set of listOf(context, kinds.replicaSets)) {
    if (isDeleting(set)) continue;
    const wanted = numberAt(treeAt(set, 'spec'), 'replicas');
    const pods = ownedBy(context, kinds.pods, set);
    for (let missing = wanted - pods.length; missing > 0; missing--) {
      const pod = podFrom(treeAt(set, 'spec', 'template'), { generateName: `${nameOf(set)}-` });
      createOwned(context, kinds.pods, { resource: kinds.replicaSets, object: set }, pod);
    }
    // The ones that never became ready go first.
    const surplus = pods
      .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)))
      .slice(0, Math.max(0, pods.length - wanted));
    for (const pod of surplus) removeObject(context, kinds.pods, pod);
    writeStatus(context, kinds.replicaSets, set, replicaStatus(context, set));
  }
}

function replicaStatus(context: Context, set: Tree): Tree {
  const pods = ownedBy(context, kinds.pods, set);
  const ready = pods.filter(isReady).length;
  return {
    replicas: pods.length,
    ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    observedGeneration: generationOf(set),
  };
}

export function reconcileDaemonSets(context: Context): void {
  const nodes = listOf(context, kinds.nodes).length;
  for (const set of listOf(context, kinds.daemonSets)) {
    if (isDeleting(set)) continue;
    const template = treeAt(set, 'spec', 'template');
    const revision = revisionOf(template ?? {});
    const pods = ownedBy(context, kinds.pods, set);
    const current = pods.filter((pod) => labelsOf(pod)['controller-revision-hash'] === revision);
    for (const pod of pods) if (!current.includes(pod)) removeObject(context, kinds.pods, pod);
    for (let missing = nodes - current.length; missing > 0; missing--) {
      const labels = { 'controller-revision-hash': revision, 'pod-template-generation': String(generationOf(set)) };
      createOwned(
        context,
        kinds.pods,
        { resource: kinds.daemonSets, object: set },
        podFrom(template, { generateName: `${nameOf(set)}-`, labels }),
      );
    }
    const status = daemonStatus(context, set, nodes, revision);
    if (!sameValue(set['status'], status)) writeStatus(context, kinds.daemonSets, set, status);
  }
}

function daemonStatus(context: Context, set: Tree, nodes: number, revision: string): Tree {
  const pods = ownedBy(context, kinds.pods, set);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => labelsOf(pod)['controller-revision-hash'] === revision).length;
  return {
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: nodes,
    numberMisscheduled: 0,
    numberReady: ready,
    observedGeneration: generationOf(set),
    ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
    ...(ready > 0 ? { numberAvailable: ready } : {}),
    ...(nodes > ready ? { numberUnavailable: nodes - ready } : {}),
  };
}
