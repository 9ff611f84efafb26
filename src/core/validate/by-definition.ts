/**
 * Checks a custom object against the CustomResourceDefinition that comes with it in the same change: the server cannot try it out before the
 * definition is there. Only what a structural schema says plainly is checked (types, required and unknown fields, enums, bounds);
 * rules in CEL, patterns and formats are left to the server, which has the last word when it is applied.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import type { Finding } from '../../domain/finding.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { ResolvedObject } from '../../domain/desired.ts';
import { schemaFor } from '../plan/definition-defaults.ts';

interface Violation {
  readonly path: string;
  readonly what: string;
}

/** Told of one object at most; more of them say nothing new. */
const violationsTold = 10;
/** Every object has these, whatever its definition says. */
const everyObject = new Set(['apiVersion', 'kind', 'metadata']);

export type LineOf = (source: ResolvedObject['desired']['source'], field: string) => number;

/** Findings about the objects whose definition is among `resolved`. */
export function checkByDefinition(resolved: readonly ResolvedObject[], lineOf: LineOf): readonly Finding[] {
  const definitions = resolved
    .map(({ desired }) => desired.object)
    .filter(({ kind }) => kind === 'CustomResourceDefinition');
  return resolved
    .filter(({ declaredByCrd }) => declaredByCrd)
    .flatMap(({ desired }) => {
      const schema = schemaFor(desired.object, definitions);
      if (schema === undefined) return [];
      const { source } = desired;
      return violationsOf(desired.object, schema).map(({ path, what }): Finding => ({
        code: 'definition-invalid',
        severity: 'error',
        file: source.file,
        line: lineOf(source, path),
        object: refOf(desired.object),
        detail: `${path}: ${what}`,
      }));
    });
}

function violationsOf(object: KubernetesObject, schema: JsonObject): readonly Violation[] {
  const found: Violation[] = [];
  checkObject(object, schema, '', found, everyObject);
  return found.slice(0, violationsTold);
}

function check(value: Json, schema: JsonObject, path: string, found: Violation[]): void {
  if (found.length >= violationsTold) return;
  // The server drops a null that its field does not allow, before it validates.
  if (value === null) return;
  if (!hasType(value, schema)) {
    found.push({ path, what: `must be ${wantedType(schema)}` });
    return;
  }
  const choices = schema['enum'];
  if (Array.isArray(choices) && !choices.includes(value)) {
    found.push({ path, what: `must be one of ${choices.map((choice: Json) => JSON.stringify(choice)).join(', ')}` });
  }
  if (typeof value === 'number') checkBounds(value, schema, path, found);
  if (Array.isArray(value)) {
    const items = schema['items'];
    if (isJsonObject(items))
      for (const [index, item] of value.entries()) check(item, items, `${path}[${index}]`, found);
  } else if (isJsonObject(value)) {
    const embedded = schema['x-kubernetes-embedded-resource'] === true;
    checkObject(value, schema, path, found, embedded ? everyObject : new Set());
  }
}

function checkObject(
  value: JsonObject,
  schema: JsonObject,
  path: string,
  found: Violation[],
  always: ReadonlySet<string>,
): void {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const rest = schema['additionalProperties'];
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || rest === true;
  for (const name of requiredFields(schema)) {
    if (value[name] === undefined) found.push({ path: join(path, name), what: 'is required' });
  }
  for (const [name, member] of Object.entries(value)) {
    const field = join(path, name);
    const known = properties[name];
    if (member === undefined || always.has(name)) continue;
    if (isJsonObject(known)) check(member, known, field, found);
    else if (isJsonObject(rest)) check(member, rest, field, found);
    else if (!open) found.push({ path: field, what: 'is not a field of its definition' });
  }
}

function requiredFields(schema: JsonObject): readonly string[] {
  const required = schema['required'];
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : [];
}

function checkBounds(value: number, schema: JsonObject, path: string, found: Violation[]): void {
  const { minimum, maximum } = schema;
  if (typeof minimum === 'number' && value < minimum) found.push({ path, what: `must be at least ${minimum}` });
  if (typeof maximum === 'number' && value > maximum) found.push({ path, what: `must be at most ${maximum}` });
}

function hasType(value: Json, schema: JsonObject): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return Number.isInteger(value) || typeof value === 'string';
  const test = typeof schema['type'] === 'string' ? typeTests[schema['type']] : undefined;
  return test === undefined || test(value);
}

const typeTests: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  array: (value) => Array.isArray(value),
  object: (value) => isJsonObject(value),
};

function wantedType(schema: JsonObject): string {
  return schema['x-kubernetes-int-or-string'] === true
    ? 'an integer or a string'
    : `of type ${typeof schema['type'] === 'string' ? schema['type'] : 'another'}`;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
