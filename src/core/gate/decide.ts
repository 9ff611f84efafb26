/**
 * May this plan be applied? A total function over facts; unknown, forbidden and empty mean hold.
 * The rules in order: the plan must be whole and valid; what it does must have been shown on pull requests whose merge brought it;
 * what no merged pull request brought waits for a later one that showed it; dangerous deletions wait for a person.
 */
import type { Evidence } from '../../domain/evidence.ts';
import type { Decision, HoldCode } from '../../domain/deployment.ts';
import type { PullRequest, Sha } from '../../domain/forge.ts';
import { shownDigestLength, type EnvironmentPlan } from '../../domain/plan.ts';
import { effectsBeyond } from '../plan/effects.ts';
import { describeEffects } from './describe-effects.ts';
import { findingText } from '../report/finding-words.ts';

export interface GateFacts {
  /** Made just now, of the commit to apply. */
  readonly plan: EnvironmentPlan;
  /** First-parent commits since the last settled one, oldest first. */
  readonly range: readonly AttributedCommit[];
  /** Set when the branch does not descend from the settled commit any more. */
  readonly rewritten: boolean;
  /** Plans last shown, by pull request number. */
  readonly shown: ReadonlyMap<number, EnvironmentPlan>;
  /** Digests (8 digits or more) a person with write permission released, permission checked when the command ran. */
  readonly released: readonly string[];
  /** The plan whose apply of this very commit was begun and not finished (a crash): what is left of it may be finished. */
  readonly begun?: EnvironmentPlan;
}

export interface AttributedCommit {
  readonly sha: Sha;
  /** The merged pull requests that brought it into this branch. */
  readonly pullRequests: Evidence<readonly PullRequest[]>;
  /** Whether the environment's input differs from the parent's; only told for commits without a pull request. */
  readonly touchesEnvironment: boolean;
  /** First line of its message, for people. */
  readonly subject?: string;
}

export function decide(facts: GateFacts): Decision {
  const { plan } = facts;
  const unfit = unfitPlan(plan);
  if (unfit !== undefined) return unfit;
  if (plan.effects.length === 0) return { kind: 'proceed', because: 'nothing-to-do' };
  if (
    facts.begun !== undefined &&
    isSamePlace(facts.begun, plan) &&
    effectsBeyond(plan.effects, facts.begun.effects).length === 0
  ) {
    return { kind: 'proceed', because: 'begun' };
  }
  const unknown = facts.range.find((commit) => !commit.pullRequests.known);
  if (unknown !== undefined && !unknown.pullRequests.known) {
    return hold('attribution-unknown', [`${unknown.sha.slice(0, 7)}: ${unknown.pullRequests.detail}`]);
  }
  const covering = coveringPullRequests(facts);
  if (covering.length === 0) return unattributed(facts);
  if (isReleased(plan, facts.released)) return { kind: 'proceed', because: 'released' };
  const shown = covering.flatMap((number) => facts.shown.get(number) ?? []).filter((one) => isSamePlace(one, plan));
  if (shown.length === 0)
    return hold(
      'no-plan-shown',
      covering.map((number) => `#${number}`),
    );
  const beyond = effectsBeyond(
    plan.effects,
    shown.flatMap((one) => one.effects),
  );
  if (beyond.length > 0) return hold('plan-grew', describeEffects(beyond, plan.changes));
  if (plan.dangers.length > 0)
    return hold(
      'needs-acknowledgement',
      plan.dangers.map(({ detail }) => detail),
    );
  const same = shown.some((one) => one.planDigest === plan.planDigest);
  return { kind: 'proceed', because: same ? 'equal' : 'smaller' };
}

/** What was shown for one cluster says nothing of another, even of one that was built anew under the same name. */
function isSamePlace(shown: EnvironmentPlan, plan: EnvironmentPlan): boolean {
  return shown.environment.key === plan.environment.key && shown.clusterUid === plan.clusterUid;
}

/** Whether a plan could be applied at all; also what a pull request's check says before the merge. */
export function unfitPlan(plan: EnvironmentPlan): Decision | undefined {
  if (plan.incomplete.length > 0)
    return hold(
      'plan-incomplete',
      plan.incomplete.map(({ detail }) => detail),
    );
  const errors = plan.findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return undefined;
  const facts = errors.map(({ file, line, ...finding }) =>
    file === undefined ? findingText(finding) : `${file}:${line ?? 1}: ${findingText(finding)}`,
  );
  if (errors.every(({ code }) => code === 'manager-conflict')) return hold('manager-conflict', facts);
  if (errors.every(({ code }) => code === 'immutable-field')) return hold('replace-not-allowed', facts);
  return hold('findings', facts);
}

/** Pull requests merged after the newest commit that none brought: only what they showed counts. */
export function coveringPullRequests(facts: Pick<GateFacts, 'range'>): readonly number[] {
  const numbers: number[] = [];
  for (const commit of facts.range) {
    const merged = commit.pullRequests.known ? commit.pullRequests.value : [];
    if (merged.length > 0) numbers.push(...merged.map((pullRequest) => pullRequest.ref.number));
    else if (commit.touchesEnvironment) numbers.length = 0;
  }
  return [...new Set(numbers)];
}

function unattributed(facts: GateFacts): Decision {
  const culprits = facts.range.filter(
    (commit) => commit.pullRequests.known && commit.pullRequests.value.length === 0 && commit.touchesEnvironment,
  );
  const code: HoldCode = facts.rewritten ? 'force-push' : 'direct-push';
  return hold(
    code,
    culprits.length === 0
      ? describeEffects(facts.plan.effects, facts.plan.changes)
      : culprits.map(({ sha, subject = '' }) => `${sha.slice(0, 12)} ${subject.slice(0, subjectShown)}`.trimEnd()),
  );
}

/** Characters. */
const subjectShown = 100;

function isReleased(plan: EnvironmentPlan, released: readonly string[]): boolean {
  return released.some((digest) => digest.length >= shownDigestLength && plan.planDigest.startsWith(digest));
}

function hold(code: HoldCode, facts: readonly string[]): Decision {
  return { kind: 'hold', code, facts };
}
