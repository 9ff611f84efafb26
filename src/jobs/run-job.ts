/** Job → flow. The only place that knows both. */
import { assertNever } from '../domain/assert-never.ts';
import { deployEnvironment } from '../flows/deploy-environment.ts';
import type { FlowDeps } from '../flows/deps.ts';
import { followBranch } from '../flows/follow-branch.ts';
import { planPullRequest } from '../flows/plan-pull-request.ts';
import { reconcile } from '../flows/reconcile.ts';
import { reportDrift } from '../flows/report-drift.ts';
import { runCommand } from '../flows/run-command.ts';
import type { Job } from '../ports/jobs.ts';
import type { JobResult } from '../ports/store.ts';

export function runJob(deps: FlowDeps, job: Job, signal: AbortSignal): Promise<JobResult> {
  switch (job.kind) {
    case 'plan':
      return planPullRequest(deps, job.pullRequest, signal);
    case 'branch':
      return followBranch(deps, job, signal);
    case 'deploy':
      return deployEnvironment(deps, job, signal);
    case 'drift':
      return reportDrift(deps, job, signal);
    case 'command':
      return runCommand(deps, job);
    case 'tick':
      return reconcile(deps, signal);
    default:
      return assertNever(job);
  }
}
