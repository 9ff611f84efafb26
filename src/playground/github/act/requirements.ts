/** What a protected branch demands of a pull request, from classic protection and from rulesets, and what of it is unmet. */
import { isJsonObject } from '../../../domain/json.ts';
import type { CheckRun, CommitStatus, Repository } from '../model.ts';
import type { PullRequestRecord, World } from '../world.ts';

interface Requirements {
  readonly checks: readonly string[];
  readonly approvals: number;
}

function requirementsOf(repository: Repository, branch: string): Requirements {
  const classic = repository.protections.get(branch);
  const checks = new Set(classic?.requiredChecks);
  let approvals = classic?.requiredApprovals ?? 0;
  for (const rule of repository.rules.get(branch) ?? []) {
    const parameters = isJsonObject(rule['parameters']) ? rule['parameters'] : {};
    const required = parameters['required_status_checks'];
    for (const check of Array.isArray(required) ? required : []) {
      if (isJsonObject(check) && typeof check['context'] === 'string') checks.add(check['context']);
    }
    const count = parameters['required_approving_review_count'];
    if (typeof count === 'number') approvals = Math.max(approvals, count);
  }
  return { checks: [...checks], approvals };
}

/** The newest run of each name on a commit. */
export function latestCheckRuns(world: World, repository: Repository, sha: string): CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const run of world.checkRuns.values()) {
    if (run.repositoryId === repository.id && run.headSha === sha) latest.set(run.name, run);
  }
  return [...latest.values()];
}

/** The newest status of each context on a commit. */
export function latestStatuses(world: World, repository: Repository, sha: string): CommitStatus[] {
  const latest = new Map<string, CommitStatus>();
  for (const status of world.statuses) {
    if (status.repositoryId === repository.id && status.sha === sha) latest.set(status.context, status);
  }
  return [...latest.values()];
}

/** Context → `success`, `pending`, `failure`, …: statuses and check runs taken together, as required contexts see them. */
export function contextsOf(world: World, repository: Repository, sha: string): Map<string, string> {
  const contexts = new Map<string, string>();
  for (const status of latestStatuses(world, repository, sha)) contexts.set(status.context, status.state);
  for (const run of latestCheckRuns(world, repository, sha)) {
    const passed = ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '');
    contexts.set(run.name, run.status === 'completed' ? (passed ? 'success' : 'failure') : 'pending');
  }
  return contexts;
}

function approvalsOf(issue: PullRequestRecord): number {
  const last = new Map<number, string>();
  for (const review of issue.pull.reviews) {
    if (review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED' || review.state === 'DISMISSED') {
      last.set(review.author.id, review.state);
    }
  }
  return [...last.values()].filter((state) => state === 'APPROVED').length;
}

/** GitHub's sentences for what still stands in the way of a merge; empty when nothing does. */
export function unmetRequirements(world: World, repository: Repository, issue: PullRequestRecord): string[] {
  const { checks, approvals } = requirementsOf(repository, issue.pull.base.branch);
  const contexts = contextsOf(world, repository, issue.pull.head.sha);
  const unmet = checks.flatMap((check) => {
    const state = contexts.get(check);
    if (state === undefined) return [`Required status check "${check}" is expected.`];
    return state === 'success'
      ? []
      : [`Required status check "${check}" is ${state === 'pending' ? 'in progress' : 'failing'}.`];
  });
  if (approvalsOf(issue) < approvals) {
    unmet.push(
      `At least ${approvals} approving review${approvals === 1 ? ' is' : 's are'} required by reviewers with write access.`,
    );
  }
  return unmet;
}
