/** Names for a state of a pod template: the hash in ReplicaSet names and revision labels. */
import { createHash } from 'node:crypto';
import { isTree, type Tree, type Value } from '../value.ts';

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Stored objects never change in place, so a template's name can be kept with it. */
const known = new WeakMap<Tree, string>();

/** Ten letters that depend on the template's content alone. */
export function revisionOf(template: Tree): string {
  const kept = known.get(template);
  if (kept !== undefined) return kept;
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(template)))
    .digest();
  const name = [...digest.subarray(0, 10)].map((byte) => letters.charAt(byte % letters.length)).join('');
  known.set(template, name);
  return name;
}

function sorted(value: Value | undefined): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value ?? null;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
