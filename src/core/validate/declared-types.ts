/** The kinds that CustomResourceDefinitions among the declared objects will serve once they are applied. */
import { isJsonObject, type Json } from '../../domain/json.ts';
import { type KubernetesObject, parseApiVersion, type ResourceType } from '../../domain/kubernetes.ts';

/** One type for each served version; a definition that is not written as it should be gives none, and the server will say why. */
export function typesDeclaredBy(objects: readonly KubernetesObject[]): readonly ResourceType[] {
  return objects.flatMap((object) => {
    const { group } = parseApiVersion(object.apiVersion);
    return object.kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io'
      ? typesOf(object['spec'])
      : [];
  });
}

function typesOf(spec: Json | undefined): readonly ResourceType[] {
  const { group, names, scope, versions } = isJsonObject(spec) ? spec : {};
  const { kind, plural } = isJsonObject(names) ? names : {};
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string' || !Array.isArray(versions)) {
    return [];
  }
  return versions.flatMap((each: Json) => {
    const { name, served } = isJsonObject(each) ? each : {};
    return typeof name === 'string' && served !== false
      ? [{ group, version: name, kind, plural, namespaced: scope !== 'Cluster', verbs: customResourceVerbs }]
      : [];
  });
}

const customResourceVerbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
