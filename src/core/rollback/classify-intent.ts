/**
 * Is this change a rollback? The proof is content: the desired state equals that of an earlier succeeded deployment that was not itself rolled
 * back. Words ("Revert …", "This reverts commit …") are a hint and prove nothing.
 */
import type { Deployment, DeploymentState } from '../../domain/deployment.ts';
import type { RollbackIntent } from '../../domain/plan.ts';

export interface IntentFacts {
  readonly desiredDigest: string;
  /** Newest first. */
  readonly deployments: readonly Deployment[];
  /** Titles, bodies and commit messages that came with the change. */
  readonly texts: readonly string[];
}

const hints = [
  /\bThis reverts commit [0-9a-f]{7,64}\b/,
  /\bReverts [\w.-]+\/[\w.-]+#\d+/,
  /\bReverts #\d+/,
  /\bThis reverts merge request\b/,
  /^Revert "/m,
];

const finished: ReadonlySet<DeploymentState> = new Set(['succeeded', 'failed']);
const running: ReadonlySet<DeploymentState> = new Set(['applying', 'waiting', 'pruning']);

export function classifyIntent(facts: IntentFacts): RollbackIntent | undefined {
  const hinted = facts.texts.some((text) => hints.some((hint) => hint.test(text.slice(0, 100_000))));
  const succeeded = facts.deployments.filter((deployment) => deployment.state === 'succeeded');
  const current = succeeded[0];
  // What was tried last, whether it worked, failed or still runs: going back from there to the one before it is a rollback too.
  // One that runs towards this very state is this change itself, resumed.
  const latest = facts.deployments.find(
    ({ state, desiredDigest }) => finished.has(state) || (running.has(state) && desiredDigest !== facts.desiredDigest),
  );
  if (latest?.desiredDigest === facts.desiredDigest) return undefined;
  const same = succeeded.filter((deployment) => deployment.desiredDigest === facts.desiredDigest);
  const standing = same.find((deployment) => !deployment.rolledBack);
  const target = standing ?? same[0];
  if (target === undefined) return hinted && current !== undefined ? { kind: 'partial-revert' } : undefined;
  const pullRequest = target.pullRequests[0];
  return {
    // Going back to something that was itself rolled back (a revert of a revert) is an ordinary deployment that says so.
    kind: hinted && standing !== undefined ? 'rollback-to' : 'restores',
    deployment: target.id,
    commit: target.commit,
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(target.finishedAt === undefined ? {} : { deployedAt: target.finishedAt }),
  };
}

/** Deployments that a rollback to `target` undoes: every succeeded one after it. They no longer count as targets. */
export function rolledBackBy(target: number, deployments: readonly Deployment[]): readonly Deployment[] {
  return deployments.filter(({ id, state, rolledBack }) => id > target && state === 'succeeded' && !rolledBack);
}
