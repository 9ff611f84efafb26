/**
 * Who holds a field of a live object: read from metadata.managedFields (FieldsV1: `f:name` members, `k:{…}` keyed list items,
 * `v:…` set members; kubernetes.io/docs/reference/using-api/server-side-apply).
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { fieldManager, type KubernetesObject } from '../../domain/kubernetes.ts';

export interface FieldOwner {
  readonly manager: string;
  /** RFC 3339; absent when the server did not record it. */
  readonly since?: string;
}

type Segment = { readonly member: string } | { readonly item: string };

/** The other manager that holds the field or something below it, the last writer where there are several. */
export function otherOwnerOf(live: KubernetesObject, path: string): FieldOwner | undefined {
  const segments = segmentsOf(path);
  const owners: FieldOwner[] = [];
  for (const entry of live.metadata.managedFields ?? []) {
    if (!isJsonObject(entry) || typeof entry['manager'] !== 'string' || entry['manager'] === fieldManager) continue;
    const fields = entry['fieldsV1'];
    if (!isJsonObject(fields) || !covers(fields, segments)) continue;
    const since = entry['time'];
    owners.push({ manager: entry['manager'], ...(typeof since === 'string' ? { since } : {}) });
  }
  return owners.sort((a, b) => ((a.since ?? '') < (b.since ?? '') ? 1 : -1))[0];
}

function covers(fields: JsonObject, segments: readonly Segment[]): boolean {
  let at: JsonObject = fields;
  for (const segment of segments) {
    const next = child(at, segment);
    if (!isJsonObject(next)) return false;
    // An empty member is a leaf: an atomic value is held whole, with everything in it.
    if (Object.keys(next).length === 0) return true;
    at = next;
  }
  return true;
}

function child(fields: JsonObject, segment: Segment): Json | undefined {
  if ('member' in segment) return fields[`f:${segment.member}`];
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('k:') && itemNameMatches(name.slice(2), segment.item)) return value;
  }
  return undefined;
}

function itemNameMatches(keyJson: string, item: string): boolean {
  const values = parsedValues(keyJson);
  return values.join('/') === item || [...values].reverse().join('/') === item || values[0] === item;
}

function parsedValues(keyJson: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(keyJson);
    return isJsonObject(parsed) ? Object.values(parsed).map(String) : [];
  } catch {
    return [];
  }
}

/** The inverse of the path grammar of core/diff/fields: words and quoted names between dots, list items in brackets. */
export function segmentsOf(path: string): readonly Segment[] {
  const segments: Segment[] = [];
  const token = /"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^.[\]"]+/g;
  for (const [text] of path.matchAll(token)) {
    if (text.startsWith('[')) segments.push({ item: text.slice(1, -1) });
    else segments.push({ member: text.startsWith('"') ? String(JSON.parse(text)) : text });
  }
  return segments;
}
