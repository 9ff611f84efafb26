/** The writing half of a deployment: inventory first, then stage by stage. Only objects that differ are written. */
import type { JudgedItem } from '../core/plan/plan-input.ts';
import { stageOf, stagesOf } from '../core/plan/stages.ts';
import { computeReadiness } from '../core/readiness/compute-readiness.ts';
import type { InventoryEntry } from '../domain/inventory.ts';
import { displayName, objectKey, refOf, type ResourceType } from '../domain/kubernetes.ts';
import type { ApplyOutcome } from '../ports/cluster.ts';
import type { ApplyRun } from './apply-deployment.ts';
import type { FlowDeps } from './deps.ts';
import { mapLimited } from './map-limited.ts';
import { inventoryRefOf } from './observe-environment.ts';
import type { PlannedEnvironment } from './plan-environment.ts';

export type StageOutcome =
  | {
      readonly kind: 'applied';
      /** Every declared object with the uid it has now. */
      readonly entries: readonly InventoryEntry[];
      readonly inventoryWritten: boolean;
    }
  | { readonly kind: 'failed' }
  /** The cluster did not answer: tried again from here. */
  | { readonly kind: 'interrupted'; readonly detail: string };

const writesAtOnce = 8;
const establishSeconds = 60;
const pollMilliseconds = 250;

/** Whether the object must be written: it changes, or it does not carry our mark yet. */
export function needsWrite(item: JudgedItem, planned: PlannedEnvironment): boolean {
  const key = objectKey(refOf(item.resolved.desired.object));
  if (planned.plan.changes.some((change) => objectKey(change.ref) === key)) return true;
  return item.live?.ours !== true;
}

export async function applyStages(deps: FlowDeps, run: ApplyRun): Promise<StageOutcome> {
  const { planned, progress } = run;
  const { items } = planned.observed;
  const uids = new Map(items.map((item) => [keyOf(item), item.live?.uid ?? '']));
  const writing = items.filter((item) => needsWrite(item, planned));
  const home = writing.filter((item) => isHomeNamespace(item, run) && item.live === undefined);
  // The inventory lives in the environment's namespace: where that comes with the plan it has to be there first.
  const first = await writeAll(deps, home, run, uids, new Map());
  if (first !== undefined) return first;
  const inventoryWritten = await announce(run, items);
  if (typeof inventoryWritten === 'object') return inventoryWritten;
  const stages = stagesOf(
    writing.filter((item) => !home.includes(item)),
    (item) => item.resolved.desired.object,
  );
  let types: ReadonlyMap<string, ResourceType> = new Map();
  for (const [index, stage] of stages.entries()) {
    await progress.enter('applying', { stage: index });
    const stopped = await writeAll(deps, stage, run, uids, types);
    if (stopped !== undefined) return stopped;
    if (stage.some((item) => stageOf(item.resolved.desired.object) === 0)) {
      const unready = await waitEstablished(deps, run, stage);
      if (unready !== undefined) return unready;
      types = await servedNow(run);
    }
  }
  const entries = items.map((item) => ({ ref: refOf(item.resolved.desired.object), uid: uids.get(keyOf(item)) ?? '' }));
  return { kind: 'applied', entries, inventoryWritten };
}

function keyOf(item: JudgedItem): string {
  return objectKey(refOf(item.resolved.desired.object));
}

function isHomeNamespace(item: JudgedItem, run: ApplyRun): boolean {
  const { kind, metadata } = item.resolved.desired.object;
  return kind === 'Namespace' && metadata.name === run.environment.spec.namespace;
}

/** inventory := old ∪ new, before the first write. True when it had to be written. */
async function announce(run: ApplyRun, items: readonly JudgedItem[]): Promise<boolean | StageOutcome> {
  const { planned, cluster, lease, environment, signal } = run;
  const { inventory, applySetId } = planned.observed;
  const old = new Map((inventory?.entries ?? []).map((entry) => [objectKey(entry.ref), entry]));
  const added = items.filter((item) => !old.has(keyOf(item)));
  if (inventory?.exists === true && added.length === 0) return false;
  const entries = [
    ...old.values(),
    ...added.map((item) => ({ ref: refOf(item.resolved.desired.object), uid: item.live?.uid ?? '' })),
  ];
  const union = { applySetId, entries, exists: true };
  const outcome = await cluster.writer.writeInventory(lease, inventoryRefOf(environment), union, signal);
  if (outcome.kind === 'written') return true;
  if (outcome.kind === 'unavailable') return { kind: 'interrupted', detail: outcome.because.detail };
  const parent = { group: '', version: 'v1', kind: 'ConfigMap', ...inventoryRefOf(environment) };
  run.progress.note(parent, { result: 'failed', detail: `the inventory could not be written: ${outcome.detail}` });
  return { kind: 'failed' };
}

