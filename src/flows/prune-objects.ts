/** Deletes what is no longer declared: only after every stage succeeded, in reverse order, each by the uid we recorded. */
import { stagesOf } from '../core/plan/stages.ts';
import type { PruneItem } from '../core/plan/plan-input.ts';
import type { InventoryEntry } from '../domain/inventory.ts';
import { objectKey, refOf } from '../domain/kubernetes.ts';
import type { ObservedRef } from '../ports/cluster.ts';
import type { ApplyRun } from './apply-deployment.ts';
import type { FlowDeps } from './deps.ts';
import { mapLimited } from './map-limited.ts';
import { unreadBecause } from './wait-until-ready.ts';

export type PruneOutcome =
  | { readonly kind: 'pruned'; readonly remaining: readonly InventoryEntry[] }
  | { readonly kind: 'failed'; readonly remaining: readonly InventoryEntry[] }
  | { readonly kind: 'interrupted'; readonly detail: string };

const deletesAtOnce = 8;
const goneSeconds = 60;
const pollMilliseconds = 250;

export async function pruneObjects(deps: FlowDeps, run: ApplyRun): Promise<PruneOutcome> {
  const { planned, environment, progress } = run;
  const keptBack = environment.spec.prune ? [] : planned.observed.prunes.map(({ entry }) => entry);
  const going = environment.spec.prune ? planned.observed.prunes : [];
  const served = await run.cluster.reader.discover(run.signal);
  if (!served.known) return { kind: 'interrupted', detail: served.detail };
  const typed = going.flatMap((item) => {
    const ref = refOf(item.live);
    const type = served.value.types.find(
      ({ group, kind, version }) => group === ref.group && kind === ref.kind && version === ref.version,
    );
    return type === undefined ? [] : [{ item, target: { ref, type } }];
  });
  const failed: InventoryEntry[] = [];
  let down: string | undefined;
  for (const stage of [...stagesOf(typed, ({ item }) => item.live)].reverse()) {
    await mapLimited([...stage].reverse(), deletesAtOnce, async ({ item, target }) => {
      const result = await deleteOne(deps, run, item, target);
      if (typeof result === 'object') down = `${target.ref.kind} ${target.ref.name}: ${result.down}`;
      if (result === 'failed') failed.push(item.entry);
      await progress.tick();
    });
    if (down !== undefined) return { kind: 'interrupted', detail: down };
  }
  const remaining = [...keptBack, ...failed];
  return failed.length > 0 ? { kind: 'failed', remaining } : { kind: 'pruned', remaining };
}

async function deleteOne(
  deps: FlowDeps,
  run: ApplyRun,
  item: PruneItem,
  target: ObservedRef,
): Promise<'deleted' | 'failed' | { readonly down: string }> {
  const outcome = await run.cluster.writer.delete(run.lease, target, item.live.metadata.uid ?? '', run.signal);
  switch (outcome.kind) {
    case 'unavailable':
      return { down: outcome.because.detail };
    case 'gone':
    case 'not-ours':
      return 'deleted';
    case 'denied':
      run.progress.note(target.ref, { result: 'failed', detail: outcome.detail });
      return 'failed';
    case 'deleted':
      run.progress.note(target.ref, { result: 'deleted' });
      return untilGone(deps, run, target, item.live.metadata.uid);
  }
}

/** A finalizer may keep an object for ever: waited for, then said, and it stays in the inventory. */
function stuck(run: ApplyRun, target: ObservedRef): 'failed' {
  const detail = `was told to go and is still there after ${goneSeconds} s: a finalizer holds it`;
  run.progress.note(target.ref, { result: 'failed', detail });
  return 'failed';
}

async function untilGone(
  deps: FlowDeps,
  run: ApplyRun,
  target: ObservedRef,
  uid: string | undefined,
): Promise<'deleted' | 'failed' | { readonly down: string }> {
  const until = deps.clock.now().getTime() + goneSeconds * 1000;
  for (;;) {
    const seen = await run.cluster.reader.observe([target], run.signal);
    const there = seen.objects.get(objectKey(target.ref));
    const unread = unreadBecause(seen, target);
    if (unread === undefined && there?.metadata.uid !== uid) return 'deleted';
    if (deps.clock.now().getTime() > until) return unread === undefined ? stuck(run, target) : { down: unread };
    await run.progress.tick();
    await deps.clock.sleep(pollMilliseconds, run.signal);
  }
}
