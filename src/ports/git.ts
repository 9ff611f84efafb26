/**
 * Git as flows need it: a mirror per repository, read by SHA. Nothing here takes a branch name but `fetch`, which turns
 * names into SHAs; no working tree, no hooks, no filters, no submodules, no LFS.
 */
import type { Evidence } from '../domain/evidence.ts';
import type { RepositoryRef, Sha } from '../domain/forge.ts';
import type { GitRemote } from './forge.ts';

export interface Git {
  /**
   * Brings commits into the mirror and says where the branch is now. `commits` are fetched by SHA (a pull request's head may live in a fork).
   * `branch` answers *not-found* when the remote has none of that name.
   */
  fetch(
    repository: RepositoryRef,
    remote: GitRemote,
    want: { readonly branch: string; readonly commits: readonly Sha[] },
    signal: AbortSignal,
  ): Promise<Evidence<{ readonly head: Sha }>>;
  /** The tree that merging `head` into `base` gives, or the paths in conflict. Needs no working tree. */
  mergeTree(repository: RepositoryRef, base: Sha, head: Sha): Promise<MergeResult>;
  treeOf(repository: RepositoryRef, commit: Sha): Promise<Sha>;
  /** Every entry of a tree, recursively; more than the limit is an error result, never a cut list. */
  listTree(repository: RepositoryRef, tree: Sha): Promise<TreeListing>;
  /** Blobs by id through one `cat-file --batch`; a blob over `maxBytes` comes back as `too-large` with its size. */
  readBlobs(repository: RepositoryRef, blobs: readonly Sha[], maxBytes: number): Promise<ReadonlyMap<Sha, Blob>>;
  /** First-parent commits after `from` up to and including `to`, oldest first; `not-ancestor` when `to` does not descend from `from`. */
  firstParentRange(repository: RepositoryRef, from: Sha, to: Sha): Promise<RangeResult>;
  commit(repository: RepositoryRef, commit: Sha): Promise<CommitInfo>;
}

export type MergeResult =
  | { readonly kind: 'merged'; readonly tree: Sha }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

export interface TreeEntry {
  readonly path: string;
  readonly mode: 'file' | 'executable' | 'symlink' | 'submodule';
  readonly blob: Sha;
  /** Bytes; 0 for submodules. */
  readonly size: number;
}

export type TreeListing =
  | { readonly kind: 'listed'; readonly entries: readonly TreeEntry[] }
  | { readonly kind: 'too-many'; readonly limit: number };

export type Blob =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large'; readonly size: number };

export type RangeResult =
  | { readonly kind: 'range'; readonly commits: readonly CommitInfo[] }
  | { readonly kind: 'not-ancestor' };

export interface CommitInfo {
  readonly sha: Sha;
  readonly tree: Sha;
  readonly parents: readonly Sha[];
  readonly message: string;
  /** RFC 3339. */
  readonly committedAt: string;
}
