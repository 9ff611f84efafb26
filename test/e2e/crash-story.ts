/** The change whose deployment is killed, and what a cluster and a forge look like after it, told without what differs between two runs. */
import { gunzipSync } from 'node:zlib';

import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import type { GitHub } from '../../src/playground/github/handle.ts';
import { at, type ClusterView } from './cluster-view.ts';

/** One run of the story: a repository, a namespace and a kind of its own; an owner too, as the forge is written to so fast for each owner. */
export interface Place {
  readonly name: string;
  readonly repo: string;
  readonly namespace: string;
  readonly group: string;
}

export function place(name: string): Place {
  return { name, repo: `${name}/shop`, namespace: `ns-${name}`, group: `${name}.example.com` };
}

type Files = Record<string, string | null>;

export function configuration({ namespace }: Place, maxPrune: number): Record<string, string> {
  const settings = `path: deploy, cluster: prod-eu, namespace: ${namespace}, readyTimeout: 60, maxPrune: ${maxPrune}, allowReplace: true`;
  return { '.fairlead.yaml': `version: 1\nenvironments:\n  - {name: prod, ${settings}}\n` };
}

/** Brings everything the change will work on. */
export function firstFiles(where: Place): Files {
  const files: Files = {
    'deploy/namespace.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${where.namespace}}\n`,
  };
  for (const name of ['old-1', 'old-2', 'old-3', 'settings'])
    files[`deploy/${name}.yaml`] = configMap(where, name, 'first');
  return { ...files, 'deploy/checkout.yaml': checkout(where, 'checkout:1'), 'deploy/seed.yaml': job(where, 'seed', 1) };
}

/** Creates of several kinds, a new kind with an object of it, changes, a rollout, a replacement, and three deletions. */
export function changeFiles(where: Place): Files {
  const { namespace, group } = where;
  return {
    'deploy/old-1.yaml': null,
    'deploy/old-2.yaml': null,
    'deploy/old-3.yaml': null,
    'deploy/settings.yaml': configMap(where, 'settings', 'second'),
    'deploy/extra.yaml': configMap(where, 'extra', 'second'),
    'deploy/runner.yaml': `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: ${namespace}}\n`,
    'deploy/checkout.yaml': checkout(where, 'checkout:2'),
    'deploy/widgets.yaml': definition(group),
    'deploy/widget.yaml': `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: wheel, namespace: ${namespace}}\nspec: {size: 3}\n`,
    'deploy/migrate.yaml': job(where, 'migrate', 2),
    'deploy/seed.yaml': job(where, 'seed', 2),
  };
}

/** What a Job runs cannot be changed: another version replaces it. */
function job({ namespace }: Place, name: string, version: number): string {
  return `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: ${name}, image: "${name}:${version}"}]
`;
}

function configMap({ namespace }: Place, name: string, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {value: ${value}}\n`;
}

function checkout({ namespace }: Place, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: ${namespace}}
spec:
  replicas: 2
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec: {containers: [{name: checkout, image: "${image}"}]}
`;
}

function definition(group: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
`;
}

/** What is in the place, by kind and name. */
export type Objects = ReadonlyMap<string, JsonObject>;

export async function objectsIn(view: ClusterView, { namespace, group }: Place): Promise<Objects> {
  const core = `/api/v1/namespaces/${namespace}`;
  const lists: Readonly<Record<string, string>> = {
    ConfigMap: `${core}/configmaps`,
    ServiceAccount: `${core}/serviceaccounts`,
    Deployment: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    ReplicaSet: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
    Job: `/apis/batch/v1/namespaces/${namespace}/jobs`,
    Widget: `/apis/${group}/v1/namespaces/${namespace}/widgets`,
  };
  const objects = new Map<string, JsonObject>();
  for (const [kind, path] of Object.entries(lists)) {
    for (const object of await view.list(path)) objects.set(`${kind} ${nameOf(object)}`, object);
  }
  for (const name of ['kube-root-ca.crt']) objects.delete(`ConfigMap ${name}`);
  objects.delete('ServiceAccount default');
  const crd = await view.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`);
  if (crd !== undefined) objects.set('CustomResourceDefinition widgets', crd);
  return objects;
}

