/** A deployment that began and could not go on, because a crash or an outage came between: tried again for a while, then it has failed. */
import type { Deployment } from '../domain/deployment.ts';
import type { JobResult } from '../ports/store.ts';
import type { Progress } from './deployment-progress.ts';
import type { FlowDeps } from './deps.ts';

/** Counted from when it began. */
const triedForSeconds = 600;
/** At the longest: half an apply is not left alone for as long as one that has not begun. */
const retrySeconds = 15;

export function isUnfinished({ state }: Deployment): boolean {
  return state === 'applying' || state === 'waiting' || state === 'pruning';
}

/** @param why in words, for the people who read that it failed */
export async function interrupted(deps: FlowDeps, progress: Progress, why: string): Promise<JobResult> {
  const deployment = progress.deployment();
  const now = deps.clock.now();
  if (now.getTime() - Date.parse(deployment.createdAt) < triedForSeconds * 1000) {
    if (deployment.interruption !== why) await progress.enter(deployment.state, { interruption: why });
    return { kind: 'again', afterSeconds: Math.min(retrySeconds, deps.retrySeconds), why };
  }
  for (const { ref, result } of deployment.results) {
    if (result === 'not-tried') progress.note(ref, { detail: why });
  }
  await progress.enter('failed', { finishedAt: now.toISOString() });
  return { kind: 'done' };
}
