/** One validation result at a place in a file. Its words live in core/report, one sentence and one fix for each code. */
import type { ObjectRef } from './kubernetes.ts';

export type FindingCode =
  // reading
  | 'yaml-malformed'
  | 'yaml-tab'
  | 'yaml-duplicate-key'
  | 'yaml-alias-limit'
  | 'yaml-too-deep'
  | 'yaml-unsupported-tag'
  | 'file-too-large'
  | 'file-not-utf8'
  | 'too-many-objects'
  | 'symlink-refused'
  | 'submodule-refused'
  | 'lfs-pointer'
  // rendering
  | 'path-not-found'
  | 'render-empty'
  | 'render-failed'
  | 'render-timeout'
  | 'render-tool-missing'
  | 'render-remote-base'
  | 'render-plugin-refused'
  // objects
  | 'not-an-object'
  | 'api-version-missing'
  | 'kind-missing'
  | 'name-missing'
  | 'name-invalid'
  | 'generate-name'
  | 'server-field-in-manifest'
  | 'duplicate-object'
  | 'namespace-not-allowed'
  | 'kind-not-allowed'
  | 'cluster-scoped-namespace'
  | 'encrypted-secret'
  // server
  | 'kind-unknown'
  | 'namespace-missing'
  | 'home-namespace-missing'
  | 'definition-invalid'
  | 'server-invalid'
  | 'server-denied'
  | 'immutable-field'
  | 'manager-conflict'
  | 'owned-by-other-environment'
  // configuration
  | 'config-missing'
  | 'config-malformed'
  | 'config-invalid'
  | 'config-not-bound'
  | 'config-changed-here'
  // merge
  | 'merge-conflict';

export interface Finding {
  readonly code: FindingCode;
  /** An error keeps the environment from being applied; a warning is only told. */
  readonly severity: 'error' | 'warning';
  /** Path inside the repository. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  readonly object?: ObjectRef;
  /** The particulars, as foreign text: the server's words, the unknown kind, the other file. Never a secret value. */
  readonly detail: string;
  /** What to do instead, where we can tell: "did you mean `replicas`?". */
  readonly fix?: string;
}
