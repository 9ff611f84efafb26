/** An environment: one source path → one cluster and default namespace, as declared in `.fairlead.yaml` and allowed by a binding. */
import type { RepositoryRef } from './forge.ts';

export type RenderKind = 'plain' | 'kustomize';

/** One entry of `environments` in `.fairlead.yaml`, defaults filled in. */
export interface EnvironmentSpec {
  readonly name: string;
  /** Directory inside the repository, no leading or trailing slash; '.' is the root. */
  readonly path: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly render: RenderKind;
  /** Environments of the same repository that must have deployed the same commit first. */
  readonly dependsOn: readonly string[];
  readonly prune: boolean;
  /** More deletions than this in one deployment wait for an acknowledgement. */
  readonly maxPrune: number;
  /** Whether an immutable field may be changed by deleting and creating the object anew. */
  readonly allowReplace: boolean;
  readonly drift: 'report' | 'heal';
  /** Field managers whose fields are taken over without asking; `kubectl*` and `before-first-apply` always are. */
  readonly takeOver: readonly string[];
  /** Fields left to others: never planned, never reported as drift. */
  readonly ignore: readonly IgnoreRule[];
  /** Seconds a rollout may take. */
  readonly readyTimeout: number;
}

export interface IgnoreRule {
  readonly kind?: string;
  readonly name?: string;
  /** Field path such as `spec.replicas`. */
  readonly field: string;
}

/** What the operator allows a repository to do on one cluster. Empty lists allow nothing. */
export interface Binding {
  readonly forge: string;
  /** `owner/name` as the operator wrote it; the numeric id is looked up and kept. */
  readonly repository: string;
  readonly branch: string;
  readonly cluster: string;
  /** Names or `*` patterns (`shop-*`). */
  readonly namespaces: readonly string[];
  /** `Deployment`, `*.monitoring.coreos.com`, `*`; cluster-scoped kinds must be covered too. */
  readonly kinds: readonly string[];
}

/** A declared environment together with the binding that allows it. `key` names its lane, lease, inventory and rows. */
export interface Environment {
  readonly key: string;
  readonly repository: RepositoryRef;
  readonly branch: string;
  readonly spec: EnvironmentSpec;
  readonly binding: Binding;
}

/** `<forge>/<repository id>/<environment name>`: stable across renames. */
export function environmentKey(repository: RepositoryRef, name: string): string {
  return `${repository.forge}/${repository.id}/${name}`;
}
