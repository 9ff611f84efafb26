/** What follows when a ref moved, whoever moved it: the push event, pull request heads, direct merges, closed pull requests. */
import type { JsonObject } from '../../../domain/json.ts';
import { copyCommit, deleteRef, readRef, updateRef } from '../../git-http/bare-repository.ts';
import { changedFiles, isAncestor, log, readCommit, revList } from '../../git-http/history.ts';
import type { Commit } from '../../git-http/history.ts';
import { announce } from '../announce.ts';
import type { Account, Merge, Repository } from '../model.ts';
import { emailOf, presentPushedCommit } from '../present/commit.ts';
import { pageUrl } from '../present/repository.ts';
import { pullRequestsOf } from '../world.ts';
import type { PullRequestRecord, World } from '../world.ts';
import { describePull } from './pull-details.ts';

const noCommit = '0'.repeat(40);

export interface RefMove {
  /** Full name. */
  readonly ref: string;
  /** Undefined: the ref is new. */
  readonly before: string | undefined;
  /** Undefined: the ref was deleted. */
  readonly after: string | undefined;
}

const branchPrefix = 'refs/heads/';

/** Moves a ref and everything that hangs on it. */
export async function moveRef(world: World, repository: Repository, move: RefMove, by: Account): Promise<void> {
  if (move.after === undefined) await deleteRef(repository.directory, move.ref);
  else await updateRef(repository.directory, move.ref, move.after);
  await refMoved(world, repository, move, by);
}

/** Everything that hangs on a ref, after git has moved it. */
export async function refMoved(world: World, repository: Repository, move: RefMove, by: Account): Promise<void> {
  if (move.before === move.after) return;
  repository.pushedAt = world.now();
  if (repository.installed) announce(world, repository, by, 'push', null, await pushEvent(world, repository, move, by));
  if (!move.ref.startsWith(branchPrefix)) return;
  const branch = move.ref.slice(branchPrefix.length);
  await moveHeads(world, repository, branch, move, by);
  await moveBases(world, repository, branch, move, by);
}

/** GitHub lists no more commits than this in a push event. */
const listedCommits = 20;

async function pushedCommits(repository: Repository, { before, after }: RefMove): Promise<Commit[]> {
  if (after === undefined) return [];
  const options = { max: listedCommits };
  if (before !== undefined) return (await log(repository.directory, [`${before}..${after}`], options)).reverse();
  const main = await readRef(repository.directory, `${branchPrefix}${repository.defaultBranch}`);
  const known = main === undefined || main === after ? [] : ['--not', main];
  return (await log(repository.directory, [after, ...known], options)).reverse();
}

async function pushEvent(world: World, repository: Repository, move: RefMove, by: Account): Promise<JsonObject> {
  const { before, after } = move;
  const { directory } = repository;
  const describe = async (commit: Commit): Promise<JsonObject> => {
    const [parent, second] = commit.parents;
    const files = parent === undefined || second !== undefined ? [] : await changedFiles(directory, parent, commit.sha);
    return presentPushedCommit(world, repository, commit, files);
  };
  const commits = await Promise.all((await pushedCommits(repository, move)).map(describe));
  const forced = before !== undefined && after !== undefined && !(await isAncestor(directory, before, after));
  const head = after === undefined ? null : (commits.at(-1) ?? (await describe(await readCommit(directory, after))));
  return {
    ref: move.ref,
    before: before ?? noCommit,
    after: after ?? noCommit,
    created: before === undefined,
    deleted: after === undefined,
    forced,
    base_ref: null,
    compare: `${pageUrl(world, repository)}/compare/${(before ?? noCommit).slice(0, 12)}...${(after ?? noCommit).slice(0, 12)}`,
    commits,
    head_commit: head,
    pusher: { name: by.login, email: emailOf(by) },
  };
}

/** Open pull requests, in whichever repository, whose head is this branch. */
async function moveHeads(
  world: World,
  repository: Repository,
  branch: string,
  move: RefMove,
  by: Account,
): Promise<void> {
  for (const target of world.repositories.values()) {
    for (const issue of pullRequestsOf(target)) {
      const { head } = issue.pull;
      if (issue.state !== 'open' || head.repositoryId !== repository.id || head.branch !== branch) continue;
      if (move.after === undefined) await closePull(world, target, issue, by);
      else await moveHead(world, target, issue, move.after, by);
    }
  }
}

