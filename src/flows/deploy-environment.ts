/**
 * The branch advanced → the environment follows. Push hook, merge hook and reconcile tick all lead here: *branch head ≠ last settled commit*.
 * A fresh plan is made and compared with what was shown; an old plan is never replayed.
 */
import { coveringPullRequests, decide } from '../core/gate/decide.ts';
import type { Decision, Deployment, EnvironmentLease } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import type { RepositoryRef, Sha } from '../domain/forge.ts';
import type { EnvironmentPlan } from '../domain/plan.ts';
import type { EnvironmentState, JobResult, Release } from '../ports/store.ts';
import { LostLease } from '../ports/store.ts';
import { applyDeployment } from './apply-deployment.ts';
import { attributeCommits, type CommitRange } from './attribute-commits.ts';
import { trackProgress } from './deployment-progress.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import { interrupted, isUnfinished } from './interrupted-deployment.ts';
import { loadEnvironments } from './load-environments.ts';
import { planEnvironment, type PlannedEnvironment } from './plan-environment.ts';
import { recordHold, settleQuietly, triedAgain } from './record-decision.ts';
import { inputOf, openTree, type OpenTree } from './render-environment.ts';

export interface DeployInput {
  readonly repository: RepositoryRef;
  readonly branch: string;
  readonly environment: string;
}

export const leaseSeconds = 60;
const done: JobResult = { kind: 'done' };
/** A merge is on the branch a moment before the forge says whose it is. */
const attributionGraceSeconds = 15;

export async function deployEnvironment(deps: FlowDeps, input: DeployInput, signal: AbortSignal): Promise<JobResult> {
  const key = `${input.repository.forge}/${input.repository.id}/${input.environment}`;
  const lease = await deps.store.acquireLease(key, deps.worker, leaseSeconds);
  if ('heldBy' in lease) return { kind: 'again', afterSeconds: 5, why: `${lease.heldBy} has the lease` };
  try {
    return await underLease(deps, input, lease, signal);
  } catch (error) {
    if (error instanceof LostLease) return { kind: 'again', afterSeconds: 5, why: error.message };
    throw error;
  } finally {
    await deps.store.releaseLease(lease);
  }
}

async function underLease(
  deps: FlowDeps,
  input: DeployInput,
  lease: EnvironmentLease,
  signal: AbortSignal,
): Promise<JobResult> {
  const gathered = await gather(deps, input, signal);
  if (gathered.kind === 'stop') return gathered.result;
  const { environment, state, head, tree } = gathered;
  const range = await commitRange(deps, gathered);
  if ((await changesNothing(deps, gathered)) || isFirstSight(state, range)) {
    await settleQuietly(deps, environment, state, head);
    return done;
  }
  const facts = await planAtHead(deps, gathered, range, signal);
  const decision = decide(facts.gate);
  deps.log.info({ environment: environment.key, head, decision }, 'decided');
  if (decision.kind === 'proceed') {
    return applyDeployment(deps, { environment, state, head, tree: tree.tree, lease, decision, ...facts }, signal);
  }
  if (mayStillBeAttributed(deps, decision, facts.range)) {
    return { kind: 'again', afterSeconds: 3, why: 'the forge may not know yet whose merge this is' };
  }
  const newest = facts.deployments[0];
  if (newest?.commit === head && isUnfinished(newest) && triedAgain.has(decision.code)) {
    // What it began and what was released for it stand: a hold in between would ask people anew.
    const progress = trackProgress(deps, environment, lease, newest, facts.mergedBy);
    return interrupted(deps, progress, decision.facts.join('; '));
  }
  return recordHold(deps, { environment, state, head, tree: tree.tree, decision, ...facts });
}

/**
 * An environment never seen before, on a commit that no pull request brought: it was there before us. Nothing is applied and nobody is
 * bothered; the first pull request that touches it shows everything that differs.
 */
function isFirstSight(state: EnvironmentState, range: CommitRange): boolean {
  const brought = range.commits.some(({ pullRequests }) => !pullRequests.known || pullRequests.value.length > 0);
  return state.settled === undefined && !brought;
}

function commitRange(deps: FlowDeps, { environment, state, head }: Gathered): Promise<CommitRange> {
  const { forge } = mustGet(deps.forges, environment.repository.forge);
  return attributeCommits({ git: deps.git, forge }, environment, state, head);
}

function mayStillBeAttributed(deps: FlowDeps, decision: Decision, range: CommitRange): boolean {
  if (decision.kind !== 'hold' || decision.code !== 'direct-push') return false;
  const age = deps.clock.now().getTime() - Date.parse(range.headCommittedAt);
  return age < attributionGraceSeconds * 1000;
}

interface Gathered {
  readonly kind: 'gathered';
  readonly environment: Environment;
  readonly state: EnvironmentState;
  readonly head: Sha;
  readonly tree: OpenTree;
}

async function gather(
  deps: FlowDeps,
  input: DeployInput,
  signal: AbortSignal,
): Promise<Gathered | { readonly kind: 'stop'; readonly result: JobResult }> {
  const stop = (result: JobResult) => ({ kind: 'stop' as const, result });
  const { forge } = mustGet(deps.forges, input.repository.forge);
  const remote = await forge.gitRemote(input.repository);
  if (!remote.known) return stop({ kind: 'again', afterSeconds: deps.retrySeconds, why: remote.detail });
  const fetched = await deps.git.fetch(input.repository, remote.value, { branch: input.branch, commits: [] }, signal);
  if (!fetched.known) return stop({ kind: 'again', afterSeconds: deps.retrySeconds, why: fetched.detail });
  const { head } = fetched.value;
  const tree = await openTree(deps.git, input.repository, await deps.git.treeOf(input.repository, head));
  const config = await loadEnvironments(deps, input.repository, input.branch, tree);
  const environment = config.environments.find(({ spec }) => spec.name === input.environment);
  if (environment === undefined) return stop(done);
  if (await waitsForOthers(deps, environment, config.environments, head)) return stop(done);
  const state = await deps.store.transaction((tx) => tx.environment(environment.key));
  const unfinished = await deps.store.transaction((tx) => unfinishedDeployment(tx, environment.key));
  if (state.settled === head && state.quarantine === undefined && unfinished === undefined) return stop(done);
  if (await alreadyFailed(deps, environment.key, head)) return stop(done);
  return { kind: 'gathered', environment, state, head, tree };
}

