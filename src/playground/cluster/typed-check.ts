/** Checks an applied configuration against its type: fields the type has, scalars of the right sort, no key twice. */
import { elementText } from './field-set.ts';
import type { ScalarKind, Schema, TypedSchema } from './schema.ts';
import { itemElement } from './typed.ts';
import { isTree, type Value } from './value.ts';

/** Complaints in the words of the server: `.spec.replcas: field not declared in schema`. */
export function checkTyped(value: Value, schema: TypedSchema): readonly string[] {
  return complaints(value, schema.root, schema, '');
}

/** Several complaints as one text, the way the server joins them. */
export function joinComplaints(found: readonly string[]): string {
  return found.length === 1 ? (found[0] ?? '') : ['errors:', ...found.map((text) => `  ${text}`)].join('\n');
}

function complaints(value: Value, schema: Schema, typed: TypedSchema, path: string): string[] {
  const type = typed.resolve(schema);
  if (value === null) return [];
  switch (type.kind) {
    case 'any':
      return [];
    case 'scalar':
      return scalarComplaint(value, type.scalar, path);
    case 'list':
      if (!Array.isArray(value)) return [`${path}: expected list, got ${show(value)}`];
      return listComplaints(value, type, typed, path);
    case 'struct':
    case 'map': {
      if (!isTree(value)) return [`${path}: expected map, got ${show(value)}`];
      const out: string[] = [];
      for (const [key, item] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        const below = type.kind === 'map' ? type.values : type.fields[key]?.schema;
        if (below === undefined && !(type.kind === 'struct' && type.open)) {
          out.push(`${path}.${key}: field not declared in schema`);
          break;
        }
        if (item !== undefined && below !== undefined) out.push(...complaints(item, below, typed, `${path}.${key}`));
      }
      return out;
    }
  }
}

function listComplaints(
  items: readonly Value[],
  list: Extract<Schema, { kind: 'list' }>,
  typed: TypedSchema,
  path: string,
): string[] {
  const out: string[] = [];
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    let element = `i:${index}`;
    if (list.type !== 'atomic') {
      const found = itemElement(list, item, typed.resolve);
      if (found === undefined) {
        out.push(`${path}: element ${index}: ${noElement(item, list)}`);
        return out;
      }
      element = found;
      if (seen.has(element)) out.push(`${path}: duplicate entries for key ${elementText(element)}`);
      seen.add(element);
    }
    out.push(...complaints(item, list.items, typed, `${path}${elementText(element)}`));
  }
  return out;
}

function noElement(item: Value, list: Extract<Schema, { kind: 'list' }>): string {
  if (list.type === 'set') {
    return isTree(item)
      ? "associative list without keys has an element that's a map type"
      : "associative list without keys has an element that's an explicit null";
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isTree(item)) return 'associative list with keys may not have non-map elements';
  const keys = list.keys.map((key) => `"${key}"`).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

function scalarComplaint(value: Value, scalar: ScalarKind, path: string): string[] {
  const type = typeof value;
  switch (scalar) {
    case 's':
    case 'T':
    case 'B':
      return type === 'string' ? [] : [`${path}: expected string, got &value.valueUnstructured{Value:${show(value)}}`];
    case 'i':
    case 'n':
      return type === 'number' ? [] : [`${path}: expected numeric (int or float), got ${goType(value)}`];
    case 'b':
      return type === 'boolean' ? [] : [`${path}: expected boolean, got &{${show(value)}}`];
    case 'I':
    case 'Q':
      return type === 'object' ? [`${path}: expected any scalar, got ${show(value)}`] : [];
  }
}

function goType(value: Value): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function show(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
