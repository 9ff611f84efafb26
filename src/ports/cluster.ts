/**
 * A cluster in two types: the planner's, which has no method that changes anything, and the writer's, each of whose methods
 * demands the environment's lease. The two may use different credentials.
 */
import type { ApplyOutcome } from '../domain/apply-outcome.ts';
import type { EnvironmentLease } from '../domain/deployment.ts';
import type { Evidence, Unknown } from '../domain/evidence.ts';
import type { Inventory } from '../domain/inventory.ts';
import type { ClusterIdentity, Discovery, KubernetesObject, ObjectRef, ResourceType } from '../domain/kubernetes.ts';

export type { ApplyOutcome, InvalidCause } from '../domain/apply-outcome.ts';

/** Where an environment's inventory lives and what it is called. */
export interface InventoryRef {
  readonly environmentKey: string;
  /** Name of the parent ConfigMap. */
  readonly name: string;
  readonly namespace: string;
}

export interface ClusterReader {
  identity(signal: AbortSignal): Promise<Evidence<ClusterIdentity>>;
  /** What is served now; cached until a CRD or APIService change or the `fresh` flag. */
  discover(signal: AbortSignal, options?: { readonly fresh?: boolean }): Promise<Evidence<Discovery>>;
  /**
   * The named objects as they are, by LIST per kind and namespace (one GET where a single object of a kind is asked for); absent objects are left out.
   * Kinds that could not be read come back in `unread`; nothing of such a kind may be taken as absent.
   */
  observe(wanted: readonly ObservedRef[], signal: AbortSignal): Promise<Observation>;
  /** How many instances of a kind exist in the whole cluster (for CRD deletion), counted up to `limit`. */
  count(type: ResourceType, limit: number, signal: AbortSignal): Promise<Evidence<number>>;
  /** What the server would store for a server-side apply; stores nothing. */
  dryRunApply(object: KubernetesObject, options: ApplyOptions, signal: AbortSignal): Promise<ApplyOutcome>;
  readInventory(ref: InventoryRef, signal: AbortSignal): Promise<Evidence<Inventory>>;
  /**
   * The pods a workload's rollout now hangs on: those of a Deployment's newest ReplicaSet, of a StatefulSet, DaemonSet or Job;
   * none for other kinds. Says within seconds why a rollout does not get on.
   */
  related(ref: ObjectRef, signal: AbortSignal): Promise<Evidence<RelatedPods>>;
  /** Requests sent since the client was made; what a plan cost is the difference. */
  requests(): number;
}

export interface ClusterWriter {
  apply(
    lease: EnvironmentLease,
    object: KubernetesObject,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<ApplyOutcome>;
  /** Deletes only the object with this uid (precondition); `gone` when it is not there any more. */
  delete(lease: EnvironmentLease, ref: ObservedRef, uid: string, signal: AbortSignal): Promise<DeleteOutcome>;
  writeInventory(
    lease: EnvironmentLease,
    ref: InventoryRef,
    inventory: Inventory,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
}

/** An object and how to reach it. */
export interface ObservedRef {
  readonly ref: ObjectRef;
  readonly type: ResourceType;
}

export interface Observation {
  /** By objectKey. */
  readonly objects: ReadonlyMap<string, KubernetesObject>;
  readonly unread: readonly { readonly type: ResourceType; readonly namespace: string; readonly because: Unknown }[];
}

export interface ApplyOptions {
  readonly type: ResourceType;
  /** Take conflicting fields over from other managers. */
  readonly force: boolean;
}

export interface RelatedPods {
  /** At most 50, those that are not ready first. */
  readonly pods: readonly KubernetesObject[];
  /** How many there are in all. */
  readonly total: number;
}

export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'not-ours'; readonly detail: string }
  | { readonly kind: 'denied'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly because: Unknown };

export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The inventory's own namespace is not there (yet). */
  | { readonly kind: 'namespace-missing'; readonly detail: string }
  | { readonly kind: 'denied'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly because: Unknown };
