/**
 * Decoders: small functions that turn foreign JSON into typed values or throw Malformed with the path. The schemas are built of them
 * (schema.ts); nothing else looks into foreign JSON. Fields that are not asked for are ignored.
 */
import { isJsonObject } from '../../domain/json.ts';

/** Foreign JSON is not shaped as the schema says. The message names the path and the expected kind, never the value. */
export class Malformed extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the answer' : path} is not ${expected}`);
    this.name = 'Malformed';
  }
}

export type Decoder<T> = (value: unknown, path: string) => T;

export const text: Decoder<string> = (value, path) => {
  if (typeof value !== 'string') throw new Malformed(path, 'a string');
  return value;
};

export const flag: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new Malformed(path, 'a boolean');
  return value;
};

export const count: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Malformed(path, 'a whole number');
  }
  return value;
};

/** A numeric id as text. Octokit reads numbers beyond 2^53 as bigint, so that no digit is lost. */
export const id: Decoder<string> = (value, path) => {
  const whole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!whole || value <= 0) throw new Malformed(path, 'an id');
  return String(value);
};

export const anything: Decoder<unknown> = (value) => value;

export function oneOf<const T extends string>(...allowed: readonly T[]): Decoder<T> {
  return (value, path) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new Malformed(path, `one of ${allowed.join(', ')}`);
    return found;
  };
}

/** null and absent both read as undefined. */
export function maybe<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, path) => (value === null || value === undefined ? undefined : decoder(value, path));
}

export function list<T>(decoder: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Malformed(path, 'a list');
    return value.map((item: unknown, index) => decoder(item, `${path}[${index}]`));
  };
}

/** An object with these fields at least. Reads own properties only, so that a prototype never answers for a missing field. */
export function shape<T extends object>(fields: { readonly [K in keyof T]: Decoder<T[K]> }): Decoder<T> {
  return (value, path) => {
    if (!isJsonObject(value)) throw new Malformed(path, 'an object');
    const read = (key: keyof T & string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
    const result: Partial<T> = {};
    for (const key in fields) {
      if (!Object.hasOwn(fields, key)) continue;
      result[key] = fields[key](read(key), path === '' ? key : `${path}.${key}`);
    }
    return result as T;
  };
}

export function decode<T>(decoder: Decoder<T>, value: unknown): T {
  return decoder(value, '');
}
