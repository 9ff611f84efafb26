/** An environment's inventory in the cluster: the parent ConfigMap of an ApplySet (KEP-3659), which kubectl understands too. */
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import { applySetId, type Inventory } from '../../domain/inventory.ts';
import { displayName, type KubernetesObject, type ResourceType } from '../../domain/kubernetes.ts';
import type { InventoryRef, WriteOutcome } from '../../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { applyObject } from './apply-object.ts';
import { decodeInventory, encodeInventory } from './inventory-codec.ts';
import { readObject } from './read-object.ts';
import { objectIn, textIn } from './schema.ts';

const idLabel = 'applyset.kubernetes.io/id';
const toolingAnnotation = 'applyset.kubernetes.io/tooling';
const groupKindsAnnotation = 'applyset.kubernetes.io/contains-group-kinds';
const namespacesAnnotation = 'applyset.kubernetes.io/additional-namespaces';
const tooling = 'fairlead/v1';
const dataKey = 'inventory.json.gz';

/** A ConfigMap holds 1 MiB of data in all (its base64 not counted); some room is left for names. */
const mostPackedBytes = 1024 * 1024 - 4_096;

const configMap: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: ['get', 'patch'],
};

/** `exists: false`, with the id it will have, where there is none. One that cannot be trusted is malformed, never empty. */
export async function readInventory(
  client: ApiClient,
  ref: InventoryRef,
  signal: AbortSignal,
): Promise<Evidence<Inventory>> {
  const found = await readObject(client, configMap, ref.namespace, ref.name, signal);
  if (!found.known) return found;
  const id = applySetId(ref);
  if (found.value === undefined) return known({ applySetId: id, entries: [], exists: false });
  const where = displayName({ kind: 'ConfigMap', ...ref });
  if (
    found.value.metadata.labels?.[idLabel] !== id ||
    found.value.metadata.annotations?.[toolingAnnotation] !== tooling
  ) {
    return unknown(
      'malformed',
      `${where} is not an inventory of ours: its ${idLabel} label or tooling annotation differs`,
    );
  }
  const stored = await decodeInventory(textIn(objectIn(found.value, 'binaryData'), dataKey));
  if (!stored.known) return unknown('malformed', `${where}: ${stored.detail}`);
  if (stored.value.environmentKey !== ref.environmentKey) {
    return unknown('malformed', `${where} is the inventory of another environment, ${stored.value.environmentKey}`);
  }
  return known({ applySetId: id, entries: stored.value.entries, exists: true });
}

/** Replaces the inventory. `denied` when it is larger than a ConfigMap may be, or refused. */
export async function writeInventory(
  client: ApiClient,
  ref: InventoryRef,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const packed = await encodeInventory({ environmentKey: ref.environmentKey, entries: inventory.entries });
  const bytes = Buffer.byteLength(packed, 'base64');
  if (bytes > mostPackedBytes) {
    const detail = `the inventory of ${inventory.entries.length} objects takes ${bytes} bytes packed; a ConfigMap holds ${mostPackedBytes}`;
    return { kind: 'denied', detail };
  }
  // Forced: nobody else has a say in what we applied.
  const options = { type: configMap, force: true };
  const outcome = await applyObject(client, parentObject(ref, inventory, packed), options, false, signal);
  switch (outcome.kind) {
    case 'applied':
      return { kind: 'written' };
    case 'unavailable':
      return outcome;
    case 'namespace-missing':
      return outcome;
    case 'conflict':
    case 'immutable':
    case 'invalid':
    case 'denied':
    case 'kind-unknown':
    case 'terminating':
      return { kind: 'denied', detail: outcome.detail };
  }
}

function parentObject(ref: InventoryRef, { entries }: Inventory, packed: string): KubernetesObject {
  const groupKinds = entries.map((entry) =>
    entry.ref.group === '' ? entry.ref.kind : `${entry.ref.kind}.${entry.ref.group}`,
  );
  const namespaces = entries
    .map((entry) => entry.ref.namespace)
    .filter((name) => name !== '' && name !== ref.namespace);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: ref.name,
      namespace: ref.namespace,
      labels: { [idLabel]: applySetId(ref) },
      annotations: {
        [toolingAnnotation]: tooling,
        [groupKindsAnnotation]: listed(groupKinds),
        [namespacesAnnotation]: listed(namespaces),
      },
    },
    immutable: false,
    binaryData: { [dataKey]: packed },
  };
}

/** Sorted, each once, joined by commas: the form the KEP prescribes for its annotations. */
function listed(names: readonly string[]): string {
  return [...new Set(names)].sort().join(',');
}
