/** Committing files to a branch, as the contents API, the pages and a person's push do it. */
import { isBranchName, readRef } from '../../git-http/bare-repository.ts';
import { commitChanges } from '../../git-http/write-commit.ts';
import type { FileChanges } from '../../git-http/write-commit.ts';
import { invalid } from '../api-error.ts';
import type { Account, Repository } from '../model.ts';
import { signatureOf, webFlow } from '../present/commit.ts';
import type { World } from '../world.ts';
import { refMoved } from './move-branch.ts';

export interface FileWrite {
  readonly branch: string;
  readonly changes: FileChanges;
  readonly message: string;
  /** A commit to build on; default the branch's head, or the default branch's when the branch is new. */
  readonly onto?: string | undefined;
  /** Committed by GitHub itself, as edits on its pages are, or by the author. */
  readonly onPage: boolean;
}

/** @returns the new commit's id. @throws ApiError 422 when the branch has no possible name */
export async function writeFiles(world: World, repository: Repository, by: Account, write: FileWrite): Promise<string> {
  const { directory, defaultBranch } = repository;
  if (!(await isBranchName(directory, write.branch))) throw invalid('Reference', 'ref', 'invalid');
  const ref = `refs/heads/${write.branch}`;
  const before = await readRef(directory, ref);
  const parent = write.onto ?? before ?? (await readRef(directory, `refs/heads/${defaultBranch}`));
  const author = signatureOf(world, by);
  const committer = write.onPage ? webFlow(world) : author;
  const after = await commitChanges(directory, ref, parent, write.changes, {
    message: write.message,
    author,
    committer,
  });
  await refMoved(world, repository, { ref, before, after }, by);
  return after;
}
