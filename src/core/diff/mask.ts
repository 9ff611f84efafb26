/**
 * Takes secret values out of objects before anything is compared, stored or shown: each becomes a keyed fingerprint, so
 * that "changed" and "the same value" can be told without the value. Masked: everything in a Secret's data, binary data, values of fields,
 * flags and environment variables whose name says credential, credentials inside texts (mask-text.ts), long random-looking strings.
 */
import { createHmac } from 'node:crypto';

import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { isCredential, looksRandom, maskText, namesCredential, type Fingerprint } from './mask-text.ts';

export type { Fingerprint } from './mask-text.ts';

/** `fp:` and 12 hex digits of HMAC-SHA-256. The key must be secret: a plain hash of a short password could be guessed. */
export function fingerprintWith(key: Uint8Array): Fingerprint {
  return (value) => `fp:${createHmac('sha256', key).update(value).digest('hex').slice(0, 12)}`;
}

/** Members whose `name` or `key` beside them says what they are: `{name: DB_PASSWORD, value: …}`. */
const valueMembers = new Set(['value', 'stringValue', 'default']);
/** A copy of the whole object, secrets and all, inside an annotation. */
const copyOfObject = /last-applied(?:-configuration)?$/;
const secretNumber = /(?:passw(?:or)?d|passphrase|passcode|secret)$/i;

/** The same object with secret values replaced. The schemas of CustomResourceDefinitions are left alone. */
export function maskSecrets(object: JsonObject, fingerprint: Fingerprint): JsonObject {
  if (object['kind'] === 'CustomResourceDefinition') {
    const { spec, ...rest } = object;
    return { ...maskMembers(rest, fingerprint), ...(spec === undefined ? {} : { spec }) };
  }
  const masked: Record<string, Json | undefined> = { ...maskMembers(object, fingerprint) };
  const secretFields = object['kind'] === 'Secret' ? ['data', 'stringData'] : ['binaryData'];
  for (const field of secretFields) {
    const values = object[field];
    if (values === undefined) continue;
    masked[field] = isJsonObject(values)
      ? Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fingerprint(plainText(field, value))]))
      : fingerprint(JSON.stringify(values));
  }
  return masked;
}

/**
 * Words of a server about an object, without the object's secret values: validation messages quote what they refuse.
 * Values of fewer than four characters are left: replacing them would only shred the sentence.
 */
export function maskWordsAbout(
  objects: readonly (JsonObject | undefined)[],
  words: string,
  fingerprint: Fingerprint,
): string {
  const values = new Set<string>();
  const remember: Fingerprint = (value) => {
    values.add(value);
    values.add(Buffer.from(value).toString('base64'));
    return '';
  };
  for (const object of objects) if (object !== undefined) maskSecrets(object, remember);
  let masked = words;
  for (const value of [...values].filter((one) => one.length > 3).sort((a, b) => b.length - a.length)) {
    masked = masked.replaceAll(value, () => fingerprint(value));
  }
  return maskText(masked, fingerprint);
}

/** `data` is base64 and `stringData` is not: the fingerprint is of the decoded text, so that every form of one value agrees. */
function plainText(field: string, value: Json | undefined): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  if (field === 'stringData') return value;
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) && bytes.toString('base64') === value ? text : value;
}

function maskMembers(object: JsonObject, fingerprint: Fingerprint): JsonObject {
  const named = [object['name'], object['key']].some((name) => typeof name === 'string' && namesCredential(name));
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      if (value === undefined) return [];
      if (typeof value === 'string' && copyOfObject.test(key)) return [[key, fingerprint(value)]];
      const sensitive = namesCredential(key) || (named && valueMembers.has(key));
      if (typeof value === 'number' && secretNumber.test(key)) return [[key, fingerprint(String(value))]];
      return [[key, maskValue(value, sensitive, fingerprint)]];
    }),
  );
}

function maskValue(value: Json, sensitive: boolean, fingerprint: Fingerprint): Json {
  if (typeof value === 'string') return maskString(value, sensitive, fingerprint);
  if (Array.isArray(value)) return maskItems(value, sensitive, fingerprint);
  return isJsonObject(value) ? maskMembers(value, fingerprint) : value;
}

/** `['--password', 'x']`: the flag says what the next argument is. */
function maskItems(items: readonly Json[], sensitive: boolean, fingerprint: Fingerprint): readonly Json[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const announced = typeof before === 'string' && /^-{1,2}[\w-]+$/.test(before) && namesCredential(before);
    return maskValue(item, sensitive || announced, fingerprint);
  });
}

function maskString(value: string, sensitive: boolean, fingerprint: Fingerprint): string {
  if (sensitive) return isCredential(value) ? fingerprint(value) : value;
  return looksRandom(value) ? fingerprint(value) : maskText(value, fingerprint);
}