/**
 * Environments it depends on go first: quietly, as each deployment that succeeds looks at the branch again, and so does the tick. A
 * dependency that failed or is held keeps it waiting.
 */
async function waitsForOthers(
  deps: FlowDeps,
  environment: Environment,
  all: readonly Environment[],
  head: Sha,
): Promise<boolean> {
  const names = new Set(environment.spec.dependsOn);
  const others = all.filter(({ spec }) => names.has(spec.name));
  return deps.store.transaction(async (tx) => {
    for (const { key } of others) if ((await tx.environment(key)).settled !== head) return true;
    return false;
  });
}

async function unfinishedDeployment(
  tx: { deploymentsOf(environment: string, limit: number): Promise<readonly Deployment[]> },
  environment: string,
): Promise<Deployment | undefined> {
  const recent = await tx.deploymentsOf(environment, 20);
  return recent.find(isUnfinished);
}

/** A commit that failed is not tried again by itself: a new commit or a person decides. */
async function alreadyFailed(deps: FlowDeps, environment: string, head: Sha): Promise<boolean> {
  const [newest] = await deps.store.transaction((tx) => tx.deploymentsOf(environment, 1));
  return newest?.state === 'failed' && newest.commit === head;
}

/** The commits since the settled one leave the environment's input as it was: no cluster needs to be asked. */
async function changesNothing(deps: FlowDeps, { environment, head, state, tree }: Gathered): Promise<boolean> {
  if (state.settled === undefined) return false;
  const [newest] = await deps.store.transaction((tx) => tx.deploymentsOf(environment.key, 1));
  // What was pushed past review is gone again, and nothing of it was ever applied.
  if (state.settled === head && newest?.state === 'held') return true;
  if (state.quarantine !== undefined || (newest !== undefined && newest.state !== 'succeeded')) return false;
  const { repository } = environment;
  const settledTree = await openTree(deps.git, repository, await deps.git.treeOf(repository, state.settled));
  const then = await inputOf(deps.git, settledTree, environment);
  const now = await inputOf(deps.git, tree, environment);
  return then.digest === now.digest;
}

export interface DeployFacts {
  readonly gate: Parameters<typeof decide>[0];
  readonly range: CommitRange;
  readonly planned: PlannedEnvironment;
  readonly pullRequests: readonly number[];
  /** Everybody whose merge is in the range, by number, for naming them. */
  readonly mergedBy: ReadonlyMap<number, string>;
  readonly deployments: readonly Deployment[];
}

async function planAtHead(
  deps: FlowDeps,
  gathered: Gathered,
  range: CommitRange,
  signal: AbortSignal,
): Promise<DeployFacts> {
  const { environment, state, head, tree } = gathered;
  const merged = range.commits.flatMap(({ pullRequests }) => (pullRequests.known ? pullRequests.value : []));
  const numbers = [...new Set(merged.map(({ ref }) => ref.number))];
  const stored = await deps.store.transaction(async (tx) => ({
    deployments: await tx.deploymentsOf(environment.key, 50),
    shown: await tx.shownPlans(environment.key, environment.repository, numbers),
    releases: await tx.releases(environment.key),
    held: await tx.heldPlan(environment.key),
  }));
  const planned = await planEnvironment(
    deps,
    {
      environment,
      basis: { base: state.settled ?? head, head, tree: tree.tree },
      tree,
      deployments: stored.deployments,
      texts: [...range.texts, ...merged.flatMap(({ title, body }) => [title, body])],
    },
    signal,
  );
  const begun = begunPlan(stored.deployments, stored.held, head);
  return {
    gate: {
      plan: planned.plan,
      range: range.commits,
      rewritten: range.rewritten,
      shown: new Map(stored.shown.map((one) => [one.pullRequest.number, one.plan])),
      released: standingReleases(stored.releases, stored.deployments),
      ...(begun === undefined ? {} : { begun }),
    },
    range,
    planned,
    pullRequests: numbers.length > 0 ? numbers : coveringPullRequests({ range: range.commits }),
    mergedBy: new Map(merged.flatMap(({ ref, mergedBy }) => (mergedBy ? [[ref.number, mergedBy.login]] : []))),
    deployments: stored.deployments,
  };
}

/** A release counts once: one given before the last deployment that succeeded was about another moment. */
function standingReleases(releases: readonly Release[], deployments: readonly Deployment[]): readonly string[] {
  const last = deployments.find(({ state }) => state === 'succeeded')?.finishedAt ?? '';
  return releases.filter(({ at }) => at > last).map(({ digest }) => digest);
}

/** The plan whose apply of this commit a crash interrupted. */
function begunPlan(
  deployments: readonly Deployment[],
  held: EnvironmentPlan | undefined,
  head: Sha,
): EnvironmentPlan | undefined {
  const newest = deployments[0];
  return newest !== undefined &&
    isUnfinished(newest) &&
    newest.commit === head &&
    held?.planDigest === newest.planDigest
    ? held
    : undefined;
}
