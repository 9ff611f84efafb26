/**
 * A decided deployment → the cluster. In this order, each step recorded before the next: inventory := old ∪ new before the first write,
 * stages, readiness, prune old − new only if every stage succeeded, inventory := actual. Every step may run twice.
 */
import { carryOver } from '../core/plan/carry-over.ts';
import { rolledBackBy } from '../core/rollback/classify-intent.ts';
import type { Decision, Deployment, EnvironmentLease, ObjectResult } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import type { Sha } from '../domain/forge.ts';
import type { InventoryEntry } from '../domain/inventory.ts';
import { objectKey, refOf } from '../domain/kubernetes.ts';
import type { EnvironmentPlan } from '../domain/plan.ts';
import type { EnvironmentState, JobResult } from '../ports/store.ts';
import { applyStages, needsWrite, type StageOutcome } from './apply-stages.ts';
import type { DeployFacts } from './deploy-environment.ts';
import { trackProgress, type Progress } from './deployment-progress.ts';
import { mustGet, type ClusterAccess, type FlowDeps } from './deps.ts';
import { interrupted, isUnfinished } from './interrupted-deployment.ts';
import { inventoryRefOf } from './observe-environment.ts';
import { pruneObjects } from './prune-objects.ts';
import { sayQuarantineOver, supersedeWaiting } from './record-decision.ts';
import { waitUntilReady } from './wait-until-ready.ts';

export interface ApplyInput extends Omit<DeployFacts, 'gate' | 'range'> {
  readonly environment: Environment;
  readonly state: EnvironmentState;
  readonly head: Sha;
  readonly tree: Sha;
  readonly lease: EnvironmentLease;
  readonly decision: Extract<Decision, { kind: 'proceed' }>;
}

