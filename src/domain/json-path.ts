/** Reads a member deep inside JSON without assuming any of it is there. */
import { isJsonObject, type Json } from './json.ts';

export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let current = value;
  for (const key of path) {
    if (!isJsonObject(current)) return undefined;
    current = current[key];
  }
  return current;
}
