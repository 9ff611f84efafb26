/** One environment at one tree → its plan. Reads Git and the cluster, concludes in core; changes nothing. */
import { assemblePlan } from '../core/plan/assemble.ts';
import { isError } from '../core/report/plan-report.ts';
import { checkByDefinition } from '../core/validate/by-definition.ts';
import { classifyIntent } from '../core/rollback/classify-intent.ts';
import { desiredDigest } from '../core/plan/effects.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { DesiredObject } from '../domain/desired.ts';
import type { Environment } from '../domain/environment.ts';
import { objectKey, refOf } from '../domain/kubernetes.ts';
import type { EnvironmentPlan, PlanBasis } from '../domain/plan.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import type { DeclaredBefore } from './dry-run-item.ts';
import { observeEnvironment, type Observed } from './observe-environment.ts';
import { filesInCommon, renderEnvironment, type OpenTree } from './render-environment.ts';

export interface PlanRequest {
  readonly environment: Environment;
  readonly basis: PlanBasis;
  readonly tree: OpenTree;
  /** The tree before the change; absent = nothing is compared, every difference counts as the change's own. */
  readonly before?: OpenTree;
  /** Newest first, for recognising a rollback. */
  readonly deployments: readonly Deployment[];
  /** Titles, bodies and messages that came with the change. */
  readonly texts: readonly string[];
}

export interface PlannedEnvironment {
  readonly plan: EnvironmentPlan;
  readonly observed: Observed;
}

export async function planEnvironment(
  deps: Pick<FlowDeps, 'git' | 'renderer' | 'clusters' | 'clock' | 'fingerprint'>,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<PlannedEnvironment> {
  const { environment } = request;
  const started = deps.clock.now();
  const { reader } = mustGet(deps.clusters, environment.spec.cluster);
  const requestsBefore = reader.requests();
  const rendered = await renderEnvironment(deps, request.tree, environment, signal);
  const before = request.before && (await renderBefore(deps, request, request.before, signal));
  const seen = await observeEnvironment(
    reader,
    environment,
    rendered.objects,
    before,
    { fingerprint: deps.fingerprint, lineOf: rendered.lineOf },
    signal,
  );
  const resolved = seen.items.map((item) => item.resolved);
  const findings = [...rendered.findings, ...seen.findings, ...checkByDefinition(resolved, rendered.lineOf)];
  // What could not be read is not absent: with an error in the input nothing may look as if it were deleted.
  const prunes = findings.some(isError) ? [] : seen.prunes;
  const observed: Observed = { ...seen, findings, prunes };
  const digest = desiredDigest(resolved, deps.fingerprint);
  // Of a cluster that could not be looked at, what is desired there is not known in full either.
  const rollback =
    observed.incomplete.length > 0
      ? undefined
      : classifyIntent({ desiredDigest: digest, deployments: request.deployments, texts: request.texts });
  const plan = assemblePlan({
    environment,
    basis: request.basis,
    ...observed,
    ...(rollback === undefined || (rollback.kind === 'partial-revert' && findings.some(isError)) ? {} : { rollback }),
    fingerprint: deps.fingerprint,
    lineOf: rendered.lineOf,
    observedAt: started.toISOString(),
    cost: {
      milliseconds: deps.clock.now().getTime() - started.getTime(),
      requests: reader.requests() - requestsBefore,
    },
  });
  return { plan, observed };
}

/** What Git said before, of the files that differ. Only a readable earlier state can be compared with. */
async function renderBefore(
  deps: Pick<FlowDeps, 'git' | 'renderer'>,
  { tree, environment }: PlanRequest,
  before: OpenTree,
  signal: AbortSignal,
): Promise<DeclaredBefore> {
  const sameFiles = await filesInCommon(deps.git, before, tree, environment);
  const rendered = await renderEnvironment(deps, before, environment, signal, sameFiles);
  if (rendered.findings.some(isError)) return undefined;
  const objects = new Map(rendered.objects.map((one): [string, DesiredObject] => [objectKey(refOf(one.object)), one]));
  return { objects, sameFiles };
}