export interface ApplyRun extends ApplyInput {
  readonly cluster: ClusterAccess;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export async function applyDeployment(deps: FlowDeps, input: ApplyInput, signal: AbortSignal): Promise<JobResult> {
  const cluster = mustGet(deps.clusters, input.environment.spec.cluster);
  const deployment = await begin(deps, input);
  const progress = trackProgress(deps, input.environment, input.lease, deployment, input.mergedBy);
  const run: ApplyRun = { ...input, cluster, progress, signal };
  const applied = await applyStages(deps, run);
  if (applied.kind === 'interrupted') return interrupted(deps, progress, applied.detail);
  if (applied.kind === 'failed') return fail(deps, run);
  await progress.enter('waiting');
  const ready = await waitUntilReady(deps, run);
  if (ready.kind === 'interrupted') return interrupted(deps, progress, ready.detail);
  if (ready.kind === 'failed') return fail(deps, run);
  await progress.enter('pruning');
  const pruned = await pruneObjects(deps, run);
  if (pruned.kind === 'interrupted') return interrupted(deps, progress, pruned.detail);
  const written = await writeActualInventory(run, applied, pruned.remaining);
  if (written !== undefined) return interrupted(deps, progress, written);
  if (pruned.kind === 'failed') return fail(deps, run);
  await succeed(deps, run);
  return { kind: 'done' };
}

/** The row of this deployment: the interrupted one of the same commit, else a new one. */
async function begin(deps: FlowDeps, input: ApplyInput): Promise<Deployment> {
  const { environment, head, planned } = input;
  const results = planned.observed.items.map((item): ObjectResult => {
    const ref = refOf(item.resolved.desired.object);
    return { ref, result: needsWrite(item, planned) ? 'not-tried' : 'same', readiness: 'not-checked' };
  });
  return deps.store.transaction(async (tx) => {
    const newest = (await tx.deploymentsOf(environment.key, 1))[0];
    const begun = await tx.heldPlan(environment.key);
    const interrupted = newest?.commit === head && isUnfinished(newest) ? newest : undefined;
    await supersedeWaiting(deps, tx, input, interrupted?.id);
    await tx.saveHeldPlan(environment.key, planned.plan, deps.newToken());
    await tx.saveEnvironment(environment.key, { ...input.state, attempted: head });
    const row: Omit<Deployment, 'id'> = {
      environment: environment.key,
      commit: head,
      tree: input.tree,
      desiredDigest: planned.plan.desiredDigest,
      planDigest: planned.plan.planDigest,
      state: 'applying',
      stage: 0,
      pullRequests: input.pullRequests,
      ...(planned.plan.rollback === undefined ? {} : { intent: planned.plan.rollback }),
      results,
      rolledBack: false,
      createdAt: deps.clock.now().toISOString(),
    };
    if (interrupted === undefined) return tx.createDeployment(row);
    const resumed = resumedRow(interrupted, row, begun, planned.plan);
    await tx.updateDeployment(input.lease, resumed);
    return resumed;
  });
}

/** Who is told of it is kept too: the forge may not know whose commit it is at the moment. */
function resumedRow(
  before: Deployment,
  row: Omit<Deployment, 'id'>,
  begun: EnvironmentPlan | undefined,
  plan: EnvironmentPlan,
): Deployment {
  const leaving = plan.changes.filter(({ action }) => action === 'prune').map(({ ref }) => ref);
  const changes = begun?.planDigest === before.planDigest ? begun.changes : [];
  return {
    ...row,
    id: before.id,
    createdAt: before.createdAt,
    pullRequests: [...new Set([...before.pullRequests, ...row.pullRequests])],
    results: carryOver({ before, begun: changes, now: row.results, leaving }),
  };
}

async function writeActualInventory(
  run: ApplyRun,
  applied: Extract<StageOutcome, { kind: 'applied' }>,
  remaining: readonly InventoryEntry[],
): Promise<string | undefined> {
  const { cluster, environment, lease, planned, signal } = run;
  const entries = [...applied.entries, ...remaining];
  const before = planned.observed.inventory;
  const same = (a: readonly InventoryEntry[], b: readonly InventoryEntry[]) =>
    a.length === b.length && entryTexts(a).join('\n') === entryTexts(b).join('\n');
  if (before?.exists === true && applied.inventoryWritten === false && same(entries, before.entries)) return undefined;
  const inventory = { applySetId: planned.observed.applySetId, entries, exists: true };
  const outcome = await cluster.writer.writeInventory(lease, inventoryRefOf(environment), inventory, signal);
  switch (outcome.kind) {
    case 'written':
      return undefined;
    case 'unavailable':
      return outcome.because.detail;
    case 'denied':
    case 'namespace-missing':
      // The environment's own namespace may just have been deleted with everything in it, the inventory too.
      return entries.length === 0 ? undefined : outcome.detail;
  }
}

function entryTexts(entries: readonly InventoryEntry[]): readonly string[] {
  return entries.map(({ ref, uid }) => `${objectKey(ref)} ${ref.version} ${uid}`).sort();
}

async function fail(deps: FlowDeps, run: ApplyRun): Promise<JobResult> {
  await run.progress.enter('failed', { finishedAt: deps.clock.now().toISOString() });
  return { kind: 'done' };
}

async function succeed(deps: FlowDeps, run: ApplyRun): Promise<void> {
  const { environment, state, head, planned } = run;
  const { quarantine: _over, ...rest } = state;
  const intent = planned.plan.rollback;
  // One transaction: a row that succeeded while its commit counted as not settled would be deployed, and told, once more.
  await run.progress.enter('succeeded', { finishedAt: deps.clock.now().toISOString() }, async (tx) => {
    await tx.saveEnvironment(environment.key, { ...rest, settled: head, attempted: head });
    if (state.quarantine !== undefined) await sayQuarantineOver(tx, environment);
    if (intent?.kind === 'rollback-to' && intent.deployment !== undefined) {
      const own = run.progress.deployment().id;
      const undone = rolledBackBy(intent.deployment, await tx.deploymentsOf(environment.key, 200));
      for (const row of undone) {
        if (row.id !== own) await tx.updateDeployment('no-lease-needed', { ...row, rolledBack: true });
      }
    }
    const { branch, repository } = environment;
    await tx.enqueue({ job: { kind: 'branch', repository, branch } });
    // The issue about drift tells of what this has just put back, or not.
    if (state.drift !== '') {
      await tx.enqueue({ job: { kind: 'drift', repository, branch, environment: environment.spec.name } });
    }
  });
}
