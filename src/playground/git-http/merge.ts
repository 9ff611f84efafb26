/** Merging, cherry-picking and reverting on trees, with real git and no working tree. */
import { readCommit } from './history.ts';
import type { Commit } from './history.ts';
import { git } from './run-git.ts';
import { commitTree } from './write-commit.ts';

export type Merged = { readonly kind: 'merged'; readonly tree: string } | { readonly kind: 'conflict' };

/** The tree that merging two commits gives. */
export async function mergeTrees(directory: string, ours: string, theirs: string): Promise<Merged> {
  const args = ['merge-tree', '--write-tree', '--no-messages', '--allow-unrelated-histories', ours, theirs];
  const result = await git(directory, args, { accept: [1] });
  return result.exitCode === 0 ? { kind: 'merged', tree: result.text.trim().slice(0, 40) } : { kind: 'conflict' };
}

const nobody = { name: 'scratch', email: 'scratch@invalid', date: '2000-01-01T00:00:00Z' };
const scratch = { message: 'scratch', author: nobody, committer: nobody };

/**
 * Three-way merge of trees with a chosen base. git 2.39 has no `--merge-base`, so two scratch commits are made whose only common
 * ancestor is the base.
 */
async function mergeFrom(directory: string, base: string, oursTree: string, theirsTree: string): Promise<Merged> {
  if (oursTree === theirsTree) return { kind: 'merged', tree: oursTree };
  const ours = await commitTree(directory, oursTree, [base], { ...scratch, message: 'ours' });
  const theirs = await commitTree(directory, theirsTree, [base], { ...scratch, message: 'theirs' });
  return mergeTrees(directory, ours, theirs);
}

/** The tree after doing to `onto` what `commit` did to its first parent. */
export async function cherryPickTree(directory: string, commit: Commit, onto: Commit): Promise<Merged> {
  const [parent] = commit.parents;
  if (parent === undefined) return mergeTrees(directory, onto.sha, commit.sha);
  const before = await readCommit(directory, parent);
  if (before.tree === onto.tree) return { kind: 'merged', tree: commit.tree };
  return mergeFrom(directory, parent, onto.tree, commit.tree);
}

/** The tree after undoing on `onto` what `commit` did to its first parent (for a merge: what it brought in). */
export async function revertTree(directory: string, commit: Commit, onto: Commit): Promise<Merged> {
  const [parent] = commit.parents;
  if (parent === undefined) return { kind: 'conflict' };
  const before = await readCommit(directory, parent);
  if (commit.tree === onto.tree) return { kind: 'merged', tree: before.tree };
  return mergeFrom(directory, commit.sha, onto.tree, before.tree);
}
