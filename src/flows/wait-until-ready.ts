/** Waits until what was deployed works, and says why when it does not. Every wait has a deadline and names what it waits for. */
import { computeReadiness, type Readiness } from '../core/readiness/compute-readiness.ts';
import { podTrouble, type PodTrouble } from '../core/readiness/pod-trouble.ts';
import { stillServing } from '../core/readiness/still-serving.ts';
import { objectKey, refOf, type KubernetesObject, type ObjectRef } from '../domain/kubernetes.ts';
import type { Observation, ObservedRef } from '../ports/cluster.ts';
import type { ApplyRun } from './apply-deployment.ts';
import type { FlowDeps } from './deps.ts';

const pollMilliseconds = 500;
/** A pod that cannot start may still recover at once (a registry hiccup); after this long it is told as failed. */
const troubleSeconds = 10;
/** What cannot get better by waiting is looked at again once, in case the cluster was only a moment behind. */
const certainSeconds = 1;
const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job']);

export type ReadyOutcome =
  /** Everything is ready, or has nothing to be ready by. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed' }
  /** When time was up the cluster did not answer: whether it is ready is not known. */
  | { readonly kind: 'interrupted'; readonly detail: string };

/** The results are noted on the deployment. */
export async function waitUntilReady(deps: FlowDeps, run: ApplyRun): Promise<ReadyOutcome> {
  const began = deps.clock.now().getTime();
  const deadline = began + run.environment.spec.readyTimeout * 1000;
  const troubleSince = new Map<string, number>();
  let waiting = waitedFor(run);
  let failed = false;
  while (waiting.length > 0) {
    const seen = await run.cluster.reader.observe(waiting, run.signal);
    const still: ObservedRef[] = [];
    for (const target of waiting) {
      const key = objectKey(target.ref);
      const unread = unreadBecause(seen, target);
      if (unread !== undefined) {
        run.progress.note(target.ref, { readiness: 'waiting', detail: `could not be looked at: ${unread}` });
        still.push(target);
        continue;
      }
      const object = seen.objects.get(key);
      const state = object === undefined ? undefined : computeReadiness(object);
      if (state?.state === 'ready' || state?.state === 'assumed') {
        run.progress.note(target.ref, { readiness: state.state, detail: state.detail });
        continue;
      }
      const trouble = object === undefined ? undefined : await troubleOf(deps, run, object);
      const since = trouble === undefined ? undefined : (troubleSince.get(key) ?? deps.clock.now().getTime());
      if (since === undefined) troubleSince.delete(key);
      else troubleSince.set(key, since);
      const lasted = since === undefined ? 0 : (deps.clock.now().getTime() - since) / 1000;
      const patience = trouble?.certain === true ? certainSeconds : troubleSeconds;
      const detail = detailOf(object, state, trouble);
      if (state?.state === 'failed' || (trouble !== undefined && lasted >= patience)) {
        run.progress.note(target.ref, { readiness: 'failed', detail });
        failed = true;
        continue;
      }
      run.progress.note(target.ref, { readiness: 'waiting', detail });
      still.push(target);
    }
    waiting = still;
    if (waiting.length === 0 || failed) break;
    if (deps.clock.now().getTime() > deadline) {
      const unread = seen.unread[0];
      return unread === undefined ? { kind: 'failed' } : { kind: 'interrupted', detail: unread.because.detail };
    }
    await run.progress.tick();
    await deps.clock.sleep(pollMilliseconds, run.signal);
  }
  return { kind: failed ? 'failed' : 'ready' };
}

/** Why the object could not be read, which is not the same as that it is not there. */
export function unreadBecause(seen: Observation, { ref, type }: ObservedRef): string | undefined {
  const same = seen.unread.find(
    (one) => one.type.group === type.group && one.type.kind === type.kind && one.namespace === ref.namespace,
  );
  return same?.because.detail;
}

/** Objects that this deployment wrote, and workloads that were already as declared: both must work for it to have succeeded. */
function waitedFor(run: ApplyRun): readonly ObservedRef[] {
  const written = new Set(
    run.progress
      .deployment()
      .results.filter(({ result, ref, readiness }) => {
        // Definitions were waited for before anything that needs them, unless a restart came between.
        const established = ref.kind === 'CustomResourceDefinition' && readiness === 'ready';
        return result !== 'same' && !established;
      })
      .map(({ ref }) => objectKey(ref)),
  );
  return run.planned.observed.items
    .map(({ resolved }): ObservedRef => ({ ref: refOf(resolved.desired.object), type: resolved.type }))
    .filter(({ ref }) => written.has(objectKey(ref)));
}

/** `1 of 3 pods are updated; checkout-7d9f: cannot pull …; 3 pods still serve`. */
function detailOf(
  object: KubernetesObject | undefined,
  state: Readiness | undefined,
  trouble: PodTrouble | undefined,
): string {
  if (object === undefined) return 'is not there';
  const serving = trouble === undefined ? 0 : stillServing(object);
  const parts = [
    state?.detail ?? '',
    trouble === undefined ? '' : `${trouble.pod}: ${trouble.detail}`,
    serving === 0 ? '' : `${serving} ${serving === 1 ? 'pod still serves' : 'pods still serve'}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

async function troubleOf(deps: FlowDeps, run: ApplyRun, object: KubernetesObject): Promise<PodTrouble | undefined> {
  if (!workloads.has(object.kind)) return undefined;
  const ref: ObjectRef = refOf(object);
  const related = await run.cluster.reader.related(ref, run.signal);
  if (!related.known) return undefined;
  const now = deps.clock.now().getTime();
  return podTrouble(related.value.pods, (time) => (now - Date.parse(time)) / 1000);
}
