/**
 * The kubelet: a pod runs and is ready some 80 ms after it was made; one with an image that cannot be pulled waits in ErrImagePull, then
 * ImagePullBackOff; a pod of a Job ends well.
 */
import { uidOf } from '../storage.ts';
import { numberAt, textAt, treeAt, treesAt, type Tree, type Value } from '../value.ts';
import type { Context } from './controllers.ts';
import { isDeleting, kinds, listOf, writePatch, writeStatus, withConditions, type Condition } from './writes.ts';

/** Milliseconds until a pod's first answer, until a Job's pod ends, until a failed pull is a back-off. */
const startsAfter = 80;
const endsAfter = 120;
const backsOffAfter = 400;

const seen = new WeakMap<Context, Map<string, number>>();

/** How long a pod has been known, in milliseconds. creationTimestamp has whole seconds only. */
function ageOf(context: Context, pod: Tree): number {
  const known = seen.get(context) ?? new Map<string, number>();
  seen.set(context, known);
  const first = known.get(uidOf(pod)) ?? context.now();
  known.set(uidOf(pod), first);
  return context.now() - first;
}

export function isReady(pod: Tree): boolean {
  return treesAt(treeAt(pod, 'status'), 'conditions').some((c) => c['type'] === 'Ready' && c['status'] === 'True');
}

export function reconcilePods(context: Context): void {
  for (const pod of listOf(context, kinds.pods)) {
    if (isDeleting(pod)) continue;
    const phase = textAt(treeAt(pod, 'status'), 'phase');
    if (phase === 'Succeeded' || (phase === 'Running' && !isJobs(pod) && !imagesChanged(pod))) continue;
    const age = ageOf(context, pod);
    if (age < startsAfter) {
      context.again(startsAfter - age);
      continue;
    }
    if (textAt(treeAt(pod, 'spec'), 'nodeName') === '') {
      writePatch(context, kinds.pods, pod, { spec: { nodeName: 'stand-in' } });
      context.again(1);
      continue;
    }
    step(context, pod, age);
  }
}

function step(context: Context, pod: Tree, age: number): void {
  const bad = treesAt(treeAt(pod, 'spec'), 'containers').some((container) =>
    isBad(context, textAt(container, 'image')),
  );
  if (!bad && isJobs(pod)) {
    if (age < startsAfter + endsAfter) context.again(startsAfter + endsAfter - age);
    else {
      writeStatus(context, kinds.pods, pod, statusOf(context, pod, 'Succeeded', age), 'kubelet');
      return;
    }
  }
  if (bad && age < backsOffAfter) context.again(backsOffAfter - age);
  writeStatus(context, kinds.pods, pod, statusOf(context, pod, bad ? 'Pending' : 'Running', age), 'kubelet');
}

function isJobs(pod: Tree): boolean {
  return treesAt(treeAt(pod, 'metadata'), 'ownerReferences').some((owner) => owner['kind'] === 'Job');
}

function imagesChanged(pod: Tree): boolean {
  const running = treesAt(treeAt(pod, 'status'), 'containerStatuses').map((status) => textAt(status, 'image'));
  return treesAt(treeAt(pod, 'spec'), 'containers').some((container, at) => running[at] !== textAt(container, 'image'));
}

function isBad(context: Context, image: string): boolean {
  return image.slice(image.lastIndexOf('/') + 1).includes('does-not-exist') || context.badImages.includes(image);
}

function statusOf(context: Context, pod: Tree, phase: 'Pending' | 'Running' | 'Succeeded', age: number): Tree {
  const before = treeAt(pod, 'status');
  const now = context.cluster.now();
  const running = phase === 'Running';
  const because =
    phase === 'Pending'
      ? { reason: 'ContainersNotReady', message: notReady(pod) }
      : phase === 'Succeeded'
        ? { reason: 'PodCompleted', message: '' }
        : { reason: '', message: '' };
  const yes = (type: string): Condition => ({ type, status: 'True', reason: '', message: '' });
  const whenRunning = (type: string): Condition => (running ? yes(type) : { type, status: 'False', ...because });
  const conditions = [
    yes('PodReadyToStartContainers'),
    phase === 'Succeeded' ? { ...yes('Initialized'), reason: 'PodCompleted' } : yes('Initialized'),
    whenRunning('Ready'),
    whenRunning('ContainersReady'),
    yes('PodScheduled'),
  ];
  return {
    ...before,
    phase,
    observedGeneration: numberAt(treeAt(pod, 'metadata'), 'generation'),
    conditions: withConditions(before, conditions, now, false).map(withoutBlanks),
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    podIP: textAt(before, 'podIP') || addressOf(pod),
    podIPs: [{ ip: textAt(before, 'podIP') || addressOf(pod) }],
    startTime: textAt(before, 'startTime') || now,
    containerStatuses: treesAt(treeAt(pod, 'spec'), 'containers').map((container) =>
      containerStatus(context, container, phase, before, age),
    ),
  };
}

function notReady(pod: Tree): string {
  const names = treesAt(treeAt(pod, 'spec'), 'containers').map((container) => textAt(container, 'name'));
  return `containers with unready status: [${names.join(' ')}]`;
}

/** A steady address from the pod's uid. */
function addressOf(pod: Tree): string {
  const digits = uidOf(pod).replaceAll('-', '');
  return `10.244.${Number.parseInt(digits.slice(0, 2), 16)}.${Number.parseInt(digits.slice(2, 4), 16)}`;
}

function withoutBlanks(condition: Value): Value {
  return Object.fromEntries(Object.entries(condition ?? {}).filter(([, value]) => value !== ''));
}

function containerStatus(
  context: Context,
  container: Tree,
  phase: string,
  before: Tree | undefined,
  age: number,
): Value {
  const name = textAt(container, 'name');
  const image = textAt(container, 'image');
  const was = treesAt(before, 'containerStatuses').find((status) => textAt(status, 'name') === name);
  const startedAt = textAt(treeAt(was, 'state', 'running'), 'startedAt') || context.cluster.now();
  const base = { name, image, imageID: '', restartCount: numberAt(was, 'restartCount'), lastState: {} };
  if (phase === 'Running')
    return {
      ...base,
      imageID: `stand-in://${image}`,
      containerID: `stand-in://${name}`,
      ready: true,
      started: true,
      state: { running: { startedAt } },
    };
  if (phase === 'Succeeded') {
    const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt: context.cluster.now() };
    return { ...base, containerID: `stand-in://${name}`, ready: false, started: false, state: { terminated } };
  }
  return { ...base, ready: false, started: false, state: { waiting: waiting(context, image, age) } };
}

function waiting(context: Context, image: string, age: number): Tree {
  if (!isBad(context, image)) return { reason: 'ContainerCreating' };
  const failed = `Failed to pull image "${image}": not found`;
  if (age < backsOffAfter) return { reason: 'ErrImagePull', message: failed };
  return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${failed}` };
}

/** The pod a workload makes from its template. */
export function podFrom(template: Tree | undefined, metadata: Tree): Tree {
  const given = treeAt(template, 'metadata');
  const labels = { ...treeAt(given, 'labels'), ...treeAt(metadata, 'labels') };
  const annotations = { ...treeAt(given, 'annotations'), ...treeAt(metadata, 'annotations') };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: structuredClone(treeAt(template, 'spec') ?? {}),
  };
}
