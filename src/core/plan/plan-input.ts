/** What a plan is assembled from: everything observed and dry-run, before any conclusion. */
import type { ApplyOutcome } from '../../domain/apply-outcome.ts';
import type { DesiredObject, ResolvedObject } from '../../domain/desired.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Finding } from '../../domain/finding.ts';
import type { InventoryEntry } from '../../domain/inventory.ts';
import type { ClusterIdentity, KubernetesObject, ObjectRef } from '../../domain/kubernetes.ts';
import type { Danger, Effect, Incomplete, PlanBasis, PlannedChange, RollbackIntent } from '../../domain/plan.ts';
import type { Fingerprint } from '../diff/mask.ts';

export interface PlanInput {
  readonly environment: Environment;
  readonly identity: ClusterIdentity;
  readonly basis: PlanBasis;
  readonly items: readonly JudgedItem[];
  readonly prunes: readonly PruneItem[];
  /** Recorded once but no longer ours (label or uid differ): never pruned, counted. */
  readonly forgotten: readonly ObjectRef[];
  readonly applySetId: string;
  readonly inventorySize: number;
  readonly findings: readonly Finding[];
  readonly incomplete: readonly Incomplete[];
  readonly rollback?: RollbackIntent;
  readonly fingerprint: Fingerprint;
  /** The line of a field of a declared object, for what the server says about it. */
  readonly lineOf: (source: DesiredObject['source'], field: string) => number;
  /** RFC 3339. */
  readonly observedAt: string;
  readonly cost: { readonly milliseconds: number; readonly requests: number };
}

export interface PlanItem {
  readonly resolved: ResolvedObject;
  readonly live: KubernetesObject | undefined;
  readonly outcome: DryRun;
  /** Managers whose fields are taken over; the outcome is then of a forced dry run. */
  readonly takenFrom: readonly string[];
  readonly before: BeforeChange;
}

/**
 * What is kept of an object that was looked at: the verdict, and what applying it needs. The live object and the server's answer are let go
 * at once: a few definitions with their managed fields weigh more than the rest of the process.
 */
export interface JudgedItem {
  readonly resolved: ResolvedObject;
  readonly live: { readonly uid: string; readonly ours: boolean } | undefined;
  /** As it is to be sent: with our mark, and with the fields left to others as they are now. */
  readonly toApply: KubernetesObject;
  readonly takenFrom: readonly string[];
  readonly verdict: Classified;
}

export interface Classified {
  readonly key: string;
  /** Absent when nothing can be said (the plan is then incomplete or has an error finding). */
  readonly change?: PlannedChange;
  readonly effects: readonly Effect[];
  readonly findings: readonly Finding[];
  readonly incomplete: readonly Incomplete[];
  /** What goes with the object where it has to be deleted and created anew. */
  readonly dangers: readonly Danger[];
  /** Differences left out by the environment's ignore rules. */
  readonly ignored: number;
}

/** `declared-only`: the server cannot dry-run it yet; `checked` is what it said to the same object in a stand-in namespace. */
export type DryRun = ApplyOutcome | { readonly kind: 'declared-only' };

/** What Git said of this object before the change: nothing, the same, or something else (with what that would store). */
export type BeforeChange =
  | { readonly kind: 'absent' }
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly desired: DesiredObject; readonly outcome?: ApplyOutcome }
  /** Not compared: every difference counts as the change's own. */
  | { readonly kind: 'not-compared' };

export interface PruneItem {
  readonly entry: InventoryEntry;
  readonly live: KubernetesObject;
  /** True when Git still declared it before the change, so that the change is what prunes it. */
  readonly declaredBefore: boolean;
  /** Instances of a CustomResourceDefinition that would go with it. */
  readonly instances?: number | 'unknown';
}
