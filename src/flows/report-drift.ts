/**
 * Looks for drift in one settled environment and tells it in one place: an issue for each environment, edited, closed when gone.
 * It heals only where the environment says so, and never what nobody deployed.
 */
import { createHash } from 'node:crypto';

import { unfitPlan } from '../core/gate/decide.ts';
import { driftBody, driftKey, driftOver, driftTitle } from '../core/report/topic-issues.ts';
import type { EnvironmentLease } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import type { Sha } from '../domain/forge.ts';
import type { EnvironmentPlan } from '../domain/plan.ts';
import type { EnvironmentState, JobResult } from '../ports/store.ts';
import { applyDeployment } from './apply-deployment.ts';
import { leaseSeconds, type DeployInput } from './deploy-environment.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import { loadEnvironments } from './load-environments.ts';
import { planEnvironment, type PlannedEnvironment } from './plan-environment.ts';
import { openTree, type OpenTree } from './render-environment.ts';

const done: JobResult = { kind: 'done' };

export async function reportDrift(deps: FlowDeps, input: DeployInput, signal: AbortSignal): Promise<JobResult> {
  const key = `${input.repository.forge}/${input.repository.id}/${input.environment}`;
  const state = await deps.store.transaction((tx) => tx.environment(key));
  // Drift is a difference from what was deployed; before that, and while commits wait, the plan tells.
  if (state.settled === undefined || state.quarantine !== undefined || state.attempted !== state.settled) return done;
  const [newest] = await deps.store.transaction((tx) => tx.deploymentsOf(key, 1));
  if (newest === undefined || (newest.state !== 'succeeded' && newest.state !== 'superseded')) return done;
  const settled = await atSettled(deps, input, state.settled);
  if (settled === undefined) return done;
  const request = {
    environment: settled.environment,
    basis: { base: state.settled, head: state.settled, tree: settled.tree.tree },
    tree: settled.tree,
    before: settled.tree,
    deployments: [],
    texts: [],
  };
  const planned = await planEnvironment(deps, request, signal);
  if (unfitPlan(planned.plan)?.kind === 'hold' && planned.plan.effects.length === 0) return done;
  const { dangers, effects } = planned.plan;
  const mayHeal = dangers.length === 0 && unfitPlan(planned.plan) === undefined;
  const heals = settled.environment.spec.drift === 'heal' && mayHeal;
  const told = await record(deps, settled.environment, state, planned.plan, heals);
  if (!heals || effects.length === 0) return done;
  return heal(deps, settled, told, planned, signal);
}

async function atSettled(
  deps: FlowDeps,
  input: DeployInput,
  settled: Sha,
): Promise<{ readonly environment: Environment; readonly tree: OpenTree } | undefined> {
  const tree = await openTree(deps.git, input.repository, await deps.git.treeOf(input.repository, settled));
  const { environments } = await loadEnvironments(deps, input.repository, input.branch, tree);
  const environment = environments.find(({ spec }) => spec.name === input.environment);
  return environment === undefined ? undefined : { environment, tree };
}

/** The environment's state with what was told: the heal that follows must not take it back. */
async function record(
  deps: FlowDeps,
  environment: Environment,
  state: EnvironmentState,
  plan: EnvironmentPlan,
  heals: boolean,
): Promise<EnvironmentState> {
  const { repository, branch, spec } = environment;
  const differs = plan.effects.length > 0;
  const body = differs
    ? driftBody(plan, branch, heals, mustGet(deps.forges, repository.forge).words)
    : driftOver(spec.name, branch);
  const digest = differs ? createHash('sha256').update(body).digest('hex') : '';
  if (digest === state.drift) return state;
  return deps.store.transaction(async (tx) => {
    // Read again: a deployment may have gone by meanwhile, and its state must not be overwritten.
    const now = await tx.environment(environment.key);
    if (now.settled !== state.settled) return now;
    const told = { ...now, drift: digest };
    await tx.saveEnvironment(environment.key, told);
    await tx.say({
      kind: 'comment',
      forge: repository.forge,
      thread: {
        kind: 'topic',
        repository,
        title: driftTitle(spec.name, branch),
        state: differs ? 'open' : 'closed',
      },
      key: driftKey(spec.name),
      body,
    });
    return told;
  });
}

async function heal(
  deps: FlowDeps,
  settled: { readonly environment: Environment; readonly tree: OpenTree },
  state: EnvironmentState,
  planned: PlannedEnvironment,
  signal: AbortSignal,
): Promise<JobResult> {
  const { environment, tree } = settled;
  if (state.settled === undefined) return done;
  const lease: EnvironmentLease | { readonly heldBy: string } = await deps.store.acquireLease(
    environment.key,
    deps.worker,
    leaseSeconds,
  );
  if ('heldBy' in lease) return done;
  try {
    const deployments = await deps.store.transaction((tx) => tx.deploymentsOf(environment.key, 50));
    return await applyDeployment(
      deps,
      {
        environment,
        state,
        head: state.settled,
        tree: tree.tree,
        lease,
        decision: { kind: 'proceed', because: 'heal' },
        planned,
        pullRequests: [],
        mergedBy: new Map(),
        deployments,
      },
      signal,
    );
  } finally {
    await deps.store.releaseLease(lease);
  }
}
