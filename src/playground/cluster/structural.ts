/** Custom kinds: reads a CustomResourceDefinition's structural schema into our types, and checks values against it. */
import type { FieldError } from './api-error.ts';
import { builtinResolve, objectMeta } from './type-table.ts';
import type { Field, Schema, StructSchema, TypedSchema } from './schema.ts';
import { isTree, listAt, numberAt, sameValue, textAt, treeAt, treesAt, type Tree, type Value } from './value.ts';

const any: Schema = { kind: 'any' };

/** Type of a custom kind for merging and ownership. */
export function typeOfCustom(openApi: Tree | undefined): TypedSchema {
  const root = openApi === undefined ? any : packStructural(openApi);
  const fields: Record<string, Field> = root.kind === 'struct' ? { ...root.fields } : {};
  const text: Schema = { kind: 'scalar', scalar: 's' };
  fields['apiVersion'] = { schema: text, emission: 'omit' };
  fields['kind'] = { schema: text, emission: 'omit' };
  fields['metadata'] = { schema: objectMeta, emission: 'omit' };
  const open = openApi === undefined || root.kind !== 'struct' || root.open;
  return { root: { kind: 'struct', fields, atomic: false, open }, resolve: builtinResolve };
}

function packStructural(schema: Tree): Schema {
  if (schema['x-kubernetes-int-or-string'] === true) return { kind: 'scalar', scalar: 'I' };
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  const properties = treeAt(schema, 'properties');
  switch (textAt(schema, 'type')) {
    case 'string':
      return { kind: 'scalar', scalar: 's' };
    case 'integer':
      return { kind: 'scalar', scalar: 'i' };
    case 'number':
      return { kind: 'scalar', scalar: 'n' };
    case 'boolean':
      return { kind: 'scalar', scalar: 'b' };
    case 'array': {
      const keys = listAt(schema, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string');
      const declared = schema['x-kubernetes-list-type'];
      const type = declared === 'map' || declared === 'set' ? declared : 'atomic';
      return { kind: 'list', items: packStructural(treeAt(schema, 'items') ?? {}), type, keys };
    }
    case 'object': {
      const values = schema['additionalProperties'];
      if (isTree(values)) return { kind: 'map', values: packStructural(values), atomic };
      if (values === true || (properties === undefined && open)) return any;
      return packStruct(properties ?? {}, open, atomic, schema['x-kubernetes-embedded-resource'] === true);
    }
    default:
      return any;
  }
}

function packStruct(properties: Tree, open: boolean, atomic: boolean, embedded: boolean): StructSchema {
  const fields: Record<string, Field> = {};
  for (const [name, property] of Object.entries(properties))
    if (isTree(property)) fields[name] = { schema: packStructural(property), emission: 'omit' };
  if (embedded)
    for (const name of ['apiVersion', 'kind', 'metadata']) fields[name] ??= { schema: any, emission: 'omit' };
  return { kind: 'struct', fields, atomic, open };
}

/** Drops what the schema does not declare (returning the paths) and fills in its defaults. Metadata is not looked at. */
export function pruneCustom(
  object: Tree,
  openApi: Tree | undefined,
): { readonly object: Tree; readonly unknown: readonly string[] } {
  if (openApi === undefined) return { object, unknown: [] };
  const unknown: string[] = [];
  const whole = pruneValue(object, openApi, '', unknown, true);
  return { object: isTree(whole) ? whole : {}, unknown };
}

function pruneValue(value: Value, schema: Tree, path: string, unknown: string[], isObject: boolean): Value {
  const items = treeAt(schema, 'items');
  if (Array.isArray(value))
    return items === undefined
      ? value
      : value.map((item, at) => pruneValue(item, items, `${path}[${at}]`, unknown, false));
  if (!isTree(value)) return value;
  const properties = treeAt(schema, 'properties');
  const values = schema['additionalProperties'];
  const root = isObject || schema['x-kubernetes-embedded-resource'] === true;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || values === true;
  const out: Tree = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const below = path === '' ? key : `${path}.${key}`;
    const property = treeAt(properties, key) ?? (isTree(values) ? values : undefined);
    if (root && ['apiVersion', 'kind', 'metadata'].includes(key)) out[key] = item;
    else if (property === undefined) {
      if (open) out[key] = item;
      else unknown.push(below);
    } else if (item !== null || property['nullable'] === true)
      out[key] = pruneValue(item, property, below, unknown, false);
    else if (property['default'] === undefined) out[key] = item;
  }
  for (const [key, property] of Object.entries(properties ?? {}))
    if (isTree(property) && out[key] === undefined && property['default'] !== undefined)
      out[key] = pruneValue(structuredClone(property['default']), property, `${path}.${key}`, [], false);
  return out;
}

export interface CustomError extends Omit<FieldError, 'reason'> {
  readonly reason: FieldError['reason'] | 'FieldValueTypeInvalid';
}

