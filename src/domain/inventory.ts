/** What an environment applied before, hence what may be pruned. Stored in the cluster as an ApplySet (KEP-3659). */
import { createHash } from 'node:crypto';

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

/**
 * The id of the ApplySet whose parent is this ConfigMap, hence the value of the part-of label on every member.
 * KEP-3659: `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1`, the group of ConfigMap being ''.
 */
export function applySetId(parent: { readonly name: string; readonly namespace: string }): string {
  const hash = createHash('sha256').update(`${parent.name}.${parent.namespace}.ConfigMap.`).digest('base64url');
  return `applyset-${hash}-v1`;
}
