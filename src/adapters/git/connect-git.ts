/** The Git port over a folder of bare mirrors. Fetches of one repository run one after the other; reads run beside them. */
import { type Evidence, unknown } from '../../domain/evidence.ts';
import type { RepositoryRef, Sha } from '../../domain/forge.ts';
import type { GitRemote } from '../../ports/forge.ts';
import type { Git } from '../../ports/git.ts';
import { branchNameProblem } from './branch-name.ts';
import { fetchCommits, type FetchLimits } from './fetch-commits.ts';
import type { Protocol } from './git-process.ts';
import { type Mirror, mirrorFolder, newMirror } from './mirror.ts';
import { firstParentRange, mergeTree, readCommit, treeOf } from './read-history.ts';
import { listTree, readBlobs } from './read-objects.ts';
import { rememberingGit } from './remember.ts';
import { remoteAccess } from './remote-access.ts';

export interface GitOptions {
  /** Data folder; one process uses it at a time. Everything below it is cache. */
  readonly folder: string;
  /** `https` and `http` unless said otherwise; `file` for repositories on this machine. */
  readonly protocols?: readonly Protocol[];
  readonly limits?: Partial<FetchLimits>;
}

const defaultLimits: FetchLimits = {
  timeout: 300_000,
  mirrorBytes: 8 * 1024 * 1024 * 1024,
  retryDelays: [250, 1_000],
};

/** Git ≥ 2.38 must be on PATH. Nothing is read or written before the first call. */
export function connectGit(options: GitOptions): Git {
  const protocols = options.protocols ?? ['https', 'http'];
  const limits = { ...defaultLimits, ...options.limits };
  const mirrors = new Map<string, Mirror>();
  const lanes = new Map<string, Promise<unknown>>();

  function mirrorOf(repository: RepositoryRef): Mirror {
    const folder = mirrorFolder(options.folder, repository);
    const mirror = mirrors.get(folder) ?? newMirror(folder);
    mirrors.set(folder, mirror);
    return mirror;
  }

  /** Runs after whatever this mirror is fetching now, whether that succeeds or not. */
  async function inLane<T>(mirror: Mirror, work: () => Promise<T>): Promise<T> {
    const before = lanes.get(mirror.folder) ?? Promise.resolve();
    const mine = before.then(work, work);
    lanes.set(mirror.folder, mine);
    try {
      return await mine;
    } finally {
      if (lanes.get(mirror.folder) === mine) lanes.delete(mirror.folder);
    }
  }

  async function fetch(
    repository: RepositoryRef,
    remote: GitRemote,
    want: { readonly branch: string; readonly commits: readonly Sha[] },
    signal: AbortSignal,
  ): Promise<Evidence<{ readonly head: Sha }>> {
    const problem = branchNameProblem(want.branch);
    if (problem !== undefined) return unknown('malformed', problem);
    const access = remoteAccess(remote, protocols);
    if ('problem' in access) return unknown('malformed', access.problem);
    const mirror = mirrorOf(repository);
    return inLane(mirror, () => fetchCommits(mirror, { access, protocols, ...want, limits, signal }));
  }

  return rememberingGit({
    fetch,
    mergeTree: (repository, base, head) => mergeTree(mirrorOf(repository), base, head),
    treeOf: (repository, commit) => treeOf(mirrorOf(repository), commit),
    listTree: (repository, tree) => listTree(mirrorOf(repository), tree),
    readBlobs: (repository, blobs, maxBytes) => readBlobs(mirrorOf(repository), blobs, maxBytes),
    firstParentRange: (repository, from, to) => firstParentRange(mirrorOf(repository), from, to),
    commit: (repository, commit) => readCommit(mirrorOf(repository), commit),
  });
}
