/**
 * The inventory as bytes: compact JSON, gzipped, so that tens of thousands of entries fit into one ConfigMap. To look at it:
 * `kubectl get configmap NAME -o jsonpath='{.binaryData.inventory\.json\.gz}' | base64 -d | gunzip`.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import type { InventoryEntry } from '../../domain/inventory.ts';
import { objectKey } from '../../domain/kubernetes.ts';
import { isJsonObject } from '../../domain/json.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** An unpacked inventory of more than this is none of ours. */
const mostBytes = 64 * 1024 * 1024;

export interface StoredInventory {
  readonly environmentKey: string;
  readonly entries: readonly InventoryEntry[];
}

/** Base64 of the packed inventory; the same inventory gives the same text, whatever the order of its entries. */
export async function encodeInventory({ environmentKey, entries }: StoredInventory): Promise<string> {
  const rows = entries
    .toSorted((a, b) => (objectKey(a.ref) < objectKey(b.ref) ? -1 : 1))
    .map(({ ref, uid }) => [ref.group, ref.version, ref.kind, ref.namespace, ref.name, uid]);
  const packed = await pack(JSON.stringify({ version: 1, environment: environmentKey, entries: rows }), { level: 9 });
  return packed.toString('base64');
}

/** Anything that is not exactly what `encodeInventory` writes is malformed; it never reads as an empty inventory. */
export async function decodeInventory(text: string): Promise<Evidence<StoredInventory>> {
  const stored = await unpacked(text);
  if (!isJsonObject(stored)) return unknown('malformed', 'the stored inventory cannot be unpacked');
  const environmentKey = stored['environment'];
  const rows = stored['entries'];
  if (stored['version'] !== 1 || typeof environmentKey !== 'string' || !Array.isArray(rows)) {
    return unknown('malformed', 'the stored inventory is of an unknown version or shape');
  }
  const entries: InventoryEntry[] = [];
  for (const row of rows) {
    const entry = entryOf(row);
    if (entry === undefined)
      return unknown('malformed', `entry ${entries.length + 1} of the stored inventory is malformed`);
    entries.push(entry);
  }
  return known({ environmentKey, entries });
}

function entryOf(row: unknown): InventoryEntry | undefined {
  if (!Array.isArray(row) || row.length !== 6 || !row.every((cell) => typeof cell === 'string')) return undefined;
  const [group = '', version = '', kind = '', namespace = '', name = '', uid = ''] = row;
  if (version === '' || kind === '' || name === '') return undefined;
  return { ref: { group, version, kind, namespace, name }, uid };
}

async function unpacked(text: string): Promise<unknown> {
  try {
    return JSON.parse((await unpack(Buffer.from(text, 'base64'), { maxOutputLength: mostBytes })).toString('utf8'));
  } catch {
    return undefined;
  }
}
