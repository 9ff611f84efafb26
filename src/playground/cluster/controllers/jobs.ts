/** Jobs: run their pods once and are complete. */
import { nameOf } from '../storage.ts';
import { numberAt, textAt, treeAt, treesAt, type Tree } from '../value.ts';
import type { Context } from './controllers.ts';
import { isReady, podFrom } from './pods.ts';
import {
  createOwned,
  isDeleting,
  kinds,
  listOf,
  ownedBy,
  withConditions,
  writeStatus,
  type Condition,
} from './writes.ts';

export function reconcileJobs(context: Context): void {
  for (const job of listOf(context, kinds.jobs)) {
    const finished = treesAt(treeAt(job, 'status'), 'conditions').some(
      (c) => c['type'] === 'Complete' && c['status'] === 'True',
    );
    if (isDeleting(job) || finished || treeAt(job, 'spec')?.['suspend'] === true) continue;
    const spec = treeAt(job, 'spec');
    const completions = numberAt(spec, 'completions', 1);
    const pods = ownedBy(context, kinds.pods, job);
    const succeeded = pods.filter((pod) => textAt(treeAt(pod, 'status'), 'phase') === 'Succeeded').length;
    const active = pods.length - succeeded;
    const wanted = Math.min(numberAt(spec, 'parallelism', 1), completions - succeeded);
    for (let missing = wanted - active; missing > 0; missing--)
      createOwned(
        context,
        kinds.pods,
        { resource: kinds.jobs, object: job },
        podFrom(treeAt(spec, 'template'), { generateName: `${nameOf(job)}-` }),
      );
    writeStatus(context, kinds.jobs, job, statusOf(context, job, succeeded >= completions));
  }
}

function statusOf(context: Context, job: Tree, done: boolean): Tree {
  const before = treeAt(job, 'status');
  const now = context.cluster.now();
  const pods = ownedBy(context, kinds.pods, job);
  const succeeded = pods.filter((pod) => textAt(treeAt(pod, 'status'), 'phase') === 'Succeeded').length;
  const active = pods.length - succeeded;
  const message = 'Reached expected number of succeeded pods';
  const conditions: Condition[] = done
    ? ['SuccessCriteriaMet', 'Complete'].map((type) => ({
        type,
        status: 'True',
        reason: 'CompletionsReached',
        message,
      }))
    : [];
  const withProbe = withConditions(before, conditions, now, false).map((condition) => ({
    ...(condition as Tree),
    lastProbeTime: now,
  }));
  return {
    startTime: textAt(before, 'startTime') || now,
    ...(active > 0 ? { active } : {}),
    ...(succeeded > 0 ? { succeeded } : {}),
    ready: pods.filter(isReady).length,
    terminating: 0,
    uncountedTerminatedPods: {},
    ...(done ? { completionTime: now, conditions: withProbe } : {}),
  };
}
