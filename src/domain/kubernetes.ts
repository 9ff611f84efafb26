/** Kubernetes objects as plain data, and the names we know them by. No client, no I/O. */
import type { Json, JsonObject } from './json.ts';

/** Any object of any kind. Only what every object has is typed; the rest stays JSON. */
export interface KubernetesObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface ObjectMeta extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly managedFields?: readonly Json[];
}

/** Which object: `group` is '' for the core group, `namespace` is '' for cluster-scoped objects. */
export interface ObjectRef {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Identity without the version: the same object read through two API versions has one key. */
export type ObjectKey = string;

export function objectKey(ref: Omit<ObjectRef, 'version'>): ObjectKey {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** `apps/v1` → group `apps`, version `v1`; `v1` → group ``, version `v1`. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function apiVersionOf(ref: { readonly group: string; readonly version: string }): string {
  return ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
}

export function refOf(object: KubernetesObject): ObjectRef {
  return {
    ...parseApiVersion(object.apiVersion),
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}

/** `Deployment shop/checkout`, `Namespace shop`: how people name an object. */
export function displayName(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return ref.namespace === '' ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

/** One served kind, from API discovery. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/**
 * What the server serves. A group whose aggregated API server does not answer stands in `brokenGroups`
 * and stops nothing else; an object of such a group cannot be planned and makes the plan incomplete.
 */
export interface Discovery {
  readonly types: readonly ResourceType[];
  /** `group/version` of every group version that could not be discovered. */
  readonly brokenGroups: readonly string[];
}

export interface ClusterIdentity {
  /** uid of the namespace kube-system: the only thing that tells two clusters apart for certain. */
  readonly uid: string;
  /** As the server says it, for instance `v1.36.3`. */
  readonly serverVersion: string;
}

/** Our own marks on objects: left out of diffs and effects. */
export const fieldManager = 'fairlead';
export const applySetLabel = 'applyset.kubernetes.io/part-of';
