/** Deployments: a ReplicaSet for each template, scaled over within maxSurge and maxUnavailable, and the status people wait on. */
import { generationOf, nameOf } from '../storage.ts';
import { labelsOf } from '../selectors.ts';
import { numberAt, stringsAt, textAt, treeAt, treesAt, type Tree, type Value } from '../value.ts';
import type { Context } from './controllers.ts';
import { isReady } from './pods.ts';
import { revisionOf } from './revision.ts';
import {
  annotate,
  createOwned,
  isDeleting,
  kinds,
  listOf,
  ownedBy,
  withConditions,
  writePatch,
  writeStatus,
  type Condition,
} from './writes.ts';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

export function reconcileDeployments(context: Context): void {
  for (const deployment of listOf(context, kinds.deployments)) {
    if (isDeleting(deployment)) continue;
    const hash = revisionOf(treeAt(deployment, 'spec', 'template') ?? {});
    if (treeAt(deployment, 'spec')?.['paused'] !== true) roll(context, deployment, hash);
    writeStatus(context, kinds.deployments, deployment, statusOf(context, deployment, hash));
  }
}

interface Sets {
  readonly current: Tree | undefined;
  readonly old: readonly Tree[];
}

function setsOf(context: Context, deployment: Tree, hash: string): Sets {
  const all = ownedBy(context, kinds.replicaSets, deployment);
  const current = all.find((set) => labelsOf(set)[hashLabel] === hash);
  return { current, old: all.filter((set) => set !== current) };
}

function sizeOf(set: Tree): number {
  return numberAt(treeAt(set, 'spec'), 'replicas');
}

function readyOf(context: Context, set: Tree): number {
  return ownedBy(context, kinds.pods, set).filter(isReady).length;
}

function roll(context: Context, deployment: Tree, hash: string): void {
  const spec = treeAt(deployment, 'spec');
  const desired = numberAt(spec, 'replicas');
  const { current, old } = setsOf(context, deployment, hash);
  const oldSize = old.reduce((sum, set) => sum + sizeOf(set), 0);
  if (textAt(treeAt(spec, 'strategy'), 'type') === 'Recreate') {
    for (const set of old) scale(context, set, 0);
    const podsLeft = old.some((set) => ownedBy(context, kinds.pods, set).length > 0);
    if (!podsLeft) ensureSet(context, deployment, current, hash, desired, old);
    return;
  }
  const rolling = treeAt(spec, 'strategy', 'rollingUpdate');
  const surge = share(rolling?.['maxSurge'], desired, Math.ceil);
  const unavailable = share(rolling?.['maxUnavailable'], desired, Math.floor);
  const slack = surge === 0 && unavailable === 0 ? 1 : unavailable;
  const room = Math.max(0, desired + surge - oldSize);
  const wanted =
    oldSize === 0 ? desired : Math.min(desired, Math.max(current === undefined ? 0 : sizeOf(current), room));
  ensureSet(context, deployment, current, hash, wanted, old);
  shrink(context, old, current, desired - slack);
}

/** Takes pods from old sets as long as enough are ready; ones that never came up go without asking. */
function shrink(context: Context, old: readonly Tree[], current: Tree | undefined, needed: number): void {
  const readyNow = current === undefined ? 0 : readyOf(context, current);
  let spare = old.reduce((sum, set) => sum + readyOf(context, set), 0) + readyNow - needed;
  for (const set of old) {
    const size = sizeOf(set);
    const broken = size - readyOf(context, set);
    const healthy = Math.max(0, Math.min(size - broken, spare));
    spare -= healthy;
    scale(context, set, size - broken - healthy);
  }
}

function share(value: Value | undefined, of: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.endsWith('%') ? round((Number(value.slice(0, -1)) / 100) * of) : 0;
}

function scale(context: Context, set: Tree, replicas: number): void {
  if (sizeOf(set) !== replicas) writePatch(context, kinds.replicaSets, set, { spec: { replicas } });
}

