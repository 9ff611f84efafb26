/**
 * Remembers what commits, trees and small files hold. An object id names its content for good, so nothing here ever becomes wrong; it
 * saves the several git processes that each look at an unchanged repository would take. Where a branch stands is never remembered.
 */
import type { RepositoryRef, Sha } from '../../domain/forge.ts';
import type { Blob, CommitInfo, Git, RangeResult, TreeListing } from '../../ports/git.ts';

export interface MemoryLimits {
  /** Commits, and those of ranges again. */
  readonly commits: number;
  /** Entries of all trees together. */
  readonly treeEntries: number;
  /** Bytes of all files together, and of the largest one kept. */
  readonly bytes: number;
  readonly largestBytes: number;
}

const usualLimits: MemoryLimits = {
  commits: 500,
  treeEntries: 20_000,
  bytes: 4 * 1024 * 1024,
  largestBytes: 64 * 1024,
};

/** The same port. Failures are not remembered. */
export function rememberingGit(git: Git, limits: MemoryLimits = usualLimits): Git {
  const commits = createMemory<CommitInfo>(limits.commits, () => 1);
  const ranges = createMemory<RangeResult>(limits.commits, (range) =>
    range.kind === 'range' ? 1 + range.commits.length : 1,
  );
  const trees = createMemory<TreeListing>(limits.treeEntries, (tree) =>
    tree.kind === 'listed' ? 1 + tree.entries.length : 1,
  );
  const blobs = createMemory<Blob>(limits.bytes, (blob) => (blob.kind === 'content' ? 1 + blob.bytes.length : 1));

  const commit: Git['commit'] = (repository, sha) =>
    commits.get(keyOf(repository, sha), () => git.commit(repository, sha));
  return {
    fetch: (repository, remote, want, signal) => git.fetch(repository, remote, want, signal),
    commit,
    treeOf: async (repository, sha) => (await commit(repository, sha)).tree,
    // The tree of a merge is written by asking for it: a mirror built anew would not have it.
    mergeTree: (repository, base, head) => git.mergeTree(repository, base, head),
    listTree: (repository, tree) => trees.get(keyOf(repository, tree), () => git.listTree(repository, tree)),
    // An answer that something is no ancestor may only mean that it was not fetched yet.
    firstParentRange: (repository, from, to) =>
      ranges.get(
        keyOf(repository, from, to),
        () => git.firstParentRange(repository, from, to),
        ({ kind }) => kind === 'range',
      ),
    async readBlobs(repository, wanted, maxBytes) {
      const found = new Map<Sha, Blob>();
      const missing: Sha[] = [];
      for (const id of new Set(wanted)) {
        const kept = blobs.peek(keyOf(repository, id));
        if (kept?.kind === 'content') found.set(id, sized(kept, maxBytes));
        else missing.push(id);
      }
      if (missing.length === 0) return found;
      for (const [id, blob] of await git.readBlobs(repository, missing, maxBytes)) {
        found.set(id, blob);
        if (blob.kind === 'content' && blob.bytes.length <= limits.largestBytes) blobs.put(keyOf(repository, id), blob);
      }
      return found;
    },
  };
}

/** By repository too: what one repository's mirror holds must not answer for another. */
function keyOf(repository: RepositoryRef, ...ids: readonly Sha[]): string {
  return [repository.forge, repository.id, ...ids].join(' ');
}

function sized(blob: Extract<Blob, { kind: 'content' }>, maxBytes: number): Blob {
  const size = blob.bytes.length;
  return size > maxBytes ? { kind: 'too-large', size } : blob;
}

interface Memory<T> {
  peek(key: string): T | undefined;
  put(key: string, value: T): void;
  /** What is remembered, else what `read` answers, which is remembered if `keep` says so. */
  get(key: string, read: () => Promise<T>, keep?: (value: T) => boolean): Promise<T>;
}

/** Forgets what was not asked for the longest when all values together are larger than `capacity`. */
function createMemory<T>(capacity: number, sizeOf: (value: T) => number): Memory<T> {
  const values = new Map<string, T>();
  let used = 0;
  const forget = (key: string): void => {
    const value = values.get(key);
    if (value === undefined) return;
    values.delete(key);
    used -= sizeOf(value);
  };
  const memory: Memory<T> = {
    peek(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      // The last in the map is the one asked for last.
      values.delete(key);
      values.set(key, value);
      return value;
    },
    put(key, value) {
      if (sizeOf(value) > capacity) return;
      forget(key);
      values.set(key, value);
      used += sizeOf(value);
      for (const oldest of values.keys()) {
        if (used <= capacity) break;
        forget(oldest);
      }
    },
    async get(key, read, keep = () => true) {
      const known = memory.peek(key);
      if (known !== undefined) return known;
      const value = await read();
      if (keep(value)) memory.put(key, value);
      return value;
    },
  };
  return memory;
}
