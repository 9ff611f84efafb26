/** Building one mapping: keys as sigs.k8s.io/yaml turns them into JSON keys, duplicates refused, `<<` merged. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { YamlProblem } from './yaml-problem.ts';

export interface MappingBuilder {
  readonly value: Record<string, Json>;
  /** Keys that came by a merge and may still be overridden by a key of the mapping's own. */
  merged: Set<string> | undefined;
}

/** The JSON key for a key node's value; numbers and booleans become text, as kubectl has it. */
export function keyText(key: Json, offset: number): string {
  if (typeof key === 'string') {
    if (key === '__proto__') {
      throw new YamlProblem('yaml-malformed', offset, 'the key __proto__ is not allowed');
    }
    return key;
  }
  if (typeof key === 'boolean' || (typeof key === 'number' && Number.isInteger(key))) {
    return String(key);
  }
  const what =
    key === null
      ? 'an empty key'
      : typeof key === 'number'
        ? 'a decimal number as a key'
        : 'a list or mapping as a key';
  throw new YamlProblem('yaml-malformed', offset, `${what} is not allowed`, 'Put the key in quotes.');
}

export function addPair(builder: MappingBuilder, key: string, value: Json, keyOffset: number): void {
  if (Object.hasOwn(builder.value, key) && builder.merged?.delete(key) !== true) {
    throw new YamlProblem('yaml-duplicate-key', keyOffset, `"${key}" stands twice in one mapping`);
  }
  builder.value[key] = value;
}

/**
 * Takes over the keys of one mapping, or of a list of mappings, of which the first wins. A key of the mapping's own
 * overrides a merged one only below the `<<`: above it, YAML and kubectl disagree about which counts, so that is refused.
 * Returns the number of keys taken over.
 */
export function mergeInto(builder: MappingBuilder, source: Json, keyOffset: number): number {
  const sources = Array.isArray(source) ? source : [source];
  let count = 0;
  const taken = new Set<string>();
  for (const mapping of sources) {
    if (!isJsonObject(mapping)) {
      throw new YamlProblem('yaml-malformed', keyOffset, 'a merge (<<) takes a mapping or a list of mappings');
    }
    count += mergeOne(builder, mapping, taken, keyOffset);
  }
  return count;
}

function mergeOne(builder: MappingBuilder, mapping: JsonObject, taken: Set<string>, keyOffset: number): number {
  const merged = (builder.merged ??= new Set());
  const entries = Object.entries(mapping);
  for (const [key, value] of entries) {
    if (Object.hasOwn(builder.value, key) && !merged.has(key)) {
      throw new YamlProblem(
        'yaml-duplicate-key',
        keyOffset,
        `"${key}" stands above the merge (<<) that also brings it`,
        'Put the line with << first.',
      );
    }
    if (!taken.has(key) && value !== undefined) {
      taken.add(key);
      merged.add(key);
      builder.value[key] = value;
    }
  }
  return entries.length;
}
