/** A pull request opened, changed or was retargeted → its plan, shown on it. */
import type { PlanWithLink } from '../core/report/plan-report.ts';
import type { Environment } from '../domain/environment.ts';
import type { Finding } from '../domain/finding.ts';
import type { PullRequest, PullRequestRef, Sha } from '../domain/forge.ts';
import type { ShownPlan } from '../domain/plan.ts';
import type { JobResult } from '../ports/store.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import { configurationFile, loadEnvironments } from './load-environments.ts';
import { planEnvironment } from './plan-environment.ts';
import { inputOf, openTree, type OpenTree } from './render-environment.ts';
import { sayPlan } from './report-plan.ts';

const done: JobResult = { kind: 'done' };

export async function planPullRequest(deps: FlowDeps, ref: PullRequestRef, signal: AbortSignal): Promise<JobResult> {
  const gathered = await gather(deps, ref, signal);
  if (gathered.kind !== 'gathered') return gathered.result;
  const planned = await plan(deps, gathered, signal);
  const fresh = await mustGet(deps.forges, ref.repository.forge).forge.pullRequest(ref);
  if (!fresh.known) return again(deps, fresh.detail);
  // A plan of something else than what is there now is worse than none: the newer state is planned instead.
  if (hasMoved(fresh.value, gathered.pullRequest))
    return { kind: 'again', afterSeconds: 0, why: 'the pull request moved' };
  await record(deps, gathered, planned);
  return planned.shown.some(({ plan: one }) => one.incomplete.length > 0)
    ? again(deps, 'the plan is not complete')
    : done;
}

function again(deps: FlowDeps, why: string): JobResult {
  return { kind: 'again', afterSeconds: deps.retrySeconds, why };
}

function hasMoved(now: PullRequest, then: PullRequest): boolean {
  return now.head.sha !== then.head.sha || now.base.branch !== then.base.branch || now.state !== then.state;
}

interface Gathered {
  readonly kind: 'gathered';
  readonly pullRequest: PullRequest;
  readonly base: Sha;
  readonly baseTree: OpenTree;
  /** Absent when it conflicts with the base branch. */
  readonly merged?: OpenTree;
  readonly findings: readonly Finding[];
  readonly environments: readonly Environment[];
  readonly untouchedTitle?: string;
}

type Gathering = Gathered | { readonly kind: 'stop'; readonly result: JobResult };

async function gather(deps: FlowDeps, ref: PullRequestRef, signal: AbortSignal): Promise<Gathering> {
  const stop = (result: JobResult): Gathering => ({ kind: 'stop', result });
  const { forge } = mustGet(deps.forges, ref.repository.forge);
  const found = await forge.pullRequest(ref);
  if (!found.known) return stop(found.why === 'not-found' ? done : again(deps, found.detail));
  const pullRequest = found.value;
  if (pullRequest.state !== 'open') return stop(done);
  const remote = await forge.gitRemote(ref.repository);
  if (!remote.known) return stop(again(deps, remote.detail));
  const fetched = await deps.git.fetch(
    ref.repository,
    remote.value,
    { branch: pullRequest.base.branch, commits: [pullRequest.head.sha] },
    signal,
  );
  if (!fetched.known) return stop(fetched.why === 'not-found' ? done : again(deps, fetched.detail));
  const base = fetched.value.head;
  const baseTree = await openTree(deps.git, ref.repository, await deps.git.treeOf(ref.repository, base));
  const config = await loadEnvironments(deps, ref.repository, pullRequest.base.branch, baseTree);
  const merge = await deps.git.mergeTree(ref.repository, base, pullRequest.head.sha);
  if (merge.kind === 'conflict') {
    const conflict = config.environments.length === 0 ? [] : merge.paths.map(mergeConflict);
    return { kind: 'gathered', pullRequest, base, baseTree, ...config, findings: [...config.findings, ...conflict] };
  }
  const merged = await openTree(deps.git, ref.repository, merge.tree);
  const changed = await configurationFindings(deps, pullRequest, baseTree, merged);
  return {
    kind: 'gathered',
    pullRequest,
    base,
    baseTree,
    merged,
    ...config,
    findings: [...config.findings, ...changed],
  };
}

function mergeConflict(path: string): Finding {
  return { code: 'merge-conflict', severity: 'error', file: path, line: 1, detail: path };
}

/** A change of the configuration itself: judged by the old one, and the new one must at least be valid. */
async function configurationFindings(
  deps: FlowDeps,
  pullRequest: PullRequest,
  base: OpenTree,
  merged: OpenTree,
): Promise<readonly Finding[]> {
  const then = base.entries.get(configurationFile);
  const now = merged.entries.get(configurationFile);
  if (then?.blob === now?.blob) return [];
  const next = await loadEnvironments(deps, pullRequest.ref.repository, pullRequest.base.branch, merged);
  const detail =
    now === undefined
      ? 'This removes .fairlead.yaml: after the merge nothing is deployed from here any more, and nothing is deleted'
      : 'This changes .fairlead.yaml: it is judged by the one on the base branch, and what the new one would deploy that nobody has seen waits for a person after the merge';
  const warning: Finding = {
    code: 'config-changed-here',
    severity: 'warning',
    file: configurationFile,
    line: 1,
    detail,
  };
  return now === undefined ? [warning] : [warning, ...next.findings.filter(({ severity }) => severity === 'error')];
}

interface Planned {
  readonly shown: readonly ShownPlan[];
  readonly findings: readonly Finding[];
}

async function plan(deps: FlowDeps, gathered: Gathered, signal: AbortSignal): Promise<Planned> {
  const { pullRequest, merged, baseTree } = gathered;
  if (merged === undefined) return { shown: [], findings: gathered.findings };
  const shown: ShownPlan[] = [];
  for (const environment of gathered.environments) {
    const [before, after] = await Promise.all([
      inputOf(deps.git, baseTree, environment),
      inputOf(deps.git, merged, environment),
    ]);
    if (before.digest === after.digest) continue;
    const deployments = await deps.store.transaction((tx) => tx.deploymentsOf(environment.key, 50));
    const request = {
      environment,
      basis: { base: gathered.base, head: pullRequest.head.sha, tree: merged.tree },
      tree: merged,
      before: baseTree,
      deployments,
      texts: [pullRequest.title, pullRequest.body],
    };
    const planned = await planEnvironment(deps, request, signal);
    shown.push({ pullRequest: pullRequest.ref, plan: planned.plan, token: deps.newToken() });
  }
  return { shown, findings: gathered.findings };
}

async function record(deps: FlowDeps, gathered: Gathered, planned: Planned): Promise<void> {
  const { pullRequest } = gathered;
  const { words } = mustGet(deps.forges, pullRequest.ref.repository.forge);
  await deps.store.transaction(async (tx) => {
    const plans: PlanWithLink[] = [];
    for (const { plan: one, token } of planned.shown) {
      const held = (await tx.environment(one.environment.key)).quarantine?.kind;
      plans.push({ plan: one, link: deps.planLink(token), ...(held === undefined ? {} : { held }) });
    }
    const report = { words, baseBranch: pullRequest.base.branch, plans, findings: planned.findings };
    const shownBefore = await tx.plansOf(pullRequest.ref);
    await tx.savePlans(pullRequest.ref, planned.shown);
    await tx.savePlannedHead(pullRequest.ref, pullRequest.head.sha);
    const title = gathered.untouchedTitle;
    await sayPlan(tx, { pullRequest, report, shownBefore, ...(title === undefined ? {} : { untouchedTitle: title }) });
  });
}
