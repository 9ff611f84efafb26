/**
 * What a YAML scalar means. The rules are those of sigs.k8s.io/yaml v1.6 (go.yaml.in/yaml/v2, resolve.go), so that a
 * manifest means here what it means to kubectl: `NO` is false, `0644` is 420, `1_000` is 1000, a date is a string.
 * Where JSON or a JavaScript number cannot hold the value exactly, it is refused instead of bent.
 */

export type ScalarMeaning =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'refused'; readonly why: string; readonly fix: string };

const words = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const decimal = /^[-+]?[1-9][0-9]*$|^[-+]?0$/;
const octal = /^([-+]?)0[oO]?([0-7]+)$/;
const hexadecimal = /^([-+]?)0[xX]([0-9a-fA-F]+)$/;
const binary = /^([-+]?)0[bB]([01]+)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Go's ParseFloat takes an underscore between two digits where the text begins with a dot. */
const dottedFloat = /^\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9]+)?$/;

/** The meaning of a plain (unquoted, untagged) scalar. */
export function meaningOfPlain(text: string): ScalarMeaning {
  const first = text.charCodeAt(0);
  // Most scalars begin with a letter no special word begins with, or are too long for a word: decide fast.
  if ((first >= 48 && first <= 57) || first === 43 || first === 45) {
    return notFinite.test(text) ? refusedNotFinite : (numeric(text.replaceAll('_', '')) ?? string(text));
  }
  if (first === 46) {
    return notFinite.test(text) ? refusedNotFinite : dotted(text);
  }
  const word = text.length <= 5 ? words.get(text) : undefined;
  return word === undefined ? string(text) : { kind: 'value', value: word };
}

/**
 * The meaning of a scalar with an explicit tag of YAML's own (`!!int "3"`), or undefined for a tag that has none here.
 * `tag` is the part after `tag:yaml.org,2002:`.
 */
export function meaningOfTagged(tag: string, text: string): ScalarMeaning | undefined {
  switch (tag) {
    case 'str':
      return string(text);
    case 'timestamp':
      return string(text);
    case 'binary':
      return base64(text);
    case 'null':
    case 'bool':
    case 'int':
    case 'float': {
      const meaning = meaningOfPlain(text);
      return meaning.kind === 'refused' || fits(tag, meaning.value)
        ? meaning
        : { kind: 'refused', why: `the value is not what its tag !!${tag} says`, fix: 'Remove the tag.' };
    }
    default:
      return undefined;
  }
}

function fits(tag: 'null' | 'bool' | 'int' | 'float', value: string | number | boolean | null): boolean {
  switch (tag) {
    case 'null':
      return value === null;
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value);
    case 'float':
      return typeof value === 'number';
  }
}

function string(value: string): ScalarMeaning {
  return { kind: 'value', value };
}

const refusedNotFinite: ScalarMeaning = {
  kind: 'refused',
  why: 'infinity and not-a-number cannot stand in a Kubernetes object',
  fix: 'Put the value in quotes if a string is meant.',
};

/** `plain` is the scalar without its underscores; undefined when it is no number. */
function numeric(plain: string): ScalarMeaning | undefined {
  if (decimal.test(plain)) {
    return integer(Number(plain));
  }
  for (const [pattern, radix] of bases) {
    const match = pattern.exec(plain);
    if (match !== null) {
      const magnitude = Number.parseInt(match[2] ?? '', radix);
      return integer(match[1] === '-' ? -magnitude : magnitude);
    }
  }
  return float.test(plain) ? finite(plain) : undefined;
}

const bases = [
  [octal, 8],
  [hexadecimal, 16],
  [binary, 2],
] as const;

function dotted(text: string): ScalarMeaning {
  return dottedFloat.test(text) ? (finite(text.replaceAll('_', '')) ?? string(text)) : string(text);
}

/** A number that overflows stays the string it was, as in Go. */
function finite(text: string): ScalarMeaning | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: 'value', value: value === 0 ? 0 : value } : undefined;
}

function integer(value: number): ScalarMeaning {
  return Number.isSafeInteger(value)
    ? { kind: 'value', value: value === 0 ? 0 : value }
    : {
        kind: 'refused',
        why: 'the integer is larger than 2^53 and would not stay exact',
        fix: 'Put the value in quotes if a string is meant.',
      };
}

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function base64(text: string): ScalarMeaning {
  const compact = text.replaceAll(/[\r\n]/g, '');
  if (!base64Pattern.test(compact)) {
    return { kind: 'refused', why: 'the value after !!binary is not base64', fix: 'Give standard base64.' };
  }
  const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
  try {
    return string(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return {
      kind: 'refused',
      why: 'the value after !!binary is not text, and JSON holds only text',
      fix: 'Use binaryData of a ConfigMap or data of a Secret: their values are base64 strings without a tag.',
    };
  }
}
