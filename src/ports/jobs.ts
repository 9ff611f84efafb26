/** Jobs as flows enqueue them. A job carries identity, never facts: facts are gathered when it runs. */
import type { PullRequestRef, RepositoryRef, Person } from '../domain/forge.ts';

export type Job =
  /** Plan a pull request; a newer one replaces the queued one. Lane: the pull request. */
  | { readonly kind: 'plan'; readonly pullRequest: PullRequestRef }
  /** The branch may have moved: find the environments with something to do. Lane: the repository. */
  | { readonly kind: 'branch'; readonly repository: RepositoryRef; readonly branch: string }
  /** Bring one environment to its branch head. Lane: the environment. */
  | {
      readonly kind: 'deploy';
      readonly repository: RepositoryRef;
      readonly branch: string;
      readonly environment: string;
    }
  /** Look for drift in one environment. Lane: the environment. */
  | {
      readonly kind: 'drift';
      readonly repository: RepositoryRef;
      readonly branch: string;
      readonly environment: string;
    }
  | {
      readonly kind: 'command';
      readonly pullRequest: PullRequestRef;
      readonly by: Person;
      readonly commentId: string;
      readonly line: string;
    }
  /** Make up for missed webhooks: every bound repository, branch and open pull request. */
  | { readonly kind: 'tick' };

export interface Enqueue {
  readonly job: Job;
  /** Seconds from now. */
  readonly after?: number;
}

/** Jobs of one lane run one at a time, in order; a queued job that is not started yet swallows an equal newer one. */
export function laneOf(job: Job): string {
  switch (job.kind) {
    case 'plan':
      return `plan:${job.pullRequest.repository.forge}/${job.pullRequest.repository.id}/${job.pullRequest.number}`;
    case 'branch':
      return `branch:${job.repository.forge}/${job.repository.id}/${job.branch}`;
    case 'deploy':
    case 'drift':
      return `env:${job.repository.forge}/${job.repository.id}/${job.environment}`;
    case 'command':
      return `command:${job.pullRequest.repository.forge}/${job.pullRequest.repository.id}/${job.pullRequest.number}`;
    case 'tick':
      return 'tick';
  }
}
