/** Why something could not be looked at, in the plan's closed list of reasons. */
import { assertNever } from '../../domain/assert-never.ts';
import type { Unknown } from '../../domain/evidence.ts';
import { displayName, type ObjectRef } from '../../domain/kubernetes.ts';
import type { Incomplete } from '../../domain/plan.ts';

export function incompleteBecause(because: Unknown, ref?: ObjectRef): Incomplete {
  const detail = ref === undefined ? because.detail : `${displayName(ref)}: ${because.detail}`;
  return { reason: reasonOf(because), detail };
}

function reasonOf(because: Unknown): Incomplete['reason'] {
  switch (because.why) {
    case 'unreachable':
      return 'cluster-unreachable';
    case 'timeout':
      return 'cluster-timeout';
    case 'throttled':
      return 'cluster-throttled';
    case 'forbidden':
      return 'cluster-forbidden';
    case 'not-found':
    case 'empty':
    case 'malformed':
      return 'cluster-error';
    default:
      return assertNever(because.why);
  }
}
