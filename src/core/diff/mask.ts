/**
 * Takes secret values out of objects before anything is compared, stored or shown: each becomes a keyed fingerprint, so
 * that "changed" and "the same value" can be told without the value. Masked: everything in a Secret's data, values of fields and
 * environment variables whose name says credential, private keys, credential lines inside longer texts, long random-looking strings.
 */
import { createHmac } from 'node:crypto';

import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

export type Fingerprint = (value: string) => string;

/** `fp:` and 12 hex digits of HMAC-SHA-256. The key must be secret: a plain hash of a short password could be guessed. */
export function fingerprintWith(key: Uint8Array): Fingerprint {
  return (value) => `fp:${createHmac('sha256', key).update(value).digest('hex').slice(0, 12)}`;
}

const credentialName =
  /(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|credentials?)$/i;
const notACredential = /^(?:true|false|none|null|\d{1,4}|)$/i;
const privateKeyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const credentialLine =
  /^(\s*["']?[\w.-]*(?:password|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)["']?\s*[:=]\s*)(\S.*)$/i;

/** The same object with secret values replaced. Descriptions and schemas of CustomResourceDefinitions are left alone. */
export function maskSecrets(object: JsonObject, fingerprint: Fingerprint): JsonObject {
  if (object['kind'] === 'CustomResourceDefinition') return object;
  if (object['kind'] !== 'Secret') return maskMembers(object, fingerprint);
  const masked: Record<string, Json | undefined> = { ...maskMembers(object, fingerprint) };
  for (const field of ['data', 'stringData']) {
    const values = object[field];
    if (values === undefined) continue;
    masked[field] = isJsonObject(values)
      ? Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fingerprint(secretText(field, value))]))
      : fingerprint(JSON.stringify(values));
  }
  return masked;
}

/** `data` is base64 and `stringData` is not: the fingerprint is of the decoded value, so that both forms of one value agree. */
function secretText(field: string, value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return field === 'data' ? Buffer.from(text, 'base64').toString('base64') : Buffer.from(text).toString('base64');
}

function maskMembers(object: JsonObject, fingerprint: Fingerprint): JsonObject {
  const namedCredential = typeof object['name'] === 'string' && credentialName.test(object['name']);
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => {
      const sensitive = credentialName.test(key) || (key === 'value' && namedCredential);
      return [key, value === undefined ? undefined : maskValue(value, sensitive, fingerprint)];
    }),
  );
}

function maskValue(value: Json, sensitive: boolean, fingerprint: Fingerprint): Json {
  if (typeof value === 'string') return maskString(value, sensitive, fingerprint);
  if (Array.isArray(value)) return value.map((item: Json) => maskValue(item, sensitive, fingerprint));
  return isJsonObject(value) ? maskMembers(value, fingerprint) : value;
}

function maskString(value: string, sensitive: boolean, fingerprint: Fingerprint): string {
  if (sensitive) return notACredential.test(value) ? value : fingerprint(value);
  if (privateKeyBlock.test(value)) return fingerprint(value);
  if (value.includes('\n'))
    return value
      .split('\n')
      .map((line) => maskLine(line, fingerprint))
      .join('\n');
  return looksRandom(value) ? fingerprint(value) : maskLine(value, fingerprint);
}

function maskLine(line: string, fingerprint: Fingerprint): string {
  if (line.length > 4096) return line;
  const match = credentialLine.exec(line);
  const rest = match?.[2]?.replace(/^["']|["'],?$/g, '') ?? '';
  // A template placeholder or a reference is not the secret itself.
  if (match === null || notACredential.test(rest) || /^(?:\$|\{\{|[|>&*]|\/)/.test(rest)) return line;
  return `${match[1]}${fingerprint(rest)}`;
}

/**
 * A single token of 32 to 512 characters with mixed case and digits and near-random letters. Digests (`sha256:…`, plain hex), URLs,
 * paths and sentences are not; a false hit only hides a value that is not secret.
 */
function looksRandom(value: string): boolean {
  if (value.length < 32 || value.length > 512 || !/^[A-Za-z0-9+/_=-]+$/.test(value)) return false;
  if (!/[a-z]/.test(value) || !/[A-Z]/.test(value) || !/\d/.test(value)) return false;
  return entropyPerCharacter(value) > 4.3;
}

function entropyPerCharacter(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
