/**
 * What may be repeated of a server's own words. They are foreign text that ends up in comments and logs: control
 * characters go, length is capped, and of words about a Secret only phrases known to hold no value are kept.
 */

/* oxlint-disable no-control-regex -- control characters are what this file is about */
const longest = 2_000;
// Terminal sequences first (colours, titles), then what is left of C0, C1 and the characters that reorder text.
const terminalSequence =
  /(?:\u001b\[|\u009b)[0-9;?]*[ -/]*[@-~]|\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;
const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** One line of harmless text, at most 2,000 characters; says how much was cut. */
export function plainWords(text: string): string {
  const line = text
    .replace(terminalSequence, '')
    .replace(controlCharacter, ' ')
    .replace(invisible, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (line.length <= longest) return line;
  const kept = line.slice(0, longest - 40).toWellFormed();
  return `${kept} … (${line.length - kept.length} characters left out)`;
}

/**
 * Phrases of the API server that name a rule and never a value. Everything else said about a Secret is withheld:
 * the server quotes what it refuses, quoted (`Invalid value: "…"`) or not (`expected string, got &value{Value:1234}`).
 */
const safeAboutSecrets: readonly [RegExp, string][] = [
  [/field is immutable when `immutable` is set/, 'field is immutable when `immutable` is set'],
  [/field is immutable/, 'field is immutable'],
  [/field not declared in schema/, 'field not declared in schema'],
  [/unknown field/, 'unknown field'],
  [/duplicate field|already set in map/, 'duplicate field'],
  [/illegal base64 data/, 'a value under `data` is not base64'],
  [/expected string, got/, 'a value is not a string'],
  [/expected (?:map|list|numeric|boolean), got/, 'a value has the wrong type'],
  [/Required value/, 'a required value is missing'],
  [/Too long|must have at most/, 'too long'],
  [/exceeded quota/, 'exceeded quota'],
  [/is being terminated/, 'the namespace is being terminated'],
  [/does not support dry run/, 'an admission webhook does not support dry run'],
  [/failed calling webhook/, 'calling an admission webhook failed'],
  [/denied the request|ValidatingAdmissionPolicy/, 'admission denied the request'],
  [/conflict(?:s)?(?: with|:)/, 'conflict with another field manager'],
  [/is deprecated/, 'deprecated'],
  [/Invalid value/, 'invalid value'],
  [/not found/, 'not found'],
];
const accessRefused = /cannot (get|list|watch|create|update|patch|delete) resource "([a-z0-9.-]+)"/;

/** The server's words about a Secret, reduced to phrases that cannot hold a value. */
export function wordsAboutSecret(text: string): string {
  const refused = accessRefused.exec(text);
  if (refused !== null) return `forbidden: cannot ${refused[1]} resource "${refused[2]}"`;
  const phrase = safeAboutSecrets.find(([pattern]) => pattern.test(text));
  return `${phrase?.[1] ?? 'refused'} (the server's words are withheld: the object is a Secret)`;
}

/** How to repeat what a server says about an object of this kind. */
export function wordsFor(kind: { readonly group: string; readonly kind: string }): (text: string) => string {
  return kind.group === '' && kind.kind === 'Secret' ? wordsAboutSecret : plainWords;
}

/**
 * A validation message without the value it refuses: servers quote whole pod templates (environment variables and all) and
 * append diffs of them. Short plain values stay, as people need them: `Invalid value: "b c": a valid label must …`.
 */
export function withoutLargeValues(message: string): string {
  const withoutDiff = message.split('\n@@', 1)[0] ?? '';
  const withoutGoValue = withoutDiff.replaceAll(/, got &value\.valueUnstructured\{Value:[^\n]*\}/g, '');
  const prefix = 'Invalid value: ';
  if (!withoutGoValue.startsWith(prefix)) return withoutGoValue;
  const said = withoutGoValue.slice(prefix.length);
  const quoted = /^"(?:[^"\\]|\\.)*"(?:: )?/.exec(said)?.[0];
  if (quoted !== undefined) return quoted.length <= 100 ? withoutGoValue : reasonOf(said.slice(quoted.length));
  if (!/[{[]/.test(said.split(': ', 1)[0] ?? '')) return withoutGoValue;
  const end = Math.max(said.lastIndexOf('}: '), said.lastIndexOf(']: '));
  return reasonOf(end < 0 ? '' : said.slice(end + 3));
}

function reasonOf(rest: string): string {
  return rest === '' ? 'Invalid value' : rest;
}
