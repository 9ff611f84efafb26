/** What an environment applied before, hence what may be pruned. Stored in the cluster as an ApplySet (KEP-3659). */
import type { ObjectRef } from './kubernetes.ts';

export interface InventoryEntry {
  readonly ref: ObjectRef;
  /** uid of the object we applied; '' while it is only announced (written before the first apply). */
  readonly uid: string;
}

export interface Inventory {
  /** `applyset-…-v1`: the value of the part-of label on every member. */
  readonly applySetId: string;
  readonly entries: readonly InventoryEntry[];
  /** False when the environment has never been applied. */
  readonly exists: boolean;
}
