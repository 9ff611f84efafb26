/**
 * Who holds a field of a live object: read from metadata.managedFields (FieldsV1: `f:name` members, `k:{…}` keyed list items,
 * `v:…` set members; kubernetes.io/docs/reference/using-api/server-side-apply).
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { fieldManager, type KubernetesObject } from '../../domain/kubernetes.ts';
import { memberOf } from '../diff/fields.ts';
import { segmentsOf, type Segment } from '../diff/path.ts';

export interface FieldOwner {
  readonly manager: string;
  /** RFC 3339; absent when the server did not record it. */
  readonly since?: string;
}

/** The other manager that holds the field or something below it, the last writer where there are several. */
export function otherOwnerOf(live: KubernetesObject, path: string): FieldOwner | undefined {
  const segments = segmentsOf(path);
  const owners: FieldOwner[] = [];
  for (const entry of live.metadata.managedFields ?? []) {
    if (!isJsonObject(entry) || typeof entry['manager'] !== 'string' || entry['manager'] === fieldManager) continue;
    const fields = entry['fieldsV1'];
    if (!isJsonObject(fields) || !covers(fields, segments, live)) continue;
    const since = entry['time'];
    owners.push({ manager: entry['manager'], ...(typeof since === 'string' ? { since } : {}) });
  }
  return owners.sort((a, b) => ((a.since ?? '') < (b.since ?? '') ? 1 : -1))[0];
}

/** Walks the object beside the field set: plans name list items by one key, managers by another (`[http]`, `k:{"port":80,…}`). */
function covers(fields: JsonObject, segments: readonly Segment[], live: JsonObject): boolean {
  let at: JsonObject = fields;
  let value: Json | undefined = live;
  for (const segment of segments) {
    const below: Json | undefined = memberOf(value, segment);
    const next = 'member' in segment ? at[`f:${segment.member}`] : itemFields(at, below);
    if (!isJsonObject(next)) return false;
    // An empty member is a leaf: an atomic value is held whole, with everything in it.
    if (Object.keys(next).length === 0) return true;
    at = next;
    value = below;
  }
  return true;
}

function itemFields(fields: JsonObject, item: Json | undefined): Json | undefined {
  if (!isJsonObject(item)) return undefined;
  return Object.entries(fields).find(([name]) => name.startsWith('k:') && isKeyOf(name.slice(2), item))?.[1];
}

/** `{"port":80,"protocol":"TCP"}`: the values of the key's fields in this item; a protocol left out is TCP. */
function isKeyOf(keyJson: string, item: JsonObject): boolean {
  const key = parsed(keyJson);
  if (!isJsonObject(key)) return false;
  return Object.entries(key).every(
    ([field, value]) => (item[field] ?? (field === 'protocol' ? 'TCP' : undefined)) === value,
  );
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