async function moveHead(
  world: World,
  target: Repository,
  issue: PullRequestRecord,
  after: string,
  by: Account,
): Promise<void> {
  const { pull } = issue;
  const before = pull.head.sha;
  await takeHead(world, target, issue, after);
  pull.base.sha = (await readRef(target.directory, `${branchPrefix}${pull.base.branch}`)) ?? pull.base.sha;
  pull.mergeability = 'unknown';
  issue.updatedAt = world.now();
  const payload = { number: issue.number, before, after, pull_request: await describePull(world, target, issue) };
  announce(world, target, by, 'pull_request', 'synchronize', payload);
  if (await isAncestor(target.directory, after, pull.base.sha)) await closePull(world, target, issue, by);
}

/** Makes `refs/pull/N/head` point at a commit, fetched from the fork when the head lives in one. */
export async function takeHead(world: World, target: Repository, issue: PullRequestRecord, sha: string): Promise<void> {
  const ref = `refs/pull/${issue.number}/head`;
  const from = world.repositories.get(issue.pull.head.repositoryId);
  if (from !== undefined && from.id !== target.id) await copyCommit(from.directory, target.directory, sha, ref);
  else await updateRef(target.directory, ref, sha);
  issue.pull.head.sha = sha;
}

/** Open pull requests into this branch: merged when the push brought their head, closed when the branch is gone. */
async function moveBases(
  world: World,
  repository: Repository,
  branch: string,
  move: RefMove,
  by: Account,
): Promise<void> {
  for (const issue of pullRequestsOf(repository)) {
    const { pull } = issue;
    if (issue.state !== 'open' || pull.base.branch !== branch) continue;
    pull.mergeability = 'unknown';
    if (move.after === undefined) await loseBase(world, repository, issue, by);
    else if (await isAncestor(repository.directory, pull.head.sha, move.after)) {
      await markMerged(
        world,
        repository,
        issue,
        await directMerge(world, repository, issue, { ...move, after: move.after }, by),
      );
    }
  }
}

/** A deleted base closes what was built on it, unless it was merged: then GitHub points the pull request at where it went. */
async function loseBase(world: World, repository: Repository, issue: PullRequestRecord, by: Account): Promise<void> {
  const { pull } = issue;
  const gone = pullRequestsOf(repository).findLast(
    (other) =>
      other.pull.merged !== undefined &&
      other.pull.head.branch === pull.base.branch &&
      other.pull.head.repositoryId === repository.id,
  );
  const sha =
    gone === undefined ? undefined : await readRef(repository.directory, `${branchPrefix}${gone.pull.base.branch}`);
  if (gone === undefined || sha === undefined) return closePull(world, repository, issue, by);
  const changes = { base: { ref: { from: pull.base.branch }, sha: { from: pull.base.sha } } };
  pull.base = { branch: gone.pull.base.branch, sha };
  issue.updatedAt = world.now();
  const pullRequest = await describePull(world, repository, issue);
  announce(world, repository, by, 'pull_request', 'edited', {
    number: issue.number,
    pull_request: pullRequest,
    changes,
  });
}

/** A push that contains a pull request's head: the first commit of the branch that contains it is the merge. */
async function directMerge(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  move: RefMove & { readonly after: string },
  by: Account,
): Promise<Merge> {
  const head = issue.pull.head.sha;
  const path = await revList(repository.directory, ['--first-parent', '--ancestry-path', `${head}..${move.after}`]);
  const candidate = path.at(-1);
  const commit = candidate === undefined ? undefined : await readCommit(repository.directory, candidate);
  const merge = commit !== undefined && commit.parents.slice(1).includes(head) ? commit.sha : undefined;
  const own = await revList(repository.directory, [`${issue.pull.base.sha}..${head}`]);
  return {
    at: world.now(),
    by,
    sha: merge ?? head,
    landed: merge === undefined ? own : [merge, ...own],
    undo: merge === undefined ? own : [merge],
  };
}

/** Closes a pull request as merged and says so. */
export async function markMerged(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  merged: Merge,
): Promise<void> {
  issue.pull.merged = merged;
  await closePull(world, repository, issue, merged.by);
}

export async function closePull(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
): Promise<void> {
  issue.state = 'closed';
  issue.closedAt = world.now();
  issue.closedBy = by;
  issue.updatedAt = world.now();
  const payload = { number: issue.number, pull_request: await describePull(world, repository, issue) };
  announce(world, repository, by, 'pull_request', 'closed', payload);
}
