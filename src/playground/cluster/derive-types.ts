/**
 * Makes types.json: reads a server's OpenAPI v3 documents and its aggregated discovery, and from the Go types of the same release
 * which fields are pointers and which are left out when empty (OpenAPI does not say). Run by `main.ts types`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PackedField, PackedObject, PackedResource, PackedTable, PackedType } from './type-table.ts';
import { isTree, listAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

/** The kinds the stand-in serves, by group version. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  v1: 'namespaces configmaps secrets services serviceaccounts pods persistentvolumeclaims persistentvolumes nodes events endpoints limitranges resourcequotas'.split(
    ' ',
  ),
  'apps/v1': ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  'batch/v1': ['jobs', 'cronjobs'],
  'networking.k8s.io/v1': ['ingresses', 'networkpolicies', 'ingressclasses'],
  'rbac.authorization.k8s.io/v1': ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  'policy/v1': ['poddisruptionbudgets'],
  'autoscaling/v2': ['horizontalpodautoscalers'],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'apiregistration.k8s.io/v1': ['apiservices'],
  'storage.k8s.io/v1': ['storageclasses'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
  'coordination.k8s.io/v1': ['leases'],
  'admissionregistration.k8s.io/v1': [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
  ],
};

/** Go struct field facts by `package.Struct`, then by JSON name. */
type GoFacts = Map<string, Map<string, { readonly type: string; readonly omitEmpty: boolean }>>;

export interface TypeSources {
  /** Folder with api__v1_openapi.json, apis__apps__v1_openapi.json … (api/openapi-spec/v3 of the Kubernetes sources). */
  readonly openapi: string;
  /** aggregated_v2.json and api__v1.json (api/discovery of the Kubernetes sources). */
  readonly discovery: string;
  /** Roots of the modules k8s.io/api, apimachinery, apiextensions-apiserver, kube-aggregator. */
  readonly goModules: readonly string[];
}

export function deriveTypes(sources: TypeSources): PackedTable {
  const schemas = readSchemas(sources.openapi);
  const facts = readGoFacts(sources.goModules);
  const resources = readResources(sources.discovery);
  const types: Record<string, PackedType> = {};
  const queue = resources.map((resource) => resource.type);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (types[name] !== undefined) continue;
    const schema = schemas.get(name);
    if (schema === undefined) throw new Error(`no schema for ${name}`);
    types[name] = packNamed(name, schema, facts, (ref) => queue.push(ref));
  }
  const sorted = Object.fromEntries(Object.entries(types).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { types: sorted, resources };
}

function readJson(path: string): Tree {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isTree(value)) throw new Error(`${path} is not a JSON object`);
  return value;
}

/** `io.k8s.api.core.v1.Pod` → `core.v1.Pod`. */
function shortName(name: string): string {
  return name.split('.').slice(-3).join('.');
}

function readSchemas(folder: string): Map<string, Tree> {
  const out = new Map<string, Tree>();
  for (const groupVersion of Object.keys(wanted)) {
    const file = groupVersion === 'v1' ? 'api__v1' : `apis__${groupVersion.replace('/', '__')}`;
    const document = readJson(join(folder, `${file}_openapi.json`));
    for (const [name, schema] of Object.entries(treeAt(document, 'components', 'schemas') ?? {}))
      if (isTree(schema)) out.set(shortName(name), schema);
  }
  return out;
}

function readResources(folder: string): PackedResource[] {
  const groups = [
    { group: '', versions: [{ version: 'v1', list: coreResources(readJson(join(folder, 'api__v1.json'))) }] },
    ...treesAt(readJson(join(folder, 'aggregated_v2.json')), 'items').map((item) => ({
      group: textAt(treeAt(item, 'metadata'), 'name'),
      versions: treesAt(item, 'versions').map((v) => ({
        version: textAt(v, 'version'),
        list: treesAt(v, 'resources'),
      })),
    })),
  ];
  return groups.flatMap(({ group, versions }) =>
    versions.flatMap(({ version, list }) => {
      const names = wanted[group === '' ? version : `${group}/${version}`] ?? [];
      return list
        .filter((resource) => names.includes(textAt(resource, 'resource')))
        .map((resource) => packResource(group, version, resource));
    }),
  );
}

/** The legacy resource list of the core group in the shape of aggregated discovery. */
function coreResources(document: Tree): Tree[] {
  const all = treesAt(document, 'resources');
  return all
    .filter((resource) => !textAt(resource, 'name').includes('/'))
    .map((resource) => {
      const name = textAt(resource, 'name');
      const subresources = all
        .filter((other) => textAt(other, 'name').startsWith(`${name}/`))
        .map((other) => ({ subresource: textAt(other, 'name').slice(name.length + 1) }));
      return {
        ...resource,
        resource: name,
        singularResource: resource['singularName'],
        scope: resource['namespaced'] === true ? 'Namespaced' : 'Cluster',
        responseKind: { kind: resource['kind'] },
        subresources,
      };
    });
}

function packResource(group: string, version: string, resource: Tree): PackedResource {
  const kind = textAt(treeAt(resource, 'responseKind'), 'kind');
  const texts = (key: string) => listAt(resource, key).filter((item) => typeof item === 'string');
  const subresources = treesAt(resource, 'subresources').map((sub) => textAt(sub, 'subresource'));
  const shortNames = texts('shortNames');
  const categories = texts('categories');
  return {
    group,
    version,
    plural: textAt(resource, 'resource'),
    singular: textAt(resource, 'singularResource'),
    kind,
    namespaced: resource['scope'] === 'Namespaced',
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
    type: `${group === '' ? 'core' : (group.split('.')[0] ?? group)}.${version}.${kind}`,
  };
}

