/** Equal to kubectl: two clusters' objects, one deployed by the product over a history, one applied at once by kubectl. */
import { displayName } from '../../domain/kubernetes.ts';
import type { Mismatch } from './compare-plan.ts';
import { withoutOthersWork } from './normalise.ts';
import { differencesOf } from './same-json.ts';
import { autoscaledIn, refOfKey, type Snapshot } from './snapshot.ts';

export interface EndComparison {
  readonly checked: number;
  readonly mismatches: readonly Mismatch[];
}

/** @param waiting names of objects that are told to go and wait until everything is ready */
export function compareEnds(ours: Snapshot, peers: Snapshot, waiting: ReadonlySet<string>): EndComparison {
  const mismatches: Mismatch[] = [];
  const autoscaled = autoscaledIn(ours);
  const keys = new Set([...ours.keys(), ...peers.keys()]);
  for (const key of keys) {
    const object = displayName(refOfKey(key));
    const our = ours.get(key);
    const peer = peers.get(key);
    if (our === undefined) mismatches.push({ object, what: 'kubectl made it, Fairlead did not' });
    else if (peer === undefined) {
      if (!waiting.has(object)) mismatches.push({ object, what: 'Fairlead has it, kubectl did not make it' });
    } else {
      const [here, there] = withoutOthersWork(our, peer, autoscaled.has(key));
      for (const { path, one, other } of differencesOf(here, there)) {
        mismatches.push({ object, what: `${path}: ${JSON.stringify(one)} here, ${JSON.stringify(other)} by kubectl` });
      }
    }
  }
  return { checked: keys.size, mismatches };
}
