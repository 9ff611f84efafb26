/** Judged objects → the plan, as plain data. */
import { refOf, objectKey } from '../../domain/kubernetes.ts';
import type { Consequence, Effect, EnvironmentPlan, PlannedChange } from '../../domain/plan.ts';
import { maskSecrets } from '../diff/mask.ts';
import { withoutNoise } from '../diff/normalise.ts';
import { unifiedDiff } from '../diff/text.ts';
import { dangersOf, leavingConsequences } from './dangers.ts';
import { dropsTraffic } from './drops-traffic.ts';
import { desiredDigest, planDigest } from './effects.ts';
import { notRestarted } from './not-restarted.ts';
import type { PlanInput, PruneItem } from './plan-input.ts';

const diffLimit = 100_000;

export function assemblePlan(input: PlanInput): EnvironmentPlan {
  const { environment, fingerprint } = input;
  const verdicts = input.items.map(({ verdict }) => verdict);
  const prunes = environment.spec.prune ? input.prunes : [];
  const changes = withReaders(input);
  const effects: readonly Effect[] = [
    ...verdicts.flatMap((verdict) => verdict.effects),
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
    changes: dangerousFirst([...prunes.map((prune) => pruneChange(prune, input)), ...changes]),
    unchanged: verdicts.filter(({ change }) => change?.action === 'unchanged').map(({ key }) => key),
    ignored: ignoredCounts(input),
    findings: [...input.findings, ...verdicts.flatMap((verdict) => verdict.findings)],
    incomplete: [...input.incomplete, ...verdicts.flatMap((verdict) => verdict.incomplete)],
    dangers: [...dangersOf(prunes, environment, resolved.length), ...verdicts.flatMap(({ dangers }) => dangers)],
    effects,
    planDigest: planDigest(environment.key, input.identity.uid, effects),
    ...(input.rollback === undefined ? {} : { rollback: input.rollback }),
    observedAt: input.observedAt,
    cost: input.cost,
  };
}

/** Deletions, then replacements, then the rest; each in apply order. */
function dangerousFirst(changes: readonly PlannedChange[]): readonly PlannedChange[] {
  const rank = ({ action }: PlannedChange) => (action === 'prune' ? 0 : action === 'replace' ? 1 : 2);
  return [...changes].sort((a, b) => rank(a) - rank(b));
}

/** Changes, and what workloads that read a changed ConfigMap or Secret do about it: only the whole plan knows. */
function withReaders(input: PlanInput): readonly PlannedChange[] {
  const changes = input.items.flatMap(({ verdict }) =>
    verdict.change === undefined || verdict.change.action === 'unchanged' ? [] : [verdict.change],
  );
  const declared = input.items.map((item) => item.resolved.desired.object);
  const stale = notRestarted(changes, declared);
  return changes.map((change) => {
    const traffic: readonly Consequence[] = dropsTraffic(change, declared) ? [{ code: 'drops-traffic' }] : [];
    return { ...change, consequences: [...change.consequences, ...traffic, ...(stale.get(change) ?? [])] };
  });
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
    consequences: leavingConsequences(prune),
  };
}

function ignoredCounts(input: PlanInput): EnvironmentPlan['ignored'] {
  const fields = input.items.reduce((sum, { verdict }) => sum + verdict.ignored, 0);
  const kept = input.environment.spec.prune ? 0 : input.prunes.length;
  return [
    { what: 'fields left to others by the ignore rules', count: fields },
    { what: 'objects no longer declared that are kept because `prune` is off', count: kept },
    { what: 'objects applied before that somebody else owns now', count: input.forgotten.length },
  ].filter(({ count }) => count > 0);
}