/** Writes objects side by side, kind by kind. `undefined` = all went well. */
async function writeAll(
  deps: FlowDeps,
  stage: readonly JudgedItem[],
  run: ApplyRun,
  uids: Map<string, string>,
  types: ReadonlyMap<string, ResourceType>,
): Promise<StageOutcome | undefined> {
  let failed = false;
  let down: string | undefined;
  for (const group of byKind(stage)) {
    await mapLimited(group, writesAtOnce, async (item) => {
      const ref = refOf(item.resolved.desired.object);
      const outcome = await writeOne(deps, item, run, types);
      if (outcome.kind === 'applied') {
        uids.set(objectKey(ref), outcome.object.metadata.uid ?? '');
        const replaced = run.planned.plan.changes.some(
          ({ action, ref: one }) => action === 'replace' && objectKey(one) === objectKey(ref),
        );
        run.progress.note(ref, { result: replaced ? 'replaced' : outcome.created ? 'created' : 'changed' });
      } else if (outcome.kind === 'unavailable') {
        down = outcome.because.detail;
        run.progress.note(ref, { result: 'failed', detail: outcome.because.detail });
      } else {
        failed = true;
        run.progress.note(ref, { result: 'failed', detail: refusalOf(outcome) });
      }
      await run.progress.tick();
    });
  }
  if (failed) return { kind: 'failed' };
  return down === undefined ? undefined : { kind: 'interrupted', detail: down };
}

function refusalOf(outcome: Exclude<ApplyOutcome, { kind: 'applied' | 'unavailable' }>): string {
  if (outcome.kind !== 'conflict') return outcome.detail;
  return outcome.conflicts.map(({ manager, fields }) => `${manager} holds ${fields.join(', ')}`).join('; ');
}

function byKind(stage: readonly JudgedItem[]): readonly (readonly JudgedItem[])[] {
  const groups: JudgedItem[][] = [];
  for (const item of stage) {
    const last = groups.at(-1);
    if (last?.[0]?.resolved.desired.object.kind === item.resolved.desired.object.kind) last.push(item);
    else groups.push([item]);
  }
  return groups;
}

async function writeOne(
  deps: FlowDeps,
  item: JudgedItem,
  run: ApplyRun,
  types: ReadonlyMap<string, ResourceType>,
): Promise<ApplyOutcome> {
  const { cluster, lease, signal, planned } = run;
  const { desired } = item.resolved;
  const type = types.get(typeKey(desired.object.apiVersion, desired.object.kind)) ?? item.resolved.type;
  const change = planned.plan.changes.find((one) => objectKey(one.ref) === keyOf(item));
  const uid = item.live?.uid;
  if (change?.action === 'replace' && uid !== undefined) {
    const ref = { ref: refOf(desired.object), type };
    const deleted = await cluster.writer.delete(lease, ref, uid, signal);
    if (deleted.kind === 'unavailable') return deleted;
    if (deleted.kind === 'denied') return deleted;
    const gone = await waitGone(deps, run, ref);
    if (!gone) return { kind: 'terminating', detail: 'it was told to go to be created anew, and is still there' };
  }
  return cluster.writer.apply(lease, item.toApply, { type, force: item.takenFrom.length > 0 }, signal);
}

async function waitGone(
  deps: FlowDeps,
  run: ApplyRun,
  ref: { ref: ReturnType<typeof refOf>; type: ResourceType },
): Promise<boolean> {
  for (let waited = 0; waited < establishSeconds * 1000; waited += pollMilliseconds) {
    const seen = await run.cluster.reader.observe([ref], run.signal);
    if (seen.unread.length === 0 && !seen.objects.has(objectKey(ref.ref))) return true;
    await deps.clock.sleep(pollMilliseconds, run.signal);
  }
  return false;
}

/** Definitions and namespaces must be established before anything that needs them. */
async function waitEstablished(
  deps: FlowDeps,
  run: ApplyRun,
  stage: readonly JudgedItem[],
): Promise<StageOutcome | undefined> {
  const waiting = stage.filter(({ resolved }) =>
    ['CustomResourceDefinition', 'Namespace'].includes(resolved.desired.object.kind),
  );
  const until = deps.clock.now().getTime() + establishSeconds * 1000;
  // One after the other: definitions are large, and all of them at once would be read again and again.
  for (const { resolved } of waiting) {
    const target = { ref: refOf(resolved.desired.object), type: resolved.type };
    for (;;) {
      const seen = await run.cluster.reader.observe([target], run.signal);
      const object = seen.objects.get(objectKey(target.ref));
      if (object !== undefined && computeReadiness(object).state === 'ready') break;
      if (deps.clock.now().getTime() > until) {
        const unread = seen.unread[0];
        if (unread !== undefined) return { kind: 'interrupted', detail: unread.because.detail };
        const detail = `${displayName(target.ref)}: not established after ${establishSeconds} s`;
        run.progress.note(target.ref, { readiness: 'waiting', detail });
        return { kind: 'failed' };
      }
      await run.progress.tick();
      await deps.clock.sleep(pollMilliseconds, run.signal);
    }
    run.progress.note(target.ref, { readiness: 'ready', detail: '' });
  }
  return undefined;
}

/** Discovery anew: kinds whose definition was just applied are served now. */
async function servedNow(run: ApplyRun): Promise<ReadonlyMap<string, ResourceType>> {
  const discovery = await run.cluster.reader.discover(run.signal, { fresh: true });
  if (!discovery.known) return new Map();
  return new Map(
    discovery.value.types.map((type) => [
      typeKey(type.group === '' ? type.version : `${type.group}/${type.version}`, type.kind),
      type,
    ]),
  );
}

function typeKey(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}
