/**
 * JSON from strangers. Depth and number of keys are counted in the bytes before anything is parsed, without recursion; names that reach a
 * prototype are refused in whatever spelling.
 */
import { isJsonObject, type JsonObject } from '../domain/json.ts';

export interface JsonLimits {
  readonly depth: number;
  readonly keys: number;
}

/** The largest webhooks have a few ten thousand keys and are less than 20 deep. */
const jsonLimits: JsonLimits = { depth: 100, keys: 500_000 };

export type JsonResult =
  | { readonly kind: 'object'; readonly value: JsonObject }
  | { readonly kind: 'refused'; readonly why: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function readJson(bytes: Uint8Array, limits: JsonLimits = jsonLimits): JsonResult {
  const excess = tooDeepOrWide(bytes, limits);
  if (excess !== undefined) return refused(excess);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refused('the body is not valid UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('the body is not valid JSON');
  }
  if (!isJsonObject(value)) return refused('the body is not a JSON object');
  return hasForbiddenKey(value) ? refused('the body has a forbidden key') : { kind: 'object', value };
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Counts brackets and colons outside strings. In UTF-8 these bytes are never part of another character. */
function tooDeepOrWide(bytes: Uint8Array, limits: JsonLimits): string | undefined {
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at + 1);
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limits.depth) return `the body is nested deeper than ${limits.depth}`;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === colon) {
      keys += 1;
      if (keys > limits.keys) return `the body has more than ${limits.keys} keys`;
    }
  }
  return undefined;
}

/** Index of the closing quote, or the end. A quote after an odd number of backslashes is part of the string. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(quote, from); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    let before = at;
    while (before > from && bytes[before - 1] === backslash) before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
  return bytes.length;
}

function hasForbiddenKey(root: JsonObject): boolean {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) waiting.push(item);
      continue;
    }
    for (const [key, inner] of Object.entries(value)) {
      if (forbiddenKeys.has(key)) return true;
      waiting.push(inner);
    }
  }
  return false;
}

function refused(why: string): JsonResult {
  return { kind: 'refused', why };
}
