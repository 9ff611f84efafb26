/**
 * The plan: what would happen to each object, as plain versioned JSON. Everything before it reads, everything after it acts.
 * Values of Secrets and other masked fields are already fingerprints here (`fp:9c21…`): a plan never holds one in clear.
 */
import type { PullRequestRef, Sha } from './forge.ts';
import type { Finding } from './finding.ts';
import type { ObjectRef } from './kubernetes.ts';

export type ChangeAction = 'create' | 'update' | 'replace' | 'prune' | 'unchanged' | 'conflict';

/** Whose doing a difference is: this pull request's, or there before it. */
export type ChangeOrigin = 'pull-request' | 'drift';

/** One field that would be stored differently. `path` names list items by their merge key: `spec.containers[checkout].image`. */
export interface FieldChange {
  readonly path: string;
  /** Canonical JSON of the value, masked where it must be; absent = the field is absent. */
  readonly before?: string;
  readonly after?: string;
  readonly origin: ChangeOrigin;
  /** The field manager that holds the live value, where it is not ours. */
  readonly manager?: string;
  /** RFC 3339; when that manager last wrote. */
  readonly since?: string;
}

export interface PlannedChange {
  readonly ref: ObjectRef;
  readonly action: ChangeAction;
  readonly origin: ChangeOrigin;
  readonly source?: { readonly file: string; readonly line: number };
  readonly fields: readonly FieldChange[];
  /** Unified diff of what the server would store, masked, noise left out; '' when there is nothing to show. */
  readonly diff: string;
  /**
   * How sure: `server` = the server dry-ran exactly this; `declared-only` = the server cannot dry-run it yet because its
   * namespace or CRD comes with the same plan, so what is shown is what is declared.
   */
  readonly basis: 'server' | 'declared-only';
  /** Warning headers of the server, its own words. */
  readonly warnings: readonly string[];
  /** Field managers that fields are taken from. */
  readonly takesOver: readonly string[];
  /** Conflicting field managers, for action `conflict`. */
  readonly conflicts: readonly { readonly manager: string; readonly fields: readonly string[] }[];
  /** Consequences in words of Kubernetes; the report has the sentence for each. */
  readonly consequences: readonly Consequence[];
}

export type Consequence =
  | { readonly code: 'rolls-pods'; readonly pods: number }
  | { readonly code: 'recreates-pods'; readonly pods: number }
  | { readonly code: 'deletes-data'; readonly detail: string }
  | { readonly code: 'deletes-namespace' }
  | { readonly code: 'deletes-crd'; readonly instances: number | 'unknown' }
  | { readonly code: 'opens-access'; readonly detail: string }
  | { readonly code: 'not-restarted'; readonly workload: string; readonly how: string }
  /** No workload declared in its namespace carries the labels that the Service selects by now. */
  | { readonly code: 'drops-traffic' }
  | { readonly code: 'immutable'; readonly fields: readonly string[] };

/**
 * A thing the cluster would store differently (design: a plan's identity). `value` is absent for whole-object effects.
 * `conflict` stores nothing: it says that two managers want the same fields, and keeps what follows from being taken for shown.
 */
export interface Effect {
  readonly object: string;
  readonly action: 'create' | 'replace' | 'prune' | 'set' | 'conflict';
  readonly path?: string;
  /** Canonical JSON of the value after, masked; absent = the field goes away. */
  readonly value?: string;
}

/** Why a plan is not complete: nothing is guessed, it is tried again. */
export interface Incomplete {
  readonly reason:
    | 'cluster-unreachable'
    | 'cluster-timeout'
    | 'cluster-forbidden'
    | 'cluster-throttled'
    | 'cluster-error'
    | 'group-unavailable';
  readonly detail: string;
}

/** What must be acknowledged by a person before it is applied, whatever else is allowed. */
export interface Danger {
  readonly code: 'prunes-data' | 'prunes-namespace' | 'prunes-crd' | 'prunes-many' | 'prunes-everything';
  readonly object?: ObjectRef;
  readonly detail: string;
}

export interface EnvironmentPlan {
  readonly version: 1;
  readonly environment: {
    readonly key: string;
    readonly name: string;
    readonly cluster: string;
    readonly namespace: string;
  };
  readonly clusterUid: string;
  readonly serverVersion: string;
  readonly basis: PlanBasis;
  /** SHA-256 over the canonical JSON of the (masked) rendered objects, sorted by key. */
  readonly desiredDigest: string;
  readonly desiredCount: number;
  /** Everything but `unchanged`, dangerous first, then in apply order. */
  readonly changes: readonly PlannedChange[];
  /** Keys of the objects that stay as they are. */
  readonly unchanged: readonly string[];
  /** Counts of what the comparison left out: noise by name, operator rules. */
  readonly ignored: readonly { readonly what: string; readonly count: number }[];
  readonly findings: readonly Finding[];
  readonly incomplete: readonly Incomplete[];
  readonly dangers: readonly Danger[];
  readonly effects: readonly Effect[];
  /** SHA-256 over environment, cluster uid and the sorted effects; people see and type the first 8 digits. */
  readonly planDigest: string;
  readonly rollback?: RollbackIntent;
  /** RFC 3339. */
  readonly observedAt: string;
  readonly cost: { readonly milliseconds: number; readonly requests: number };
}

export interface PlanBasis {
  readonly base: Sha;
  readonly head: Sha;
  /** The tree that merging would give (or the tree of the commit, for a plan at apply). */
  readonly tree: Sha;
}

/** How this change relates to earlier deployments (design §3: revert → rollback). */
export interface RollbackIntent {
  readonly kind: 'rollback-to' | 'restores' | 'partial-revert';
  /** Sequence number of the deployment it goes back to; absent for a partial revert. */
  readonly deployment?: number;
  readonly commit?: Sha;
  readonly pullRequest?: number;
  /** RFC 3339; when that deployment succeeded. */
  readonly deployedAt?: string;
}

/** A plan as it was shown on a pull request. */
export interface ShownPlan {
  readonly pullRequest: PullRequestRef;
  readonly plan: EnvironmentPlan;
  /** Unguessable part of the plan's link. */
  readonly token: string;
}

export const shownDigestLength = 8;
