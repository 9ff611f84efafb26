/** One apply of one commit to one environment, and the decisions about it. */
import type { Sha } from './forge.ts';
import type { ObjectRef } from './kubernetes.ts';
import type { RollbackIntent } from './plan.ts';

export type DeploymentState =
  | 'pending'
  | 'held'
  | 'applying'
  | 'waiting'
  | 'pruning'
  | 'succeeded'
  | 'failed'
  | 'superseded';

/** Why something waits. Every code has a sentence and a next step in core/report. */
export type HoldCode =
  | 'plan-incomplete'
  | 'plan-grew'
  | 'no-plan-shown'
  | 'needs-acknowledgement'
  | 'direct-push'
  | 'force-push'
  | 'findings'
  | 'manager-conflict'
  | 'replace-not-allowed'
  | 'dependency-not-deployed'
  | 'permission-unknown'
  | 'attribution-unknown'
  | 'branch-moved'
  | 'config-invalid';

export type Decision =
  | {
      readonly kind: 'proceed';
      readonly because: 'equal' | 'smaller' | 'released' | 'begun' | 'nothing-to-do' | 'heal';
    }
  | { readonly kind: 'hold'; readonly code: HoldCode; readonly facts: readonly string[] }
  | { readonly kind: 'reject'; readonly code: HoldCode; readonly facts: readonly string[] };

export interface ObjectResult {
  readonly ref: ObjectRef;
  readonly result: 'created' | 'changed' | 'replaced' | 'deleted' | 'same' | 'failed' | 'not-tried';
  readonly readiness: 'ready' | 'assumed' | 'waiting' | 'failed' | 'not-checked';
  /** The reason when it failed or is not ready, in the cluster's words. */
  readonly detail?: string;
}

export interface Deployment {
  /** Sequence number people see ("deployment 118"); unique in the installation. */
  readonly id: number;
  readonly environment: string;
  readonly commit: Sha;
  readonly tree: Sha;
  readonly desiredDigest: string;
  readonly planDigest: string;
  readonly state: DeploymentState;
  /** The stage reached, 0-based; a restart goes on from here after observing afresh. */
  readonly stage: number;
  readonly pullRequests: readonly number[];
  readonly hold?: { readonly code: HoldCode; readonly facts: readonly string[] };
  readonly intent?: RollbackIntent;
  readonly results: readonly ObjectResult[];
  /** Set once a later deployment rolled this one back: it no longer counts as a rollback target. */
  readonly rolledBack: boolean;
  /** Why it cannot go on at the moment and is tried again, in words; absent while it goes on. */
  readonly interruption?: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly finishedAt?: string;
}

declare const leaseBrand: unique symbol;

/**
 * The right to change one environment's cluster objects, for as long as it is the newest (`fence`).
 * Only the store's lease function makes one (invariant 6).
 */
export interface EnvironmentLease {
  readonly [leaseBrand]: true;
  readonly environment: string;
  readonly owner: string;
  /** Fencing number: a worker whose number is no longer the newest cannot record anything. */
  readonly fence: number;
}