function packNamed(name: string, schema: Tree, facts: GoFacts, follow: (ref: string) => void): PackedType {
  const properties = treeAt(schema, 'properties');
  if (properties === undefined) return packType(schema, follow);
  const fields: Record<string, PackedField> = {};
  for (const [key, property] of Object.entries(properties))
    if (isTree(property)) fields[key] = packField(property, facts.get(name)?.get(key), follow);
  return schema['x-kubernetes-map-type'] === 'atomic' ? { f: fields, a: 1 } : { f: fields };
}

function packField(
  property: Tree,
  fact: { readonly type: string; readonly omitEmpty: boolean } | undefined,
  follow: (ref: string) => void,
): PackedField {
  const type = packType(property, follow);
  const standard = property['default'];
  if (isTree(standard)) return [type, 'e'];
  const given = standard === undefined || standard === '' || standard === 0 ? undefined : standard;
  const emission = emissionOf(type, fact);
  return given === undefined ? (emission === 'o' ? type : [type, emission]) : [type, emission, given];
}

function emissionOf(
  type: PackedType,
  fact: { readonly type: string; readonly omitEmpty: boolean } | undefined,
): string {
  if (fact === undefined || fact.type.startsWith('*')) return 'o';
  const struct = type === '@resource.Quantity' || type === 'Q' || type === 'I' || type === '@intstr.IntOrString';
  if (struct) return 'r';
  if (!fact.omitEmpty) return 'r';
  return typeof type === 'string' && ['s', 'i', 'n', 'b'].includes(type) ? 'z' : 'o';
}

function packType(schema: Tree, follow: (ref: string) => void): PackedType {
  const reference = textAt(schema, '$ref') || textAt(treesAt(schema, 'allOf')[0], '$ref');
  if (reference !== '') return packReference(shortName(reference), follow);
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  switch (textAt(schema, 'type')) {
    case 'string':
      return schema['format'] === 'date-time' ? 'T' : schema['format'] === 'byte' ? 'B' : 's';
    case 'integer':
      return 'i';
    case 'number':
      return 'n';
    case 'boolean':
      return 'b';
    case 'array':
      return packList(schema, follow);
    case 'object': {
      const values = treeAt(schema, 'additionalProperties');
      if (values === undefined) return 'x';
      return atomic ? { m: packType(values, follow), a: 1 } : { m: packType(values, follow) };
    }
    default:
      return schema['format'] === 'int-or-string' ? 'I' : 'x';
  }
}

function packReference(name: string, follow: (ref: string) => void): PackedType {
  if (name.endsWith('.Quantity')) return 'Q';
  if (name.endsWith('.IntOrString')) return 'I';
  if (name.endsWith('.Time') || name.endsWith('.MicroTime')) return 'T';
  if (/\.(?:RawExtension|FieldsV1|JSON)$/.test(name)) return 'x';
  follow(name);
  return `@${name}`;
}

function packList(schema: Tree, follow: (ref: string) => void): PackedObject {
  const items = packType(treeAt(schema, 'items') ?? {}, follow);
  const type = schema['x-kubernetes-list-type'];
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string');
  const merges = textAt(schema, 'x-kubernetes-patch-strategy').includes('merge');
  return {
    l: items,
    ...(type === 'map' ? { k: keys } : {}),
    ...(type === 'set' ? { s: 1 as const } : {}),
    ...(merges ? { p: textAt(schema, 'x-kubernetes-patch-merge-key') } : {}),
  };
}

/** Reads the struct fields of every types*.go below the module roots. Embedded structs lend their fields. */
function readGoFacts(modules: readonly string[]): GoFacts {
  const facts: GoFacts = new Map();
  for (const root of modules)
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && /^(?:types.*|register)\.go$/.test(entry.name)) {
        const folders = entry.parentPath.split('/').slice(-2).join('.');
        readGoFile(readFileSync(join(entry.parentPath, entry.name), 'utf8'), folders, facts);
      }
  return facts;
}

/** omitempty does not leave out a struct, such as a time; omitzero does. */
function omits(type: string, tag: string): boolean {
  return /^(?:\w+\.)?(?:Micro)?Time$/.test(type) ? tag.includes('omitzero') : tag.includes('omit');
}

function readGoFile(source: string, packageName: string, facts: GoFacts): void {
  const embedded: [string, string][] = [];
  for (const match of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    const fields = new Map<string, { type: string; omitEmpty: boolean }>();
    const name = `${packageName}.${match[1] ?? ''}`;
    for (const line of (match[2] ?? '').split('\n')) {
      const field = /^\t\w+\s+(\S+)\s+`.*?json:"([\w$-]+)(,[^"]*)?"/.exec(line);
      if (field !== null)
        fields.set(field[2] ?? '', { type: field[1] ?? '', omitEmpty: omits(field[1] ?? '', field[3] ?? '') });
      const inline = /^\t(\w+)\s+`.*?json:",inline"/.exec(line);
      if (inline !== null) embedded.push([name, `${packageName}.${inline[1] ?? ''}`]);
    }
    facts.set(name, fields);
  }
  for (const [outer, inner] of embedded)
    for (const [key, fact] of facts.get(inner) ?? []) facts.get(outer)?.set(key, fact);
}
