/** What must be acknowledged by a person, whatever else is allowed: deletions that take data, namespaces, definitions, or a lot at once. */
import type { Environment } from '../../domain/environment.ts';
import { displayName, refOf } from '../../domain/kubernetes.ts';
import type { Consequence, Danger } from '../../domain/plan.ts';
import type { PruneItem } from './plan-input.ts';

export function dangersOf(
  prunes: readonly PruneItem[],
  environment: Environment,
  desiredCount: number,
  inventorySize: number,
): readonly Danger[] {
  const single = prunes.flatMap((prune) => dangerOf(prune));
  if (inventorySize > 0 && desiredCount === 0) {
    const detail = `nothing is declared any more; all ${prunes.length} objects would be deleted`;
    return [...single, { code: 'prunes-everything', detail }];
  }
  if (prunes.length <= environment.spec.maxPrune) return single;
  const detail = `${prunes.length} objects would be deleted; up to ${environment.spec.maxPrune} go without asking`;
  return [...single, { code: 'prunes-many', detail }];
}

function dangerOf(prune: PruneItem): readonly Danger[] {
  const object = refOf(prune.live);
  const name = displayName(object);
  switch (`${object.group}/${object.kind}`) {
    case '/PersistentVolumeClaim':
    case '/PersistentVolume':
      return [{ code: 'prunes-data', object, detail: name }];
    case '/Namespace':
      return [{ code: 'prunes-namespace', object, detail: name }];
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return prune.instances === 0
        ? []
        : [{ code: 'prunes-crd', object, detail: `${name}, instances: ${prune.instances ?? 'unknown'}` }];
    default:
      return [];
  }
}

/** The same, as consequences of the single object's deletion. */
export function pruneConsequences(prune: PruneItem): readonly Consequence[] {
  return dangerOf(prune).map((danger): Consequence => {
    if (danger.code === 'prunes-namespace') return { code: 'deletes-namespace' };
    if (danger.code === 'prunes-crd') return { code: 'deletes-crd', instances: prune.instances ?? 'unknown' };
    return { code: 'deletes-data', detail: danger.detail };
  });
}
