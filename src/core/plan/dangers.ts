/** What must be acknowledged by a person, whatever else is allowed: deletions that take data, namespaces, definitions, or a lot at once. */
import { at } from '../../domain/json-path.ts';
import type { Environment } from '../../domain/environment.ts';
import { displayName, refOf } from '../../domain/kubernetes.ts';
import type { Consequence, Danger } from '../../domain/plan.ts';
import type { PruneItem } from './plan-input.ts';

/** An object that goes away with what hangs on it: pruned, or deleted to be created anew. */
export type Leaving = Pick<PruneItem, 'live' | 'instances'>;

/** Dangers of a plan's deletions, one by one and in their number. */
export function dangersOf(
  prunes: readonly Leaving[],
  environment: Environment,
  desiredCount: number,
): readonly Danger[] {
  const single = prunes.flatMap(dangersOfLeaving);
  if (prunes.length > 0 && desiredCount === 0) {
    const all = prunes.length === 1 ? 'the only object' : `all ${prunes.length} objects`;
    const detail = `nothing is declared any more; ${all} would be deleted`;
    return [...single, { code: 'prunes-everything', detail }];
  }
  if (prunes.length <= environment.spec.maxPrune) return single;
  const detail = `${prunes.length} objects would be deleted; up to ${environment.spec.maxPrune} go without asking`;
  return [...single, { code: 'prunes-many', detail }];
}

/** What goes with one object that is deleted, for good or to be created anew. */
export function dangersOfLeaving(leaving: Leaving): readonly Danger[] {
  const object = refOf(leaving.live);
  const name = displayName(object);
  switch (`${object.group}/${object.kind}`) {
    case '/PersistentVolumeClaim':
    case '/PersistentVolume':
      return [{ code: 'prunes-data', object, detail: name }];
    case 'apps/StatefulSet':
      return at(leaving.live, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete'
        ? [{ code: 'prunes-data', object, detail: name }]
        : [];
    case '/Namespace':
      return [{ code: 'prunes-namespace', object, detail: name }];
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return leaving.instances === 0
        ? []
        : [{ code: 'prunes-crd', object, detail: `${name}, instances: ${leaving.instances ?? 'unknown'}` }];
    default:
      return [];
  }
}

/** The same, as consequences of the single object's deletion. */
export function leavingConsequences(leaving: Leaving): readonly Consequence[] {
  return dangersOfLeaving(leaving).map((danger): Consequence => {
    if (danger.code === 'prunes-namespace') return { code: 'deletes-namespace' };
    if (danger.code === 'prunes-crd') return { code: 'deletes-crd', instances: leaving.instances ?? 'unknown' };
    return { code: 'deletes-data', detail: danger.detail };
  });
}
