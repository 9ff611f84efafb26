/** Storage and load balancers: claims are bound at once, a LoadBalancer gets an address. */
import { dropFinalizer } from '../remove.ts';
import { storageKey } from '../registry.ts';
import { nameOf, namespaceOf, uidOf } from '../storage.ts';
import { listAt, sameValue, textAt, treeAt, treesAt, type Tree } from '../value.ts';
import type { Context } from './controllers.ts';
import { isDeleting, kinds, listOf, writePatch, writeStatus } from './writes.ts';

const protection = 'kubernetes.io/pvc-protection';

export function bindClaims(context: Context): void {
  for (const claim of listOf(context, kinds.claims)) {
    if (isDeleting(claim)) {
      const held = listAt(treeAt(claim, 'metadata'), 'finalizers').includes(protection);
      if (held && !isMounted(context, claim))
        dropFinalizer(context.cluster, storageKey(kinds.claims), claim, protection);
      continue;
    }
    if (textAt(treeAt(claim, 'spec'), 'volumeName') === '') {
      writePatch(context, kinds.claims, claim, { spec: { volumeName: `pvc-${uidOf(claim)}` } });
      context.again(1);
      continue;
    }
    const storage = treeAt(claim, 'spec', 'resources', 'requests')?.['storage'] ?? '1Gi';
    const status: Tree = {
      phase: 'Bound',
      accessModes: [...listAt(treeAt(claim, 'spec'), 'accessModes')],
      capacity: { storage },
    };
    if (!sameValue(claim['status'], status)) writeStatus(context, kinds.claims, claim, status);
  }
}

function isMounted(context: Context, claim: Tree): boolean {
  return listOf(context, kinds.pods, namespaceOf(claim)).some((pod) =>
    treesAt(treeAt(pod, 'spec'), 'volumes').some(
      (volume) => textAt(treeAt(volume, 'persistentVolumeClaim'), 'claimName') === nameOf(claim),
    ),
  );
}

export function serveLoadBalancers(context: Context): void {
  for (const service of listOf(context, kinds.services)) {
    if (textAt(treeAt(service, 'spec'), 'type') !== 'LoadBalancer' || isDeleting(service)) continue;
    const last = Number.parseInt(uidOf(service).slice(0, 2), 16) % 250;
    writeStatus(context, kinds.services, service, {
      loadBalancer: { ingress: [{ ip: `198.51.100.${last + 1}`, ipMode: 'VIP' }] },
    });
  }
}