/** Errors of a custom object in the words of the server; `before` is set on updates, for transition rules. */
export function checkCustom(object: Tree, before: Tree | undefined, openApi: Tree | undefined): readonly CustomError[] {
  if (openApi === undefined) return [];
  const errors: CustomError[] = [];
  checkValue(object, openApi, '', errors);
  if (errors.length > 0) {
    const why =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    errors.push({ reason: 'FieldValueInvalid', field: '<nil>', message: `Invalid value: null: ${why}` });
  } else if (before !== undefined) checkTransitions(object, before, openApi, '', errors);
  return errors;
}

function typeOk(value: Value, schema: Tree): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value);
  switch (textAt(schema, 'type')) {
    case 'string':
    case 'boolean':
      return typeof value === schema['type'];
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isTree(value);
    default:
      return true;
  }
}

function checkValue(value: Value, schema: Tree, path: string, errors: CustomError[]): void {
  if (value === null && schema['nullable'] === true) return;
  const invalid = (message: string, shown: Value = value) =>
    errors.push({
      reason: 'FieldValueInvalid',
      field: path,
      message: `Invalid value: ${JSON.stringify(shown)}: ${path} in body ${message}`,
    });
  if (!typeOk(value, schema)) {
    const got = Array.isArray(value) ? 'array' : isTree(value) ? 'object' : value === null ? 'null' : typeof value;
    const must = `${path} in body must be of type ${textAt(schema, 'type')}: "${got}"`;
    errors.push({ reason: 'FieldValueTypeInvalid', field: path, message: `Invalid value: "${got}": ${must}` });
    return;
  }
  const allowed = listAt(schema, 'enum');
  if (allowed.length > 0 && !allowed.some((option) => sameValue(option, value))) {
    const list = allowed.map((option) => JSON.stringify(option)).join(', ');
    errors.push({
      reason: 'FieldValueNotSupported',
      field: path,
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
    });
  }
  if (typeof value === 'number') {
    if (value < numberAt(schema, 'minimum', -Infinity))
      invalid(`should be greater than or equal to ${numberAt(schema, 'minimum')}`);
    if (value > numberAt(schema, 'maximum', Infinity))
      invalid(`should be less than or equal to ${numberAt(schema, 'maximum')}`);
  }
  if (typeof value === 'string') {
    if (value.length < numberAt(schema, 'minLength'))
      invalid(`should be at least ${numberAt(schema, 'minLength')} chars long`);
    const pattern = textAt(schema, 'pattern');
    if (pattern !== '' && !new RegExp(pattern, 'u').test(value)) invalid(`should match '${pattern}'`);
  }
  checkInside(value, schema, path, errors);
}

function checkInside(value: Value, schema: Tree, path: string, errors: CustomError[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      checkValue(item, treeAt(schema, 'items') ?? {}, `${path}[${index}]`, errors);
      const twice =
        schema['x-kubernetes-list-type'] === 'set' && value.slice(0, index).some((other) => sameValue(other, item));
      if (twice)
        errors.push({
          reason: 'FieldValueDuplicate',
          field: `${path}[${index}]`,
          message: `Duplicate value: ${JSON.stringify(item)}`,
        });
    }
    return;
  }
  if (!isTree(value)) return;
  const below = (key: string) => (path === '' ? key : `${path}.${key}`);
  for (const key of listAt(schema, 'required'))
    if (typeof key === 'string' && value[key] === undefined)
      errors.push({ reason: 'FieldValueRequired', field: below(key), message: 'Required value' });
  const properties = treeAt(schema, 'properties');
  const values = treeAt(schema, 'additionalProperties');
  for (const [key, item] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const property = treeAt(properties, key) ?? values;
    if (item !== undefined && property !== undefined && !(path === '' && key === 'metadata'))
      checkValue(item, property, below(key), errors);
  }
}

/** The one transition rule everybody writes: `self == oldSelf`. Other CEL rules are not evaluated. */
function checkTransitions(
  value: Value | undefined,
  before: Value | undefined,
  schema: Tree,
  path: string,
  errors: CustomError[],
): void {
  if (value === undefined || before === undefined) return;
  for (const rule of treesAt(schema, 'x-kubernetes-validations'))
    if (textAt(rule, 'rule').replaceAll(' ', '') === 'self==oldSelf' && !sameValue(value, before)) {
      const why = textAt(rule, 'message') || `failed rule: ${textAt(rule, 'rule')}`;
      errors.push({
        reason: 'FieldValueInvalid',
        field: path,
        message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
      });
    }
  if (!isTree(value) || !isTree(before)) return;
  for (const [key, property] of Object.entries(treeAt(schema, 'properties') ?? {}))
    if (isTree(property))
      checkTransitions(value[key], before[key], property, path === '' ? key : `${path}.${key}`, errors);
}
