/** What a server answered to a server-side apply or its dry run, sorted into what it means for a plan. */
import type { Unknown } from './evidence.ts';
import type { KubernetesObject } from './kubernetes.ts';

export type ApplyOutcome =
  | {
      readonly kind: 'applied';
      readonly object: KubernetesObject;
      readonly created: boolean;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'conflict'; readonly conflicts: readonly ManagerConflict[]; readonly detail: string }
  | { readonly kind: 'immutable'; readonly fields: readonly string[]; readonly detail: string }
  | { readonly kind: 'invalid'; readonly causes: readonly InvalidCause[]; readonly detail: string }
  | { readonly kind: 'denied'; readonly detail: string }
  | { readonly kind: 'namespace-missing'; readonly detail: string }
  | { readonly kind: 'kind-unknown'; readonly detail: string }
  | { readonly kind: 'terminating'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly because: Unknown };

export interface ManagerConflict {
  readonly manager: string;
  readonly fields: readonly string[];
}

/** `field` is a path as the server writes it: `spec.template.spec.containers[0].image`. */
export interface InvalidCause {
  readonly field: string;
  readonly message: string;
}
