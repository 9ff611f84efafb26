/** What git knows of a pull request: its commits, its size, whether it can be merged. Computed when asked for and kept while nothing moved. */
import { readRef, updateRef } from '../../git-http/bare-repository.ts';
import { changedFiles, mergeBase, revList } from '../../git-http/history.ts';
import type { ChangedFile } from '../../git-http/history.ts';
import { mergeTrees } from '../../git-http/merge.ts';
import { commitTree } from '../../git-http/write-commit.ts';
import type { Pull, Repository } from '../model.ts';
import { webFlow } from '../present/commit.ts';
import type { PullDetails } from '../present/pull-request.ts';
import { presentPull } from '../present/pull-request.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { PullRequestRecord, World } from '../world.ts';
import { unmetRequirements } from './requirements.ts';

interface Range {
  readonly key: string;
  /** Ids of the pull request's own commits, newest first. */
  readonly commits: readonly string[];
  readonly files: readonly ChangedFile[];
}

const ranges = new WeakMap<Pull, Range>();

/** The pull request's own commits and files: what is on its head and not on its base. */
export async function pullRange(repository: Repository, pull: Pull): Promise<Range> {
  const key = `${pull.base.sha} ${pull.head.sha}`;
  const kept = ranges.get(pull);
  if (kept?.key === key) return kept;
  const { directory } = repository;
  const [commits, base] = await Promise.all([
    revList(directory, [`${pull.base.sha}..${pull.head.sha}`]),
    mergeBase(directory, pull.base.sha, pull.head.sha),
  ]);
  const range = { key, commits, files: await changedFiles(directory, base ?? pull.base.sha, pull.head.sha) };
  ranges.set(pull, range);
  return range;
}

async function pullDetails(world: World, repository: Repository, issue: PullRequestRecord): Promise<PullDetails> {
  const { commits, files } = await pullRange(repository, issue.pull);
  return {
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    blocked: unmetRequirements(world, repository, issue).length > 0,
  };
}

/** The full JSON of a pull request. */
export async function describePull(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
): Promise<JsonObject> {
  return presentPull(world, repository, issue, await pullDetails(world, repository, issue));
}

/**
 * Works out whether an open pull request merges cleanly and makes its test merge (`refs/pull/N/merge`), unless it is known already.
 * A push that comes in between makes the answer void.
 */
export async function findMergeability(world: World, repository: Repository, issue: PullRequestRecord): Promise<void> {
  const { pull } = issue;
  if (pull.mergeability !== 'unknown' || issue.state !== 'open') return;
  const { directory } = repository;
  const head = pull.head.sha;
  const base = await readRef(directory, `refs/heads/${pull.base.branch}`);
  if (base === undefined) return;
  const merged = await mergeTrees(directory, base, head);
  let testMerge: string | undefined;
  if (merged.kind === 'merged') {
    const author = webFlow(world);
    const message = `Merge ${head} into ${base}`;
    testMerge = await commitTree(directory, merged.tree, [base, head], { message, author, committer: author });
    await updateRef(directory, `refs/pull/${issue.number}/merge`, testMerge);
  }
  if (pull.head.sha !== head || (await readRef(directory, `refs/heads/${pull.base.branch}`)) !== base) return;
  pull.mergeability = { mergeable: merged.kind === 'merged', testMerge };
}
