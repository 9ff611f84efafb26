/** Names for a state of a pod template: the hash in ReplicaSet names and revision labels. */
import { createHash } from 'node:crypto';
import { isTree, type Tree, type Value } from '../value.ts';

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Ten letters that depend on the template's content alone. */
export function revisionOf(template: Tree): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(template)))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => letters.charAt(byte % letters.length)).join('');
}

function sorted(value: Value | undefined): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value ?? null;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
