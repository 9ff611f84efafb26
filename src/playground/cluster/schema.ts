/**
 * What the server knows of a type: its fields, which lists are maps or sets, what is one indivisible (atomic) value, and how a
 * typed server writes it back. Built-in kinds come from types.json, custom kinds from their CustomResourceDefinition.
 */
import type { Value } from './value.ts';

/** Scalars: string, integer, number, boolean, int-or-string, quantity, time, bytes (base64). */
export type ScalarKind = 's' | 'i' | 'n' | 'b' | 'I' | 'Q' | 'T' | 'B';

export type Schema =
  | { readonly kind: 'scalar'; readonly scalar: ScalarKind; readonly nullable?: boolean }
  /** Anything: what no schema describes. Maps inside are open, lists atomic. */
  | { readonly kind: 'any' }
  | { readonly kind: 'ref'; readonly to: string }
  | StructSchema
  | { readonly kind: 'map'; readonly values: Schema; readonly atomic: boolean }
  | ListSchema;

export interface StructSchema {
  readonly kind: 'struct';
  readonly fields: Readonly<Record<string, Field>>;
  readonly atomic: boolean;
  /** Fields not listed are kept (x-kubernetes-preserve-unknown-fields). */
  readonly open: boolean;
}

export interface ListSchema {
  readonly kind: 'list';
  readonly items: Schema;
  readonly type: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** Key of the strategic merge patch; '' merges plain values; undefined replaces the list. */
  readonly patchKey?: string | undefined;
}

/**
 * How a typed server writes a field: `omit` leaves out null and empty containers (a pointer keeps `{}` and 0), `omit-zero` leaves out
 * 0, '' and false too, `always` writes the zero value where nothing is set, `struct` writes `{}`.
 */
export type Emission = 'omit' | 'omit-zero' | 'always' | 'struct';

export interface Field {
  readonly schema: Schema;
  readonly emission: Emission;
  readonly default?: Value | undefined;
}

export type Resolve = (schema: Schema) => Exclude<Schema, { kind: 'ref' }>;

const untyped: Exclude<Schema, { kind: 'ref' }> = { kind: 'any' };

/** Looks named types up; a name nobody knows reads as anything. */
export function resolver(types: ReadonlyMap<string, Schema>): Resolve {
  return function resolve(schema) {
    let at: Schema = schema;
    for (let hops = 0; at.kind === 'ref' && hops < 8; hops++) at = types.get(at.to) ?? untyped;
    return at.kind === 'ref' ? untyped : at;
  };
}

export interface TypedSchema {
  readonly root: Schema;
  readonly resolve: Resolve;
}
