/** URL paths of the Kubernetes API. */
import type { ResourceType } from '../../domain/kubernetes.ts';

/**
 * The collection a kind lives in: `/apis/apps/v1/namespaces/shop/deployments`; of the whole cluster where `namespace` is ''.
 */
export function collectionPath(type: ResourceType, namespace: string): string {
  const root = type.group === '' ? ['api', type.version] : ['apis', type.group, type.version];
  const scope = type.namespaced && namespace !== '' ? ['namespaces', namespace] : [];
  return `/${[...root, ...scope, type.plural].map((segment) => encodeURIComponent(segment)).join('/')}`;
}

/** One object. Callers check `addressable` first: a name of `..` would climb to another resource. */
export function objectPath(type: ResourceType, namespace: string, name: string): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

/**
 * Whether names can stand in a path and mean one object. The same rule as the API server's (apimachinery `IsValidPathSegmentName`):
 * not empty, not `.` or `..`, no `/` or `%`.
 */
export function addressable(type: ResourceType, namespace: string, name: string): boolean {
  const isSegment = (text: string) => text !== '' && text !== '.' && text !== '..' && !/[/%]/.test(text);
  return isSegment(name) && (!type.namespaced || isSegment(namespace));
}
