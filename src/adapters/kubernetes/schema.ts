/**
 * What the API server says, read with suspicion: only the fields used here, each checked, nothing assumed. What does not
 * fit reads as `undefined`, which callers report as malformed; it never reads as empty.
 */
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { Discovery, KubernetesObject, ResourceType } from '../../domain/kubernetes.ts';

/** A `Status` of kind Failure. */
export interface ApiStatus {
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly StatusCause[];
  /** What `details` names: `{kind: 'namespaces', name: 'shop'}`. */
  readonly about: { readonly kind: string; readonly name: string };
  readonly retryAfterSeconds: number;
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export function parseStatus(body: unknown): ApiStatus | undefined {
  if (!isJsonObject(body) || body['kind'] !== 'Status') return undefined;
  const details = objectIn(body, 'details');
  return {
    reason: textIn(body, 'reason'),
    message: textIn(body, 'message'),
    causes: itemsIn(details, 'causes').map((cause) => ({
      reason: textIn(cause, 'reason'),
      message: textIn(cause, 'message'),
      field: textIn(cause, 'field'),
    })),
    about: { kind: textIn(details, 'kind'), name: textIn(details, 'name') },
    retryAfterSeconds: typeof details['retryAfterSeconds'] === 'number' ? details['retryAfterSeconds'] : 0,
  };
}

/** Any object: apiVersion, kind and a name. */
export function isKubernetesObject(value: unknown): value is KubernetesObject {
  return (
    isJsonObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isMeta(value['metadata'])
  );
}

function isMeta(value: unknown): boolean {
  if (!isJsonObject(value) || typeof value['name'] !== 'string') return false;
  const isTextOrAbsent = (member: unknown) => member === undefined || typeof member === 'string';
  const isMapOrAbsent = (member: unknown) => member === undefined || isJsonObject(member);
  const fields = value['managedFields'];
  return (
    ['namespace', 'uid', 'resourceVersion'].every((key) => isTextOrAbsent(value[key])) &&
    ['labels', 'annotations'].every((key) => isMapOrAbsent(value[key])) &&
    (fields === undefined || Array.isArray(fields))
  );
}

/** One page of a LIST. `next` is '' on the last one. */
export interface Page {
  readonly items: readonly KubernetesObject[];
  readonly next: string;
}

/** Items of a built-in list carry no apiVersion and kind of their own; they are filled in from the type asked for. */
export function parsePage(body: unknown, apiVersion: string, kind: string): Page | undefined {
  if (!isJsonObject(body) || !isJsonObject(body['metadata']) || !textIn(body, 'kind').endsWith('List'))
    return undefined;
  const raw = body['items'] ?? [];
  if (!Array.isArray(raw)) return undefined;
  const items: KubernetesObject[] = [];
  for (const item of raw) {
    const object: unknown = isJsonObject(item) ? { apiVersion, kind, ...item } : item;
    if (!isKubernetesObject(object)) return undefined;
    items.push(object);
  }
  return { items, next: textIn(body['metadata'], 'continue') };
}

/** Aggregated discovery (`APIGroupDiscoveryList`); `undefined` when the server answered in the legacy form. */
export function parseAggregatedDiscovery(body: unknown): Discovery | undefined {
  if (!isJsonObject(body) || body['kind'] !== 'APIGroupDiscoveryList') return undefined;
  const types: ResourceType[] = [];
  const brokenGroups: string[] = [];
  for (const item of itemsIn(body, 'items')) {
    const group = textIn(objectIn(item, 'metadata'), 'name');
    for (const entry of itemsIn(item, 'versions')) {
      const version = textIn(entry, 'version');
      if (entry['freshness'] === 'Stale') {
        brokenGroups.push(group === '' ? version : `${group}/${version}`);
        continue;
      }
      types.push(...itemsIn(entry, 'resources').flatMap((resource) => aggregatedType(group, version, resource)));
    }
  }
  return { types, brokenGroups };
}

function aggregatedType(group: string, version: string, resource: JsonObject): readonly ResourceType[] {
  const kind = textIn(objectIn(resource, 'responseKind'), 'kind');
  const plural = textIn(resource, 'resource');
  if (kind === '' || plural === '') return [];
  return [
    { group, version, kind, plural, namespaced: resource['scope'] === 'Namespaced', verbs: textsIn(resource, 'verbs') },
  ];
}

/** Legacy `/api`: the versions of the core group. */
export function parseCoreVersions(body: unknown): readonly string[] | undefined {
  return isJsonObject(body) && body['kind'] === 'APIVersions' ? textsIn(body, 'versions') : undefined;
}

/** Legacy `/apis`: every `group/version`. */
export function parseGroupVersions(body: unknown): readonly string[] | undefined {
  if (!isJsonObject(body) || body['kind'] !== 'APIGroupList') return undefined;
  return itemsIn(body, 'groups').flatMap((group) =>
    itemsIn(group, 'versions').map((version) => textIn(version, 'groupVersion')),
  );
}

/** Legacy `/apis/<group>/<version>`: its kinds; subresources (`pods/log`) left out. */
export function parseResourceList(body: unknown, group: string, version: string): readonly ResourceType[] | undefined {
  if (!isJsonObject(body) || body['kind'] !== 'APIResourceList') return undefined;
  return itemsIn(body, 'resources').flatMap((resource) => {
    const plural = textIn(resource, 'name');
    const kind = textIn(resource, 'kind');
    if (plural === '' || kind === '' || plural.includes('/')) return [];
    return [
      { group, version, kind, plural, namespaced: resource['namespaced'] === true, verbs: textsIn(resource, 'verbs') },
    ];
  });
}

/** `/version`. */
export function parseServerVersion(body: unknown): string | undefined {
  const version = isJsonObject(body) ? textIn(body, 'gitVersion') : '';
  return version === '' ? undefined : version;
}

/** A kubeconfig's outer shape; its entries are read by client-node. */
export function parseKubeconfig(document: unknown) {
  const config = isJsonObject(document) ? document : {};
  const current = textIn(config, 'current-context');
  const tokenFiles = itemsIn(config, 'users').flatMap((user): [string, string][] => {
    const path = textIn(objectIn(user, 'user'), 'tokenFile');
    return path === '' ? [] : [[textIn(user, 'name'), path]];
  });
  return {
    clusters: config['clusters'],
    contexts: config['contexts'],
    users: config['users'],
    currentContext: current === '' ? undefined : current,
    tokenFiles: new Map(tokenFiles),
  };
}

export function objectIn(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isJsonObject(value) ? value : {};
}

export function textIn(parent: JsonObject, key: string): string {
  const value = parent[key];
  return typeof value === 'string' ? value : '';
}

export function itemsIn(parent: JsonObject, key: string): readonly JsonObject[] {
  const value = parent[key];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textsIn(parent: JsonObject, key: string): readonly string[] {
  const value = parent[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
