/** Asks the server what it would store for one declared object, and for what Git said before. Stores nothing. */
import { marked, withOthersFields } from '../core/plan/marks.ts';
import { withDefaultsToCome } from '../core/plan/definition-defaults.ts';
import { isProvenNoop } from '../core/plan/proven-noop.ts';
import type { ClassifyContext } from '../core/plan/classify-item.ts';
import { judgeItem } from '../core/plan/judge-item.ts';
import type { BeforeChange, DryRun, JudgedItem, PlanItem } from '../core/plan/plan-input.ts';
import type { DesiredObject, ResolvedObject } from '../domain/desired.ts';
import type { Environment } from '../domain/environment.ts';
import { objectKey, refOf, type KubernetesObject } from '../domain/kubernetes.ts';
import type { ApplyOutcome, ClusterReader } from '../ports/cluster.ts';

/** What Git said before the change; `undefined` = not compared. */
export type DeclaredBefore =
  | {
      /** Objects of the files that the change touches, by key. */
      readonly objects: ReadonlyMap<string, DesiredObject>;
      /** Files that are the same before and after, and so is what they declare. */
      readonly sameFiles: ReadonlySet<string>;
    }
  | undefined;

/** Exists in every cluster: where objects are tried out whose own namespace comes with the same plan. */
const standInNamespace = 'default';

export interface DryRunContext extends ClassifyContext {
  readonly reader: ClusterReader;
  readonly before: DeclaredBefore;
  /** Namespaces that the environment declares. */
  readonly namespaces: ReadonlySet<string>;
  /** CustomResourceDefinitions that the environment declares. */
  readonly definitions: readonly KubernetesObject[];
  readonly signal: AbortSignal;
}

/** Judged on the spot, so that neither the live object nor the answers are kept. */
export async function dryRunItem(
  resolved: ResolvedObject,
  live: KubernetesObject | undefined,
  context: DryRunContext,
): Promise<JudgedItem> {
  const { object } = resolved.desired;
  const sent = marked(withOthersFields(object, live, context.environment.spec.ignore), context.applySetId);
  if (live !== undefined && isProvenNoop(sent, live)) {
    const outcome = { kind: 'applied' as const, object: live, created: false, warnings: [] };
    const before = { kind: 'same' as const };
    return judgeItem(underDefinitionsToCome({ resolved, live, outcome, takenFrom: [], before }, context), context);
  }
  const tried = await dryRunObject(sent, resolved, context);
  const before = await beforeOf(objectKey(refOf(object)), resolved, live, context);
  return judgeItem(underDefinitionsToCome({ resolved, live, ...tried, before }, context), context);
}

/**
 * The item with what the definitions declared beside it will fill in. Where Git says the same of the object as before, what the server answered
 * without them is what was so before: the rest comes with the definition.
 */
function underDefinitionsToCome(item: PlanItem, { definitions }: DryRunContext): PlanItem {
  const { outcome, before, resolved } = item;
  if (outcome.kind !== 'applied') return item;
  const object = withDefaultsToCome(outcome.object, definitions);
  if (object === outcome.object) return item;
  const then: BeforeChange = before.kind === 'same' ? { kind: 'differs', desired: resolved.desired, outcome } : before;
  return { ...item, outcome: { ...outcome, object }, before: then };
}

async function dryRunObject(
  object: KubernetesObject,
  resolved: ResolvedObject,
  context: DryRunContext,
): Promise<{ readonly outcome: DryRun; readonly takenFrom: readonly string[] }> {
  if (resolved.declaredByCrd) return { outcome: { kind: 'declared-only' }, takenFrom: [] };
  const { reader, signal, environment } = context;
  const options = { type: resolved.type, force: false };
  const first = await reader.dryRunApply(object, options, signal);
  if (first.kind === 'namespace-missing' && context.namespaces.has(object.metadata.namespace ?? '')) {
    const elsewhere = { ...object, metadata: { ...object.metadata, namespace: standInNamespace } };
    const checked = await reader.dryRunApply(elsewhere, { ...options, force: true }, signal);
    return { outcome: isRefusal(checked) ? checked : { kind: 'declared-only' }, takenFrom: [] };
  }
  if (first.kind !== 'conflict') return { outcome: first, takenFrom: [] };
  const managers = first.conflicts.map(({ manager }) => manager);
  if (managers.length === 0 || !managers.every((manager) => mayTakeFrom(manager, environment))) {
    return { outcome: first, takenFrom: [] };
  }
  return { outcome: await reader.dryRunApply(object, { ...options, force: true }, signal), takenFrom: managers };
}

/** The server refuses the object itself, whatever namespace it is tried in. */
function isRefusal(outcome: ApplyOutcome): boolean {
  return outcome.kind === 'invalid' || outcome.kind === 'denied' || outcome.kind === 'unavailable';
}

/** Managers of people at a keyboard, and those the environment names. */
function mayTakeFrom(manager: string, environment: Environment): boolean {
  return (
    manager.startsWith('kubectl') || manager === 'before-first-apply' || environment.spec.takeOver.includes(manager)
  );
}

async function beforeOf(
  key: string,
  resolved: ResolvedObject,
  live: KubernetesObject | undefined,
  context: DryRunContext,
): Promise<BeforeChange> {
  if (context.before === undefined) return { kind: 'not-compared' };
  if (context.before.sameFiles.has(resolved.desired.source.file)) return { kind: 'same' };
  const desired = context.before.objects.get(key);
  if (desired === undefined) return { kind: 'absent' };
  if (JSON.stringify(desired.object) === JSON.stringify(resolved.desired.object)) return { kind: 'same' };
  if (live === undefined || resolved.declaredByCrd) return { kind: 'differs', desired };
  const outcome = await context.reader.dryRunApply(
    marked(desired.object, context.applySetId),
    { type: resolved.type, force: true },
    context.signal,
  );
  return { kind: 'differs', desired, outcome };
}
