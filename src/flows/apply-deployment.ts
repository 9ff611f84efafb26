/**
 * A decided deployment → the cluster. In this order, each step recorded before the next: inventory := old ∪ new before the first write,
 * stages, readiness, prune old − new only if every stage succeeded, inventory := actual. Every step may run twice.
 */
import { rolledBackBy } from '../core/rollback/classify-intent.ts';
import type { Decision, Deployment, EnvironmentLease, ObjectResult } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import type { Sha } from '../domain/forge.ts';
import type { InventoryEntry } from '../domain/inventory.ts';
import { objectKey, refOf } from '../domain/kubernetes.ts';
import type { EnvironmentState, JobResult } from '../ports/store.ts';
import { applyStages, needsWrite, type StageOutcome } from './apply-stages.ts';
import type { DeployFacts } from './deploy-environment.ts';
import { trackProgress, type Progress } from './deployment-progress.ts';
import { mustGet, type ClusterAccess, type FlowDeps } from './deps.ts';
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

/** An apply that meets an unreachable cluster is tried again this long after it began, then it has failed. */
const triedForSeconds = 600;
/** At the longest: half an apply is not left alone for as long as one that has not begun. */
const retrySeconds = 15;

export async function applyDeployment(deps: FlowDeps, input: ApplyInput, signal: AbortSignal): Promise<JobResult> {
  const cluster = mustGet(deps.clusters, input.environment.spec.cluster);
  const deployment = await begin(deps, input);
  const progress = trackProgress(deps, input.environment, input.lease, deployment, input.mergedBy);
  const run: ApplyRun = { ...input, cluster, progress, signal };
  const applied = await applyStages(deps, run);
  if (applied.kind === 'interrupted') return interrupted(deps, run, applied.detail);
  if (applied.kind === 'failed') return fail(deps, run);
  await progress.enter('waiting');
  const ready = await waitUntilReady(deps, run);
  if (!ready) return fail(deps, run);
  await progress.enter('pruning');
  const pruned = await pruneObjects(deps, run);
  if (pruned.kind === 'interrupted') return interrupted(deps, run, pruned.detail);
  const written = await writeActualInventory(run, applied, pruned.remaining);
  if (written !== undefined) return interrupted(deps, run, written);
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
    await supersedeWaiting(deps, tx, input, head);
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
    if (newest === undefined || newest.commit !== head || !isUnfinished(newest)) return tx.createDeployment(row);
    const resumed: Deployment = {
      ...row,
      id: newest.id,
      createdAt: newest.createdAt,
      results: carriedOver(newest, results),
    };
    await tx.updateDeployment(input.lease, resumed);
    return resumed;
  });
}

function isUnfinished({ state }: Deployment): boolean {
  return state === 'applying' || state === 'waiting' || state === 'pruning';
}

/**
 * What was done before the interruption stays told. An object not noted as done then but as it should be now was written just
 * before the process died.
 */
function carriedOver(before: Deployment, now: readonly ObjectResult[]): readonly ObjectResult[] {
  const noted = new Map(before.results.map((result) => [objectKey(result.ref), result]));
  const keys = new Set(now.map(({ ref }) => objectKey(ref)));
  const kept = now.map((result): ObjectResult => {
    const earlier = noted.get(objectKey(result.ref));
    if (result.result !== 'same' || earlier === undefined) return result;
    return earlier.result === 'not-tried' ? { ...result, result: 'changed' } : earlier;
  });
  return [...kept, ...before.results.filter(({ ref, result }) => result === 'deleted' && !keys.has(objectKey(ref)))];
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

async function interrupted(deps: FlowDeps, run: ApplyRun, detail: string): Promise<JobResult> {
  const age = deps.clock.now().getTime() - Date.parse(run.progress.deployment().createdAt);
  if (age < triedForSeconds * 1000) {
    return { kind: 'again', afterSeconds: Math.min(retrySeconds, deps.retrySeconds), why: detail };
  }
  return fail(deps, run);
}

async function fail(deps: FlowDeps, run: ApplyRun): Promise<JobResult> {
  await run.progress.enter('failed', { finishedAt: deps.clock.now().toISOString() });
  return { kind: 'done' };
}

async function succeed(deps: FlowDeps, run: ApplyRun): Promise<void> {
  const { environment, state, head, planned } = run;
  await run.progress.enter('succeeded', { finishedAt: deps.clock.now().toISOString() });
  const { quarantine: _over, ...rest } = state;
  const intent = planned.plan.rollback;
  await deps.store.transaction(async (tx) => {
    await tx.saveEnvironment(environment.key, { ...rest, settled: head, attempted: head });
    if (state.quarantine !== undefined) await sayQuarantineOver(tx, environment);
    if (intent?.kind === 'rollback-to' && intent.deployment !== undefined) {
      const own = run.progress.deployment().id;
      const undone = rolledBackBy(intent.deployment, await tx.deploymentsOf(environment.key, 200));
      for (const row of undone) {
        if (row.id !== own) await tx.updateDeployment('no-lease-needed', { ...row, rolledBack: true });
      }
    }
  });
  await deps.store.transaction((tx) =>
    tx.enqueue({ job: { kind: 'branch', repository: environment.repository, branch: environment.branch } }),
  );
}
