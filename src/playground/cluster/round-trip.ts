/**
 * What a typed server makes of JSON: unknown fields fall away (and are reported), declared defaults come in, quantities become
 * canonical, empty values are left out or written as the Go type does it.
 */
import { canonicalQuantity } from './quantity.ts';
import type { Field, ListSchema, Resolve, ScalarKind, Schema, StructSchema, TypedSchema } from './schema.ts';
import { isTree, type Tree, type Value } from './value.ts';

/** JSON that does not fit the type; `message` is in the words of Go's decoder. */
export class TypeMismatch extends Error {}

export interface RoundTrip {
  readonly object: Tree;
  /** Paths of dropped fields, in the order of the document: `spec.template.sepc`. */
  readonly unknown: readonly string[];
}

interface Walk {
  readonly resolve: Resolve;
  readonly unknown: string[];
  /** Innermost Go struct, for error texts. */
  readonly struct: string;
}

/** Throws TypeMismatch. */
export function roundTrip(value: Tree, schema: TypedSchema): RoundTrip {
  const unknown: string[] = [];
  const written = write(value, schema.root, { resolve: schema.resolve, unknown, struct: '' }, '');
  return { object: isTree(written) ? written : {}, unknown };
}

function write(value: Value, schema: Schema, walk: Walk, path: string): Value {
  const type = walk.resolve(schema);
  const inside = schema.kind === 'ref' ? { ...walk, struct: schema.to.split('.').at(-1) ?? '' } : walk;
  switch (type.kind) {
    case 'any':
      return value;
    case 'scalar':
      return writeScalar(value, type.scalar, inside, path);
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, inside, path, goListType(type));
      return value.map((item, index) =>
        write(item ?? zeroOf(type.items, walk.resolve), type.items, inside, `${path}[${index}]`),
      );
    case 'map': {
      if (!isTree(value)) throw mismatch(value, inside, path, 'map[string]string');
      const out: Tree = {};
      for (const [key, item] of Object.entries(value))
        if (item !== undefined)
          out[key] = write(item ?? zeroOf(type.values, walk.resolve), type.values, inside, path === '' ? key : path);
      return out;
    }
    case 'struct':
      if (!isTree(value)) throw mismatch(value, walk, path, `v1.${inside.struct}`);
      return writeStruct(value, type, inside, path);
  }
}

function writeStruct(value: Tree, type: StructSchema, walk: Walk, path: string): Tree {
  const out: Tree = {};
  for (const [key, item] of Object.entries(value)) {
    const field = type.fields[key];
    const below = path === '' ? key : `${path}.${key}`;
    if (field === undefined) {
      if (type.open && item !== undefined) out[key] = item;
      else walk.unknown.push(below);
      continue;
    }
    const written = item === undefined || item === null ? undefined : write(item, field.schema, walk, below);
    const kept = emit(written, field, walk.resolve);
    if (kept !== undefined) out[key] = kept;
  }
  for (const [key, field] of Object.entries(type.fields)) {
    if (out[key] !== undefined) continue;
    if (field.default !== undefined && (value[key] === undefined || isZero(value[key]))) out[key] = field.default;
    else if (field.emission === 'struct')
      out[key] = write({}, field.schema, walk, path === '' ? key : `${path}.${key}`);
    else if (field.emission === 'always') out[key] = zeroOf(field.schema, walk.resolve);
  }
  return out;
}

function emit(value: Value | undefined, field: Field, resolve: Resolve): Value | undefined {
  if (value === undefined) return undefined;
  if (field.emission === 'omit-zero' && isZero(value)) return undefined;
  const kind = resolve(field.schema).kind;
  const container = kind === 'list' || kind === 'map';
  if (
    container &&
    field.emission !== 'always' &&
    (Array.isArray(value) || isTree(value)) &&
    Object.keys(value).length === 0
  )
    return undefined;
  return value;
}

function isZero(value: Value | undefined): boolean {
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}

/** What a typed server writes for a field that is always there and not set. */
export function zeroOf(schema: Schema, resolve: Resolve): Value {
  const type = resolve(schema);
  if (type.kind === 'struct') return {};
  if (type.kind !== 'scalar') return null;
  const zeros: Readonly<Record<ScalarKind, Value>> = { s: '', i: 0, n: 0, b: false, I: 0, Q: '0', T: null, B: null };
  return zeros[type.scalar];
}

function writeScalar(value: Value, scalar: ScalarKind, walk: Walk, path: string): Value {
  const type = typeof value;
  switch (scalar) {
    case 's':
    case 'T':
      if (type !== 'string') throw mismatch(value, walk, path, 'string');
      return value;
    case 'B':
      if (typeof value !== 'string') throw mismatch(value, walk, path, '[]uint8');
      return checkedBase64(value, path);
    case 'i':
      if (typeof value !== 'number') throw mismatch(value, walk, path, 'int32');
      if (!Number.isInteger(value)) throw mismatch(`number ${value}`, walk, path, 'int32');
      return value;
    case 'n':
      if (type !== 'number') throw mismatch(value, walk, path, 'float64');
      return value;
    case 'b':
      if (type !== 'boolean') throw mismatch(value, walk, path, 'bool');
      return value;
    case 'I':
      if (type !== 'string' && type !== 'number') throw mismatch(value, walk, path, 'intstr.IntOrString');
      return value;
    case 'Q': {
      const canonical =
        typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(String(value)) : undefined;
      if (canonical === undefined)
        throw new TypeMismatch(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
      return canonical;
    }
  }
}

/** Where the text is no base64, Go names the first byte that is wrong. */
function checkedBase64(text: string, path: string): string {
  const plain = text.replaceAll(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9+/=]/.exec(plain);
  const at = wrong?.index ?? (plain.length % 4 === 0 ? -1 : plain.length - (plain.length % 4));
  if (at >= 0) throw new TypeMismatch(`illegal base64 data at input byte ${at}${path === '' ? '' : ''}`);
  return plain;
}

function goListType(type: ListSchema): string {
  return type.items.kind === 'ref' ? `[]v1.${type.items.to.split('.').at(-1) ?? ''}` : '[]string';
}

function mismatch(value: Value, walk: Walk, path: string, expected: string): TypeMismatch {
  const got = typeof value === 'string' && value.startsWith('number ') ? value : jsonType(value);
  return new TypeMismatch(
    `json: cannot unmarshal ${got} into Go struct field ${walk.struct}.${path.replaceAll(/\[\d+\]/g, '')} of type ${expected}`,
  );
}

function jsonType(value: Value): string {
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'array' : isTree(value) ? 'object' : typeof value;
}
