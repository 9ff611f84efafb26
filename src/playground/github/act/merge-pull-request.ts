/** Merging a pull request the three ways GitHub knows, and opening the one that reverts it. */
import { readRef, updateRef } from '../../git-http/bare-repository.ts';
import { log, readCommit, revList } from '../../git-http/history.ts';
import type { Commit } from '../../git-http/history.ts';
import { cherryPickTree, mergeTrees, revertTree } from '../../git-http/merge.ts';
import { commitTree } from '../../git-http/write-commit.ts';
import { atLeast, roleOf } from '../access.ts';
import { ApiError, unprocessable } from '../api-error.ts';
import type { Account, Repository } from '../model.ts';
import { signatureOf, webFlow } from '../present/commit.ts';
import type { PullRequestRecord, World } from '../world.ts';
import { markMerged, refMoved } from './move-branch.ts';
import { openPull, referenceTo } from './pull-requests.ts';
import { unmetRequirements } from './requirements.ts';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface MergeInput {
  readonly method: MergeMethod;
  /** The head the caller saw; another one is refused. */
  readonly sha?: string | undefined;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

interface Base {
  readonly directory: string;
  readonly tip: string;
}

function notMergeable(message = 'Pull Request is not mergeable'): ApiError {
  return new ApiError(405, { message });
}

function checkMergeable(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  input: MergeInput,
): void {
  const { pull } = issue;
  if (issue.state !== 'open') throw notMergeable();
  if (pull.draft) throw notMergeable('Pull Request is still a draft');
  if (input.sha !== undefined && input.sha !== pull.head.sha) {
    throw new ApiError(409, { message: 'Head branch was modified. Review and try the merge again.' });
  }
  const [unmet] = unmetRequirements(world, repository, issue);
  const enforced = repository.protections.get(pull.base.branch)?.enforceAdmins === true;
  const bypass = !enforced && atLeast(roleOf(repository, by), 'admin');
  if (unmet !== undefined && !bypass) throw notMergeable(unmet);
}

/** @throws ApiError 405 when it cannot be merged, 409 when the head is not the one expected */
export async function mergePull(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  input: MergeInput,
): Promise<string> {
  checkMergeable(world, repository, issue, by, input);
  const { pull } = issue;
  const ref = `refs/heads/${pull.base.branch}`;
  const tip = await readRef(repository.directory, ref);
  if (tip === undefined) throw notMergeable();
  const base = { directory: repository.directory, tip };
  const make = { merge: mergeCommit, squash: squashCommit, rebase: rebaseCommits }[input.method];
  const sha = await make(world, base, issue, by, input);
  const landed = await revList(repository.directory, [`${tip}..${sha}`]);
  await updateRef(repository.directory, ref, sha);
  const undo = input.method === 'rebase' ? landed : [sha];
  await markMerged(world, repository, issue, { at: world.now(), by, sha, landed, undo });
  await refMoved(world, repository, { ref, before: tip, after: sha }, by);
  return sha;
}

async function mergedTree(base: Base, head: string): Promise<string> {
  const merged = await mergeTrees(base.directory, base.tip, head);
  if (merged.kind === 'conflict') throw notMergeable();
  return merged.tree;
}

function joined(title: string, message: string): string {
  return message === '' ? title : `${title}\n\n${message}`;
}

async function mergeCommit(
  world: World,
  base: Base,
  issue: PullRequestRecord,
  by: Account,
  input: MergeInput,
): Promise<string> {
  const { head } = issue.pull;
  const tree = await mergedTree(base, head.sha);
  const title = input.title ?? `Merge pull request #${issue.number} from ${head.owner.login}/${head.branch}`;
  return commitTree(base.directory, tree, [base.tip, head.sha], {
    message: joined(title, input.message ?? issue.title),
    author: signatureOf(world, by),
    committer: webFlow(world),
  });
}

/** A single commit lends its words to the squash; several are listed under the pull request's title. */
async function squashCommit(
  world: World,
  base: Base,
  issue: PullRequestRecord,
  _by: Account,
  input: MergeInput,
): Promise<string> {
  const tree = await mergedTree(base, issue.pull.head.sha);
  const commits = await log(base.directory, [`${base.tip}..${issue.pull.head.sha}`], {
    oldestFirst: true,
    noMerges: true,
  });
  const [first, second] = commits;
  const single = first !== undefined && second === undefined ? first : undefined;
  const [subject = issue.title, ...rest] = (single?.message ?? issue.title).split('\n');
  const listed = commits.map((commit) => `* ${commit.message}`).join('\n\n');
  const title = input.title ?? `${subject} (#${issue.number})`;
  const message = input.message ?? (single === undefined ? listed : rest.join('\n').trim());
  return commitTree(base.directory, tree, [base.tip], {
    message: joined(title, message),
    author: signatureOf(world, issue.author),
    committer: webFlow(world),
  });
}

/** GitHub writes every commit anew, even when the branch is up to date. */
async function rebaseCommits(world: World, base: Base, issue: PullRequestRecord): Promise<string> {
  const options = { oldestFirst: true, noMerges: true };
  let onto = await readCommit(base.directory, base.tip);
  for (const commit of await log(base.directory, [`${base.tip}..${issue.pull.head.sha}`], options)) {
    const picked = await cherryPickTree(base.directory, commit, onto);
    if (picked.kind === 'conflict') throw notMergeable('This branch can’t be rebased due to conflicts');
    const { author, message } = commit;
    const sha = await commitTree(base.directory, picked.tree, [onto.sha], {
      message,
      author,
      committer: webFlow(world),
    });
    onto = await readCommit(base.directory, sha);
  }
  return onto.sha;
}

function revertMessage(commit: Commit): string {
  const [subject = ''] = commit.message.split('\n');
  const [first = '', second] = commit.parents;
  const what = second === undefined ? `${commit.sha}.` : `${commit.sha}, reversing\nchanges made to ${first}.`;
  return `Revert "${subject}"\n\nThis reverts commit ${what}`;
}

async function freeBranch(repository: Repository, wanted: string): Promise<string> {
  for (let count = 0; ; count += 1) {
    const branch = count === 0 ? wanted : `${wanted}-${count}`;
    if ((await readRef(repository.directory, `refs/heads/${branch}`)) === undefined) return branch;
  }
}

/**
 * Opens the pull request that undoes a merged one, as the Revert button does: a branch of the base repository whose commits undo what
 * the merge brought.
 * @throws ApiError 422 when it was not merged or cannot be undone cleanly
 */
export async function revertPull(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  input: {
    readonly title?: string | undefined;
    readonly body?: string | undefined;
    readonly draft?: boolean | undefined;
  } = {},
): Promise<PullRequestRecord> {
  const { merged, base, head } = issue.pull;
  const tip = await readRef(repository.directory, `refs/heads/${base.branch}`);
  if (merged === undefined || tip === undefined) throw unprocessable('Pull request is not merged');
  let onto = await readCommit(repository.directory, tip);
  for (const sha of merged.undo) {
    const commit = await readCommit(repository.directory, sha);
    const reverted = await revertTree(repository.directory, commit, onto);
    if (reverted.kind === 'conflict' || reverted.tree === onto.tree) {
      throw unprocessable(
        "Sorry, this pull request couldn't be reverted automatically. It may have already been reverted, or the content may have changed since it was merged.",
      );
    }
    const made = { message: revertMessage(commit), author: signatureOf(world, by), committer: webFlow(world) };
    onto = await readCommit(
      repository.directory,
      await commitTree(repository.directory, reverted.tree, [onto.sha], made),
    );
  }
  const branch = await freeBranch(repository, `revert-${issue.number}-${head.branch}`);
  const ref = `refs/heads/${branch}`;
  await updateRef(repository.directory, ref, onto.sha);
  await refMoved(world, repository, { ref, before: undefined, after: onto.sha }, by);
  return openPull(world, repository, by, {
    title: input.title ?? `Revert "${issue.title}"`,
    body: input.body ?? `Reverts ${referenceTo(repository, issue)}`,
    head: branch,
    headRepository: undefined,
    base: base.branch,
    draft: input.draft ?? false,
  });
}
