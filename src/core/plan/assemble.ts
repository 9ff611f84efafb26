/** Observed and dry-run objects → the plan, as plain data. */
import { refOf, objectKey, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { Effect, EnvironmentPlan, PlannedChange } from '../../domain/plan.ts';
import { maskSecrets } from '../diff/mask.ts';
import { withoutNoise } from '../diff/normalise.ts';
import { unifiedDiff } from '../diff/text.ts';
import { classifyItem, type Classified } from './classify-item.ts';
import { consequencesOf, notRestarted } from './consequences.ts';
import { dangersOf, pruneConsequences } from './dangers.ts';
import { desiredDigest, planDigest } from './effects.ts';
import type { PlanInput, PlanItem, PruneItem } from './plan-input.ts';

const diffLimit = 100_000;

export function assemblePlan(input: PlanInput): EnvironmentPlan {
  const { environment, fingerprint } = input;
  const classified = input.items.map((item) => ({
    item,
    result: classifyItem(item, { environment, applySetId: input.applySetId, fingerprint, lineOf: input.lineOf }),
  }));
  const prunes = environment.spec.prune ? input.prunes : [];
  const changes = withConsequences(classified, input);
  const effects: readonly Effect[] = [
    ...classified.flatMap(({ result }) => result.effects),
    ...prunes.map((prune): Effect => ({ object: objectKey(refOf(prune.live)), action: 'prune' })),
  ];
  const resolved = input.items.map((item) => item.resolved);
  return {
    version: 1,
    environment: {
      key: environment.key,
      name: environment.spec.name,
      cluster: environment.spec.cluster,
      namespace: environment.spec.namespace,
    },
    clusterUid: input.identity.uid,
    serverVersion: input.identity.serverVersion,
    basis: input.basis,
    desiredDigest: desiredDigest(resolved, fingerprint),
    desiredCount: resolved.length,
    changes: [...prunes.map((prune) => pruneChange(prune, input)), ...changes.filter(isChange)],
    unchanged: classified.filter(({ result }) => result.change?.action === 'unchanged').map(({ result }) => result.key),
    ignored: ignoredCounts(classified, input),
    findings: [...input.findings, ...classified.flatMap(({ result }) => result.findings)],
    incomplete: [...input.incomplete, ...classified.flatMap(({ result }) => result.incomplete)],
    dangers: dangersOf(prunes, environment, resolved.length, input.inventorySize),
    effects,
    planDigest: planDigest(environment.key, input.identity.uid, effects),
    ...(input.rollback === undefined ? {} : { rollback: input.rollback }),
    observedAt: input.observedAt,
    cost: input.cost,
  };
}

function isChange(change: PlannedChange): boolean {
  return change.action !== 'unchanged';
}

function withConsequences(
  classified: readonly { readonly item: PlanItem; readonly result: Classified }[],
  input: PlanInput,
): readonly PlannedChange[] {
  const changes = classified.flatMap(({ item, result }) => {
    if (result.change === undefined || result.change.action === 'unchanged') return [];
    const found = consequencesOf(result.change, item.live, storedBy(item));
    return [{ ...result.change, consequences: [...result.change.consequences, ...found] }];
  });
  const declared = input.items.map((item) => item.resolved.desired.object);
  const stale = notRestarted(changes, declared);
  return changes.map((change) => ({ ...change, consequences: [...change.consequences, ...(stale.get(change) ?? [])] }));
}

function storedBy(item: PlanItem): KubernetesObject {
  return item.outcome.kind === 'applied' ? item.outcome.object : item.resolved.desired.object;
}

function pruneChange(prune: PruneItem, input: PlanInput): PlannedChange {
  return {
    ref: refOf(prune.live),
    action: 'prune',
    origin: prune.declaredBefore ? 'pull-request' : 'drift',
    fields: [],
    diff: unifiedDiff(maskSecrets(withoutNoise(prune.live), input.fingerprint), undefined, diffLimit),
    basis: 'server',
    warnings: [],
    takesOver: [],
    conflicts: [],
    consequences: pruneConsequences(prune),
  };
}

function ignoredCounts(
  classified: readonly { readonly result: Classified }[],
  input: PlanInput,
): EnvironmentPlan['ignored'] {
  const fields = classified.reduce((sum, { result }) => sum + result.ignored, 0);
  const kept = input.environment.spec.prune ? 0 : input.prunes.length;
  return [
    { what: 'fields left to others by the ignore rules', count: fields },
    { what: 'objects no longer declared that are kept because `prune` is off', count: kept },
    { what: 'objects applied before that somebody else owns now', count: input.forgotten.length },
  ].filter(({ count }) => count > 0);
}
