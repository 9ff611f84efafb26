/** Desired state: what Git says, read and resolved, before anybody asked a cluster. */
import type { KubernetesObject, ResourceType } from './kubernetes.ts';

/** One object as declared, with the place it came from. */
export interface DesiredObject {
  readonly object: KubernetesObject;
  /** Path inside the repository and 1-based line of the object's first line. */
  readonly source: { readonly file: string; readonly line: number };
}

/** A declared object whose namespace is filled in and whose kind is known to the server or to a CRD of the same change. */
export interface ResolvedObject {
  readonly desired: DesiredObject;
  readonly type: ResourceType;
  /** The kind is not served yet: its CRD comes with the same change. */
  readonly declaredByCrd: boolean;
}