function nameOf(object: JsonObject): string {
  return textOf(at(object, 'metadata', 'name'));
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The same for two runs that did the same. Of what controllers write only what says how often they had to work is kept. */
export function normalised(objects: Objects, where: Place): Readonly<Record<string, Json>> {
  const told: Record<string, Json> = {};
  for (const [key, object] of objects) {
    const { metadata: _identity, status: _live, binaryData, kind: _kind, apiVersion: _version, ...content } = object;
    const inventory = typeof at(binaryData, 'inventory.json.gz') === 'string';
    const value = {
      ...content,
      labels: at(object, 'metadata', 'labels') ?? null,
      applied: fieldsOf(object),
      ...(inventory ? { inventory: inventoryOf(object, objects) } : {}),
      ...(key.startsWith('Job ') ? { succeeded: at(object, 'status', 'succeeded') ?? 0, labels: null } : {}),
    };
    told[key] = anonymous(key.startsWith('Job ') ? withoutSelector(value) : value, where);
  }
  return told;
}

/** A Job's selector and pod labels hold its uid. */
function withoutSelector(value: JsonObject): JsonObject {
  const { selector: _uid, template, ...spec } = isJsonObject(value['spec']) ? value['spec'] : {};
  return { ...value, spec: { ...spec, pods: at(template, 'spec') ?? null } };
}

/** What we own of the object, as the server keeps it. */
function fieldsOf(object: JsonObject): Json {
  const managers = at(object, 'metadata', 'managedFields');
  const ours = Array.isArray(managers) ? managers.filter((one) => at(one, 'manager') === 'fairlead') : [];
  return ours.map((one) => [at(one, 'operation') ?? null, at(one, 'fieldsV1') ?? null]);
}

/** Its entries, each with whether it names the object that is there now. */
function inventoryOf(object: JsonObject, objects: Objects): Json {
  const packed = textOf(at(object, 'binaryData', 'inventory.json.gz'));
  const stored: unknown = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString());
  const rows = isJsonObject(stored) && Array.isArray(stored['entries']) ? stored['entries'] : [];
  const told = rows.filter(Array.isArray).map(([, , kind, , name, uid]) => {
    const live = objects.get(kind === 'CustomResourceDefinition' ? `${kind} widgets` : `${kind} ${name}`);
    return `${kind} ${name}${kind === 'Namespace' ? '' : live && at(live, 'metadata', 'uid') === uid ? ' (live)' : ' (other uid)'}`;
  });
  return told.sort();
}

function anonymous(value: Json, where: Place): Json {
  const text = JSON.stringify(value).replaceAll(/applyset-[\w-]+-v1/g, 'APPLYSET');
  const parsed: Json = JSON.parse(text.replaceAll(where.name, 'PLACE'));
  return parsed;
}

/** What tells that an object was not written again: identity, and how often its content changed. */
export function versions(objects: Objects): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const [key, object] of objects) {
    // Controllers write the status of what has a generation, which moves the resourceVersion alone.
    const generation = at(object, 'metadata', 'generation');
    const version = typeof generation === 'number' ? generation : textOf(at(object, 'metadata', 'resourceVersion'));
    told.set(key, `${textOf(at(object, 'metadata', 'uid'))} ${version}`);
  }
  return told;
}

/** Fairlead's comments on a pull request, in order: plans by their first line, what was done in full, without what differs between two runs. */
export function saidOn(github: GitHub, where: Place, number: number): readonly string[] {
  return github
    .comments(where.repo, number)
    .filter(({ author }) => author.id === github.bot.id)
    .map(({ body }) => {
      const told = body
        .replaceAll(/<!-- fairlead:[^>]*-->/g, '')
        .replaceAll(where.name, 'PLACE')
        .replaceAll(/\b[0-9a-f]{7,64}\b/g, 'HEX')
        .replaceAll(/deployment \d+/g, 'deployment N')
        .replaceAll(/in [\d.]+ s\b/g, 'in T')
        .trim()
        .split('\n');
      // Deletions of one kind are told in the order they happened to end.
      return told[0]?.startsWith('**Deployed to') === true ? told.sort().join('\n') : (told[0] ?? '');
    });
}
