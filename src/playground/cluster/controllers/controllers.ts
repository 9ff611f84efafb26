/**
 * Runs the small controllers: after every change, and while something is under way, each looks at all its objects once and takes the
 * next step. They write through the same verbs as a client, as kube-controller-manager does.
 */
import type { Cluster } from '../store-object.ts';
import type { Registry } from '../registry.ts';
import { bindClaims, serveLoadBalancers } from './claims.ts';
import { establishDefinitions, reportAggregatedGroups, watchAggregatedGroups } from './definitions.ts';
import { reconcileDeployments } from './deployments.ts';
import { collectGarbage } from './garbage.ts';
import { reconcileJobs } from './jobs.ts';
import { emptyNamespaces } from './namespaces.ts';
import { reconcilePods } from './pods.ts';
import { reconcileDaemonSets, reconcileReplicaSets } from './replica-sets.ts';
import { reconcileStatefulSets } from './stateful-sets.ts';

export interface Context {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly badImages: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asks for another look after so many milliseconds. */
  readonly again: (milliseconds: number) => void;
}

/** One pass over all objects of a controller's kinds. */
type Controller = (context: Context) => void;

const always: readonly Controller[] = [establishDefinitions, watchAggregatedGroups, reportAggregatedGroups];
const workloads: readonly Controller[] = [
  emptyNamespaces,
  collectGarbage,
  reconcileDeployments,
  reconcileStatefulSets,
  reconcileReplicaSets,
  reconcileDaemonSets,
  reconcileJobs,
  reconcilePods,
  bindClaims,
  serveLoadBalancers,
];

/** How long after a change the controllers look, in milliseconds: writes that come together are seen together. */
const settle = 25;

export function startControllers(
  cluster: Cluster,
  registry: Registry,
  options: { readonly workloads: boolean; readonly badImages: readonly string[] },
): { stop(): void } {
  const controllers = options.workloads ? [...always, ...workloads] : always;
  let timer: NodeJS.Timeout | undefined;
  let due = Infinity;
  let stopped = false;

  const schedule = (milliseconds: number) => {
    const at = Date.now() + milliseconds;
    if (stopped || at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(run, milliseconds);
    timer.unref();
  };
  const context: Context = { cluster, registry, badImages: options.badImages, now: () => Date.now(), again: schedule };
  const run = () => {
    due = Infinity;
    for (const controller of controllers) {
      try {
        controller(context);
      } catch {
        // A write that lost a race (deleted meanwhile, namespace going away): the next look sees how things stand.
        schedule(settle * 2);
      }
    }
  };
  const unsubscribe = cluster.storage.onChange((change) => {
    // Kinds come and go with the write itself, so that the next request finds them served.
    if (change.key === 'apiregistration.k8s.io/apiservices') watchAggregatedGroups(context);
    schedule(settle);
  });
  schedule(0);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
