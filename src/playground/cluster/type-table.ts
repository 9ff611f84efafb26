/** Reads types.json, the compact table of the built-in kinds that derive-types.ts makes from a server's OpenAPI documents. */
import table from './types.json' with { type: 'json' };
import { resolver, type Emission, type Field, type Resolve, type ScalarKind, type Schema } from './schema.ts';
import type { Value } from './value.ts';

/** A type as the table writes it: a scalar letter, `x`, `@name`, or an object with f (struct), m (map) or l (list). */
export type PackedType = string | PackedObject;
export interface PackedObject {
  readonly f?: Readonly<Record<string, PackedField>>;
  readonly m?: PackedType;
  readonly l?: PackedType;
  /** Atomic. */
  readonly a?: 1;
  /** Keys of a list of the type map. */
  readonly k?: readonly string[];
  /** A set. */
  readonly s?: 1;
  /** Key of the strategic merge patch. */
  readonly p?: string;
}
/** A type alone (emission `omit`), or the type, the emission's letter (o, z, r, e) and a default. */
export type PackedField = PackedType | readonly [PackedType, string, Value?];

export interface PackedTable {
  readonly types: Readonly<Record<string, PackedType>>;
  readonly resources: readonly PackedResource[];
}
export interface PackedResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  readonly type: string;
}

const emissions: Readonly<Record<string, Emission>> = { o: 'omit', z: 'omit-zero', r: 'always', e: 'struct' };

function unpack(packed: PackedType): Schema {
  if (typeof packed === 'string') {
    if (packed === 'x') return { kind: 'any' };
    if (packed.startsWith('@')) return { kind: 'ref', to: packed.slice(1) };
    return { kind: 'scalar', scalar: packed as ScalarKind };
  }
  const atomic = packed.a === 1;
  if (packed.f !== undefined) {
    const fields: Record<string, Field> = {};
    for (const [name, field] of Object.entries(packed.f)) fields[name] = unpackField(field);
    return { kind: 'struct', fields, atomic, open: false };
  }
  if (packed.m !== undefined) return { kind: 'map', values: unpack(packed.m), atomic };
  const type = packed.k === undefined ? (packed.s === 1 ? 'set' : 'atomic') : 'map';
  return { kind: 'list', items: unpack(packed.l ?? 'x'), type, keys: packed.k ?? [], patchKey: packed.p };
}

function isPair(field: PackedField): field is readonly [PackedType, string, Value?] {
  return Array.isArray(field);
}

function unpackField(field: PackedField): Field {
  if (!isPair(field)) return { schema: unpack(field), emission: 'omit' };
  return { schema: unpack(field[0]), emission: emissions[field[1]] ?? 'omit', default: field[2] };
}

const packed = table as unknown as PackedTable;
const types = new Map(Object.entries(packed.types).map(([name, type]) => [name, unpack(type)]));

export const builtinResolve: Resolve = resolver(types);
export const builtinResources: readonly PackedResource[] = packed.resources;

/** Schema of metadata, which custom kinds share. */
export const objectMeta: Schema = { kind: 'ref', to: 'meta.v1.ObjectMeta' };
