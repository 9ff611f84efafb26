/** API discovery: the legacy lists and the aggregated documents, with the version the stand-in claims to be. */
import { apiVersionOf, type Registry, type Resource } from './registry.ts';
import type { Tree } from './value.ts';

export const versionInfo: Tree = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3',
  gitCommit: 'stand-in',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const subVerbs = ['get', 'patch', 'update'];

export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function groupNames(registry: Registry): string[] {
  const named = registry.all().map((resource) => resource.group);
  const broken = [...registry.broken].map((groupVersion) => groupVersion.split('/')[0] ?? '');
  return [...new Set([...named, ...broken])].filter((group) => group !== '');
}

function versionsOf(registry: Registry, group: string): string[] {
  const named = registry
    .all()
    .filter((resource) => resource.group === group)
    .map((resource) => resource.version);
  const broken = [...registry.broken]
    .filter((gv) => gv.startsWith(`${group}/`))
    .map((gv) => gv.slice(group.length + 1));
  return [...new Set([...named, ...broken])].toSorted((a, b) => rankVersion(b) - rankVersion(a));
}

/** v2 before v1 before v1beta1 before v1alpha1. */
function rankVersion(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return -1;
  const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return stage * 1_000_000 + Number(match[1]) * 1000 + Number(match[3] ?? 0);
}

/** `/apis` or `/api` as one document; an aggregated group that does not answer is Stale and has no resources. */
export function aggregated(registry: Registry, core: boolean): Tree {
  const groups = core ? [''] : groupNames(registry);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(registry, group).map((version) => aggregatedVersion(registry, group, version)),
    })),
  };
}

function aggregatedVersion(registry: Registry, group: string, version: string): Tree {
  if (registry.broken.has(`${group}/${version}`)) return { version, freshness: 'Stale' };
  const resources = registry.all().filter((resource) => resource.group === group && resource.version === version);
  return { version, resources: resources.map(aggregatedResource), freshness: 'Current' };
}

function aggregatedResource(resource: Resource): Tree {
  const kind =
    resource.custom === undefined
      ? { group: '', version: '', kind: resource.kind }
      : { group: resource.group, version: resource.version, kind: resource.kind };
  const subresources = resource.subresources.map((subresource) => ({
    subresource,
    responseKind: { ...kind },
    verbs: [...subVerbs],
  }));
  return {
    resource: resource.plural,
    responseKind: kind,
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: [...(resource.custom === undefined ? verbs : customVerbs)],
    ...(resource.shortNames.length > 0 ? { shortNames: [...resource.shortNames] } : {}),
    ...(resource.categories.length > 0 ? { categories: [...resource.categories] } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

export function apiVersions(address: string): Tree {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

export function groupList(registry: Registry): Tree {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupNames(registry).map((group) => groupBody(registry, group)),
  };
}

function groupBody(registry: Registry, group: string): Tree {
  const versions = versionsOf(registry, group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: { ...(versions[0] ?? { groupVersion: '', version: '' }) } };
}

export function group(registry: Registry, name: string): Tree | undefined {
  if (!groupNames(registry).includes(name)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(registry, name) };
}

export function resourceList(registry: Registry, groupName: string, version: string): Tree | undefined {
  const resources = registry.all().filter((resource) => resource.group === groupName && resource.version === version);
  const first = resources[0];
  if (first === undefined) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(first),
    resources: resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: [...(resource.custom === undefined ? verbs : customVerbs)],
        ...(resource.shortNames.length > 0 ? { shortNames: [...resource.shortNames] } : {}),
        ...(resource.categories.length > 0 ? { categories: [...resource.categories] } : {}),
      },
      ...resource.subresources.map((name) => ({
        name: `${resource.plural}/${name}`,
        singularName: '',
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: [...subVerbs],
      })),
    ]),
  };
}

/** The little of OpenAPI that kubectl looks for: that PATCH takes fieldValidation, so it lets the server check. */
export function openApiIndex(registry: Registry): Tree {
  const paths: Tree = {};
  for (const resource of registry.all()) {
    const path = `${resource.group === '' ? 'api' : `apis/${resource.group}`}/${resource.version}`;
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}` };
  }
  return { paths };
}

export function openApiDocument(registry: Registry, groupName: string, version: string): Tree | undefined {
  const resources = registry.all().filter((resource) => resource.group === groupName && resource.version === version);
  if (resources.length === 0) return undefined;
  const root = groupName === '' ? `/api/${version}` : `/apis/${groupName}/${version}`;
  const paths: Tree = {};
  for (const resource of resources) {
    const scope = resource.namespaced ? '/namespaces/{namespace}' : '';
    const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
      name,
      in: 'query',
      schema: { type: 'string' },
    }));
    const gvk = { group: groupName, version, kind: resource.kind };
    paths[`${root}${scope}/${resource.plural}/{name}`] = {
      patch: {
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': gvk,
        parameters,
        responses: { '200': { description: 'OK' } },
      },
    };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36.3' }, paths };
}
