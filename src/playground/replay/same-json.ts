/** Comparing JSON: member order does not count, list order does. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

/** One text for one value, whatever order its keys came in. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${canonical(member)}`],
  );
  return `{${members.sort().join(',')}}`;
}

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonical(a) === canonical(b);
}

const fingerprint = /fp:[0-9a-f]{12}/;

/**
 * Whether a value is what a plan says it is. Where the plan shows a fingerprint instead of a secret, anything may stand; around it everything
 * must be the same.
 */
export function asPlanned(planned: Json | undefined, found: Json | undefined): boolean {
  if (typeof planned === 'string' && typeof found === 'string') return textAsPlanned(planned, found);
  if (Array.isArray(planned) && Array.isArray(found)) {
    return planned.length === found.length && planned.every((item: Json, index) => asPlanned(item, found[index]));
  }
  if (isJsonObject(planned) && isJsonObject(found)) {
    const names = new Set([...Object.keys(planned), ...Object.keys(found)]);
    return [...names].every((name) => asPlanned(planned[name], found[name]));
  }
  // A value that is no text may be a secret too (a number under `password`).
  if (typeof planned === 'string' && isWhole(planned)) return found !== undefined;
  return sameJson(planned, found);
}

function isWhole(planned: string): boolean {
  return fingerprint.exec(planned)?.[0] === planned;
}

function textAsPlanned(planned: string, found: string): boolean {
  const parts = planned.split(new RegExp(fingerprint, 'g'));
  const [first = '', ...others] = parts;
  if (others.length === 0) return planned === found;
  if (!found.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of others.entries()) {
    const last = index === others.length - 1;
    const next = last ? found.length - part.length : found.indexOf(part, at);
    if (next < at || !found.startsWith(part, next)) return false;
    at = next + part.length;
  }
  return true;
}

export interface JsonDifference {
  /** Where, for people: `spec.ports[0].port`. */
  readonly path: string;
  readonly one: Json | undefined;
  readonly other: Json | undefined;
}

/** The first places where two values differ, at most `limit`. */
export function differencesOf(one: JsonObject, other: JsonObject, limit = 5): readonly JsonDifference[] {
  const found: JsonDifference[] = [];
  walk('', one, other, found, limit);
  return found;
}

function walk(
  path: string,
  one: Json | undefined,
  other: Json | undefined,
  found: JsonDifference[],
  limit: number,
): void {
  if (found.length >= limit || sameJson(one, other)) return;
  if (isJsonObject(one) && isJsonObject(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      walk(path === '' ? key : `${path}.${key}`, one[key], other[key], found, limit);
    }
  } else if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    for (const [index, item] of one.entries()) walk(`${path}[${index}]`, item, other[index], found, limit);
  } else found.push({ path, one, other });
}
