/**
 * Defaults that come with a changed CustomResourceDefinition. The server's dry run of a custom object knows the definition of now; once the new
 * one is there, the server fills its defaults into every object it reads, whether anybody writes it or not.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { at } from '../../domain/json-path.ts';
import { parseApiVersion, type KubernetesObject } from '../../domain/kubernetes.ts';

/** The server keeps these whatever a definition says of them. */
const everyObject = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * The object as it will be read when the declared definitions are in the cluster; the very same object where nothing is filled in, which is
 * so for every definition that does not change.
 */
export function withDefaultsToCome(
  object: KubernetesObject,
  definitions: readonly KubernetesObject[],
): KubernetesObject {
  const schema = schemaFor(object, definitions);
  if (schema === undefined) return object;
  const filled = fillMembers(object, schema, everyObject);
  return filled === object ? object : { ...object, ...filled };
}

/** The structural schema of the object's own version, or undefined when none of the definitions is of its kind. */
export function schemaFor(object: KubernetesObject, definitions: readonly KubernetesObject[]): JsonObject | undefined {
  const { group, version } = parseApiVersion(object.apiVersion);
  const definition = definitions.find(
    (one) => at(one, 'spec', 'group') === group && at(one, 'spec', 'names', 'kind') === object.kind,
  );
  const versions = at(definition, 'spec', 'versions');
  if (!Array.isArray(versions)) return undefined;
  const served = versions.find((one: Json) => at(one, 'name') === version);
  const schema = at(served, 'schema', 'openAPIV3Schema');
  return isJsonObject(schema) ? schema : undefined;
}

function fill(value: Json, schema: Json | undefined): Json {
  if (!isJsonObject(schema)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => fill(item, schema['items']));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  return isJsonObject(value) ? fillMembers(value, schema, new Set()) : value;
}

function fillMembers(value: JsonObject, schema: JsonObject, skipped: ReadonlySet<string>): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const result: Record<string, Json | undefined> = { ...value };
  let changed = false;
  for (const [name, property] of Object.entries(properties)) {
    const byDefault = at(property, 'default');
    if (skipped.has(name) || byDefault === undefined || byDefault === null) continue;
    // The server drops a null that its field does not allow, and then fills in the default.
    const isThere = result[name] !== undefined && (result[name] !== null || at(property, 'nullable') === true);
    if (isThere) continue;
    result[name] = byDefault;
    changed = true;
  }
  for (const [name, member] of Object.entries(result)) {
    if (skipped.has(name) || member === undefined) continue;
    const next = fill(member, properties[name] ?? schema['additionalProperties']);
    changed ||= next !== member;
    result[name] = next;
  }
  return changed ? result : value;
}
