/** Records that an environment waits, or that there was nothing to do; says so once. */
import { holdFactsOf } from '../core/report/deployment-comment.ts';
import type { PlanWithLink } from '../core/report/plan-report.ts';
import { quarantineBody, quarantineKey, quarantineOver, quarantineTitle } from '../core/report/topic-issues.ts';
import type { Decision, Deployment, HoldCode } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import type { Sha } from '../domain/forge.ts';
import type { EnvironmentState, JobResult, StoreTransaction } from '../ports/store.ts';
import type { DeployFacts } from './deploy-environment.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import { sayDeployment, type DeploymentTelling } from './say-deployment.ts';

export interface HoldInput extends DeployFacts {
  readonly environment: Environment;
  readonly state: EnvironmentState;
  readonly head: Sha;
  readonly tree: Sha;
  readonly decision: Exclude<Decision, { kind: 'proceed' }>;
}

/** Holds that end by themselves when the world answers again. */
export const triedAgain: ReadonlySet<HoldCode> = new Set([
  'plan-incomplete',
  'attribution-unknown',
  'dependency-not-deployed',
]);

export async function recordHold(deps: FlowDeps, input: HoldInput): Promise<JobResult> {
  const { environment, decision, head, planned } = input;
  const now = deps.clock.now().toISOString();
  await deps.store.transaction(async (tx) => {
    const newest = input.deployments[0];
    if (newest !== undefined && isSameHold(newest, input)) return;
    const waiting = newest !== undefined && isSameOutage(newest, input) ? newest : undefined;
    await supersedeWaiting(deps, tx, input, waiting?.id);
    const row: Omit<Deployment, 'id'> = {
      environment: environment.key,
      commit: head,
      tree: input.tree,
      desiredDigest: planned.plan.desiredDigest,
      planDigest: planned.plan.planDigest,
      state: 'held',
      stage: 0,
      pullRequests: input.pullRequests,
      hold: { code: decision.code, facts: decision.facts },
      results: [],
      rolledBack: false,
      createdAt: waiting?.createdAt ?? now,
    };
    const deployment = waiting === undefined ? await tx.createDeployment(row) : { ...row, id: waiting.id };
    if (waiting !== undefined) await tx.updateDeployment('no-lease-needed', deployment);
    await tx.saveHeldPlan(environment.key, planned.plan, deps.newToken());
    const kind = quarantineKind(decision.code);
    const quarantine = kind === undefined ? {} : { quarantine: { commit: head, kind } };
    await tx.saveEnvironment(environment.key, { ...input.state, ...quarantine, attempted: head });
    const telling = { environment, deployment, mergedBy: input.mergedBy };
    const unseen = await keepUnseenPlan(deps, tx, input);
    await sayDeployment(deps, tx, { ...telling, ...(unseen === undefined ? {} : { waiting: unseen }) });
    if (kind !== undefined) await sayQuarantine(deps, tx, telling, decision.code);
  });
  return triedAgain.has(decision.code)
    ? { kind: 'again', afterSeconds: deps.retrySeconds, why: decision.code }
    : { kind: 'done' };
}

function quarantineKind(code: HoldCode): 'direct-push' | 'force-push' | undefined {
  return code === 'direct-push' || code === 'force-push' ? code : undefined;
}

/** A plan that was shown nowhere has to be shown with the hold: it is what a release would be of. */
async function keepUnseenPlan(
  deps: Pick<FlowDeps, 'newToken' | 'planLink'>,
  tx: StoreTransaction,
  { decision, environment, planned, pullRequests }: HoldInput,
): Promise<PlanWithLink | undefined> {
  const [number] = pullRequests;
  if (decision.code !== 'no-plan-shown' || number === undefined) return undefined;
  const token = deps.newToken();
  await tx.keepPlan({ pullRequest: { repository: environment.repository, number }, plan: planned.plan, token });
  return { plan: planned.plan, link: deps.planLink(token) };
}

function isSameHold(newest: Deployment, { decision, head, planned }: HoldInput): boolean {
  return (
    newest.state === 'held' &&
    newest.commit === head &&
    newest.hold?.code === decision.code &&
    newest.planDigest === planned.plan.planDigest &&
    newest.hold.facts.join('\n') === decision.facts.join('\n')
  );
}

/** The world still does not answer, only with other words: the same row, and no second comment. */
function isSameOutage(newest: Deployment, { decision, head }: HoldInput): boolean {
  const same = newest.state === 'held' && newest.commit === head && newest.hold?.code === decision.code;
  return same && triedAgain.has(decision.code);
}

async function sayQuarantine(
  deps: FlowDeps,
  tx: StoreTransaction,
  { environment, deployment }: DeploymentTelling,
  code: HoldCode,
): Promise<void> {
  const { repository, spec, branch } = environment;
  const { words } = mustGet(deps.forges, repository.forge);
  const facts = holdFactsOf({ words, environment: spec.name, branch, deployment, seconds: 0 });
  await tx.say({
    kind: 'comment',
    forge: repository.forge,
    thread: { kind: 'topic', repository, title: quarantineTitle(spec.name), state: 'open' },
    key: quarantineKey(spec.name),
    body: quarantineBody(code, facts),
  });
}

/** Closes the issue of a quarantine that is over. */
export async function sayQuarantineOver(tx: StoreTransaction, environment: Environment): Promise<void> {
  const { repository, spec } = environment;
  await tx.say({
    kind: 'comment',
    forge: repository.forge,
    thread: { kind: 'topic', repository, title: quarantineTitle(spec.name), state: 'closed' },
    key: quarantineKey(spec.name),
    body: quarantineOver(spec.name),
  });
}

/**
 * Rows that still wait or were interrupted, but the one that is gone on with: what is decided now contains them, and their pull requests
 * are told.
 */
export async function supersedeWaiting(
  deps: Pick<FlowDeps, 'forges' | 'clock'>,
  tx: StoreTransaction,
  input: { readonly environment: Environment; readonly mergedBy: ReadonlyMap<number, string> },
  except: number | undefined,
): Promise<void> {
  const { environment } = input;
  const over: ReadonlySet<Deployment['state']> = new Set(['succeeded', 'failed', 'superseded']);
  for (const row of await tx.deploymentsOf(environment.key, 20)) {
    if (over.has(row.state) || row.id === except) continue;
    const superseded: Deployment = { ...row, state: 'superseded', finishedAt: deps.clock.now().toISOString() };
    await tx.updateDeployment('no-lease-needed', superseded);
    await sayDeployment(deps, tx, { environment, deployment: superseded, mergedBy: input.mergedBy });
  }
}

/** The branch moved, the environment's input did not: remembered, and nobody is told. */
export async function settleQuietly(
  deps: FlowDeps,
  environment: Environment,
  state: EnvironmentState,
  head: Sha,
): Promise<void> {
  const { quarantine: _over, ...rest } = state;
  await deps.store.transaction(async (tx) => {
    await tx.saveEnvironment(environment.key, { ...rest, settled: head, attempted: head });
    await supersedeWaiting(deps, tx, { environment, mergedBy: new Map() }, undefined);
    if (state.quarantine !== undefined) await sayQuarantineOver(tx, environment);
    // Environments that depend on this one may go on now.
    await tx.enqueue({ job: { kind: 'branch', repository: environment.repository, branch: environment.branch } });
  });
}
