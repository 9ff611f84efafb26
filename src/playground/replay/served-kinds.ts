/** Which kinds a server serves, from its aggregated discovery documents. */
import { at } from '../../domain/json-path.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface Kinds {
  readonly served: readonly ServedKind[];
  /** `group/version` of aggregated groups that do not answer: what is in them cannot be seen by anybody. */
  readonly silent: readonly string[];
}

/** From the aggregated discovery documents (kubernetes.io/docs/concepts/overview/kubernetes-api): versions are in the order of preference. */
export function kindsIn(documents: readonly JsonObject[]): Kinds {
  const served = new Map<string, ServedKind>();
  const silent: string[] = [];
  for (const group of documents.flatMap(({ items }) => list(items))) {
    const name = text(at(group, 'metadata', 'name'));
    for (const version of list(at(group, 'versions'))) {
      const versionName = text(at(version, 'version'));
      if (at(version, 'freshness') === 'Stale') silent.push(`${name}/${versionName}`);
      for (const resource of list(at(version, 'resources'))) {
        const kind = text(at(resource, 'responseKind', 'kind'));
        const verbs = at(resource, 'verbs');
        const readable = Array.isArray(verbs) && verbs.includes('list') && verbs.includes('get');
        if (!readable || served.has(`${name}/${kind}`)) continue;
        const namespaced = at(resource, 'scope') === 'Namespaced';
        const plural = text(at(resource, 'resource'));
        served.set(`${name}/${kind}`, { group: name, version: versionName, kind, plural, namespaced });
      }
    }
  }
  const silentGroups = new Set(silent.map((groupVersion) => groupVersion.slice(0, groupVersion.indexOf('/'))));
  return { served: [...served.values()].filter(({ group }) => !silentGroups.has(group)), silent };
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