function ensureSet(
  context: Context,
  deployment: Tree,
  current: Tree | undefined,
  hash: string,
  replicas: number,
  old: readonly Tree[],
): void {
  const last = Math.max(
    0,
    ...old.map((set) => Number(stringsAt(treeAt(set, 'metadata'), 'annotations')[revisionAnnotation] ?? 0)),
  );
  const has = Number(
    current === undefined ? 0 : (stringsAt(treeAt(current, 'metadata'), 'annotations')[revisionAnnotation] ?? 0),
  );
  const revision = String(has > last ? has : last + 1);
  const annotations = { [revisionAnnotation]: revision };
  if (stringsAt(treeAt(deployment, 'metadata'), 'annotations')[revisionAnnotation] !== revision)
    annotate(context, kinds.deployments, deployment, annotations);
  if (current !== undefined) {
    if (String(has) !== revision) writePatch(context, kinds.replicaSets, current, { metadata: { annotations } });
    scale(context, current, replicas);
    return;
  }
  const template = structuredClone(treeAt(deployment, 'spec', 'template') ?? {});
  const labels = { ...stringsAt(treeAt(template, 'metadata'), 'labels'), [hashLabel]: hash };
  const matchLabels = { ...stringsAt(treeAt(deployment, 'spec', 'selector'), 'matchLabels'), [hashLabel]: hash };
  createOwned(
    context,
    kinds.replicaSets,
    { resource: kinds.deployments, object: deployment },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: `${nameOf(deployment)}-${hash}`, labels, annotations },
      spec: {
        replicas,
        selector: { ...treeAt(deployment, 'spec', 'selector'), matchLabels },
        template: { ...template, metadata: { ...treeAt(template, 'metadata'), labels } },
      },
    },
  );
}

function statusOf(context: Context, deployment: Tree, hash: string): Tree {
  const before = treeAt(deployment, 'status');
  const desired = numberAt(treeAt(deployment, 'spec'), 'replicas');
  const { current, old } = setsOf(context, deployment, hash);
  const podsOf = (set: Tree) => ownedBy(context, kinds.pods, set);
  const updated = current === undefined ? 0 : podsOf(current).length;
  const total = updated + old.reduce((sum, set) => sum + podsOf(set).length, 0);
  const updatedReady = current === undefined ? 0 : readyOf(context, current);
  const ready = updatedReady + old.reduce((sum, set) => sum + readyOf(context, set), 0);
  const complete = updated === desired && total === desired && ready === desired && current !== undefined;
  const counts = {
    ...(total > 0 ? { replicas: total } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    ...(desired > ready ? { unavailableReplicas: desired - ready } : {}),
  };
  const available =
    ready >=
    desired - share(treeAt(deployment, 'spec', 'strategy', 'rollingUpdate')?.['maxUnavailable'], desired, Math.floor);
  const setName = `${nameOf(deployment)}-${hash}`;
  const conditions: Condition[] = [
    available
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    progress(context, deployment, complete, setName, ready, updated),
  ];
  return {
    observedGeneration: generationOf(deployment),
    ...counts,
    conditions: withConditions(before, conditions, context.cluster.now(), true),
  };
}

/** Counts that move are progress; none for progressDeadlineSeconds is the end of waiting. */
function progress(
  context: Context,
  deployment: Tree,
  complete: boolean,
  setName: string,
  ready: number,
  updated: number,
): Condition {
  if (complete)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${setName}" has successfully progressed.`,
    };
  const before = treeAt(deployment, 'status');
  const was = treesAt(before, 'conditions').find((condition) => condition['type'] === 'Progressing');
  const moving =
    numberAt(before, 'readyReplicas') !== ready ||
    numberAt(before, 'updatedReplicas') !== updated ||
    generationOf(deployment) !== numberAt(before, 'observedGeneration');
  const deadline = numberAt(treeAt(deployment, 'spec'), 'progressDeadlineSeconds', 600);
  const since = Date.parse(textAt(was, 'lastUpdateTime'));
  const left = Number.isNaN(since) || moving ? deadline * 1000 : since + deadline * 1000 - context.now();
  if (left <= 0 && was !== undefined && was['reason'] !== 'NewReplicaSetAvailable')
    return {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${setName}" has timed out progressing.`,
    };
  context.again(Math.max(50, left));
  return {
    type: 'Progressing',
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `ReplicaSet "${setName}" is progressing.`,
  };
}
