/**
 * Would applying this change nothing at all? Proved from the live object alone, without asking the server: our field manager holds exactly the
 * fields that are declared (metadata.managedFields, FieldsV1), and each has the declared value. Whatever is not plainly the same (a
 * quantity written another way, a default in a key, another order) is not proved, and the server is asked.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { fieldManager, type KubernetesObject } from '../../domain/kubernetes.ts';
import { canonicalJson } from '../diff/canonical.ts';

/** `sent` as it would be sent, our mark on it. */
export function isProvenNoop(sent: KubernetesObject, live: KubernetesObject): boolean {
  if (live.metadata['deletionTimestamp'] !== undefined) return false;
  const fields = ourFields(live, sent.apiVersion);
  if (fields === undefined) return false;
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = sent;
  const { name: _name, namespace: _namespace, ...marks } = metadata;
  return sameMembers({ ...rest, metadata: marks }, fields, live);
}

/** What our manager holds by server-side apply; a set kept for another version of the API is in other words. */
function ourFields(live: KubernetesObject, apiVersion: string): JsonObject | undefined {
  const entries = (live.metadata.managedFields ?? []).filter(
    (entry): entry is JsonObject =>
      isJsonObject(entry) &&
      entry['manager'] === fieldManager &&
      entry['operation'] === 'Apply' &&
      entry['subresource'] === undefined,
  );
  const [entry] = entries;
  if (entries.length !== 1 || entry?.['apiVersion'] !== apiVersion) return undefined;
  return isJsonObject(entry['fieldsV1']) ? entry['fieldsV1'] : undefined;
}

function same(declared: Json, fields: Json | undefined, live: Json | undefined): boolean {
  if (!isJsonObject(fields) || live === undefined || declared === null) return false;
  // A leaf, or a value that is held whole: everything in it must be the same.
  if (Object.keys(fields).length === 0) return canonicalJson(declared) === canonicalJson(live);
  if (isJsonObject(declared)) return sameMembers(declared, fields, live);
  return Array.isArray(declared) && Array.isArray(live) && sameItems(declared, fields, live);
}

function sameMembers(declared: JsonObject, fields: JsonObject, live: Json): boolean {
  if (!isJsonObject(live)) return false;
  const names = Object.keys(declared).filter((name) => declared[name] !== undefined);
  const held = Object.keys(fields).filter((name) => name !== '.');
  if (names.length !== held.length) return false;
  return names.every((name) => {
    const value = declared[name];
    return value !== undefined && same(value, fields[`f:${name}`], live[name]);
  });
}

/** Items of a list map, each by its key, or members of a set. The order must be the live one. */
function sameItems(declared: readonly Json[], fields: JsonObject, live: readonly Json[]): boolean {
  const held = Object.entries(fields).filter(([name]) => name !== '.');
  if (held.length !== declared.length) return false;
  const used = new Set<string>();
  let after = -1;
  for (const item of declared) {
    const found = held.find(([name]) => !used.has(name) && names(name, item));
    if (found === undefined) return false;
    const [name, itemFields] = found;
    used.add(name);
    const index = live.findIndex((one, at) => at > after && namesExactly(name, one));
    if (index < 0) return false;
    after = index;
    const isMember = name.startsWith('v:');
    if (isMember ? canonicalJson(item) !== canonicalJson(live[index] ?? null) : !same(item, itemFields, live[index])) {
      return false;
    }
  }
  return true;
}

/** Whether a declared item can be the one held under this name; parts of the key that are defaulted need not be declared. */
function names(held: string, item: Json): boolean {
  const key = parsed(held);
  if (held.startsWith('v:')) return key !== undefined && canonicalJson(key) === canonicalJson(item);
  if (!isJsonObject(key) || !isJsonObject(item)) return false;
  return Object.entries(key).every(([name, value]) => item[name] === undefined || item[name] === value);
}

function namesExactly(held: string, item: Json): boolean {
  const key = parsed(held);
  if (!isJsonObject(key)) return names(held, item);
  return isJsonObject(item) && Object.entries(key).every(([name, value]) => item[name] === value);
}

/** `k:{"name":"checkout"}` and `v:"kubernetes.io/finalizer"` hold JSON; index names (`i:0`) are not proved. */
function parsed(held: string): Json | undefined {
  if (!held.startsWith('k:') && !held.startsWith('v:')) return undefined;
  try {
    const value: Json = JSON.parse(held.slice(2));
    return value;
  } catch {
    return undefined;
  }
}
