/** What an interrupted deployment had done already, told by the one that goes on from it: people read one account, not two halves. */
import type { Deployment, ObjectResult } from '../../domain/deployment.ts';
import { objectKey, type ObjectRef } from '../../domain/kubernetes.ts';
import type { PlannedChange } from '../../domain/plan.ts';

export interface CarryOver {
  /** The row as it was last recorded; the process may have done more after that. */
  readonly before: Deployment;
  /** The changes it was carrying out; none where they are not known any more. */
  readonly begun: readonly Pick<PlannedChange, 'ref' | 'action'>[];
  /** Declared objects as they are found now: `same`, or `not-tried` where there is something left to write. */
  readonly now: readonly ObjectResult[];
  /** Objects still to be deleted. */
  readonly leaving: readonly ObjectRef[];
}

const done: ReadonlySet<ObjectResult['result']> = new Set(['created', 'changed', 'replaced', 'deleted']);

/**
 * The results to go on from. An object that was not noted as done, but was to change and is as it should be now, was written just
 * before the end; one that was to be deleted and is gone was deleted then.
 */
export function carryOver({ before, begun, now, leaving }: CarryOver): readonly ObjectResult[] {
  const noted = new Map(before.results.map((result) => [objectKey(result.ref), result]));
  const begunActions = new Map(begun.map(({ ref, action }) => [objectKey(ref), action]));
  const kept = now.map((result): ObjectResult => {
    const earlier = noted.get(objectKey(result.ref));
    if (result.result !== 'same' || earlier === undefined || earlier.result === 'same') return result;
    if (done.has(earlier.result)) return earlier;
    const action = begunActions.get(objectKey(result.ref));
    return { ...result, result: action === 'create' ? 'created' : action === 'replace' ? 'replaced' : 'changed' };
  });
  const there = new Set([...now.map(({ ref }) => objectKey(ref)), ...leaving.map((ref) => objectKey(ref))]);
  const deleted = new Map<string, ObjectResult>();
  for (const result of before.results) {
    if (result.result === 'deleted' && !there.has(objectKey(result.ref))) deleted.set(objectKey(result.ref), result);
  }
  for (const { ref, action } of begun) {
    const key = objectKey(ref);
    if (action !== 'prune' || there.has(key) || deleted.has(key)) continue;
    deleted.set(key, { ref, result: 'deleted', readiness: 'not-checked' });
  }
  return [...kept, ...deleted.values()];
}
