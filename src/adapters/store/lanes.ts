/** How a job stands in the queue: the lane it keeps to, the repository it is counted for, and which queued job swallows it. */
import { digestOf } from './schema.ts';
import { laneOf, type Job } from '../../ports/jobs.ts';

/** Longer names, and ones a database column does not take, are replaced by their digest: they are only compared. */
function keyOf(name: string): string {
  return /^[\x20-\x7e]{1,500}$/.test(name) ? name : `sha256:${digestOf(name)}`;
}

/** Jobs of one lane never overlap. */
export function laneKey(job: Job): string {
  return keyOf(laneOf(job));
}

/** Whose turn a job uses up: its repository's, and the tick's own. */
export function repositoryKey(job: Job): string {
  switch (job.kind) {
    case 'plan':
    case 'command':
      return keyOf(`${job.pullRequest.repository.forge}/${job.pullRequest.repository.id}`);
    case 'branch':
    case 'deploy':
    case 'drift':
      return keyOf(`${job.repository.forge}/${job.repository.id}`);
    case 'tick':
      return 'tick';
  }
}

/** Two queued jobs with the same key are one. Each command counts, so its comment and line are part of its key. */
export function swallowKey(job: Job): string {
  const lane = laneOf(job);
  return keyOf(job.kind === 'command' ? `${lane}:${job.commentId}:${digestOf(job.line)}` : `${job.kind}:${lane}`);
}

/** Kinds that may wait minutes for a cluster. They never take up every place, so plans and commands stay quick. */
export const longKinds: readonly Job['kind'][] = ['deploy', 'drift'];
