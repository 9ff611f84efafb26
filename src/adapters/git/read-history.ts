/** Reads commits of a mirror: one, a first-parent range, their trees, and what a merge of two would give. */
import { parseSha, type Sha } from '../../domain/forge.ts';
import type { CommitInfo, MergeResult, RangeResult } from '../../ports/git.ts';
import { GitLimit, MirrorFault } from './git-failure.ts';
import type { Mirror } from './mirror.ts';
import { absentObjects, demandObjects, read } from './read-objects.ts';

const rangeLimit = 10_000;
/** Five fields, each ended by NUL; a commit message cannot hold one. */
const fields = '--format=tformat:%H%x00%T%x00%P%x00%cI%x00%B';

export async function treeOf(mirror: Mirror, commit: Sha): Promise<Sha> {
  return (await readCommit(mirror, commit)).tree;
}

export async function readCommit(mirror: Mirror, commit: Sha): Promise<CommitInfo> {
  await demandObjects(mirror, [commit]);
  const exit = await read(mirror, ['log', '-z', '--no-walk=unsorted', '--encoding=UTF-8', fields, commit, '--']);
  const [info] = commitsIn(exit.stdout);
  if (info === undefined) throw new MirrorFault('git log answered nothing');
  return info;
}

/**
 * First-parent commits after `from` up to `to`, oldest first. `from` absent from the mirror is `not-ancestor`: the mirror holds the whole
 * history of `to`, so an ancestor would be there. Throws GitLimit over 10,000 commits.
 */
export async function firstParentRange(mirror: Mirror, from: Sha, to: Sha): Promise<RangeResult> {
  await demandObjects(mirror, [to]);
  if ((await absentObjects(mirror, [from])).length > 0) return { kind: 'not-ancestor' };
  const ancestor = await read(mirror, ['merge-base', '--is-ancestor', from, to], { okay: [0, 1] });
  if (ancestor.code === 1) return { kind: 'not-ancestor' };
  const exit = await read(
    mirror,
    [
      'log',
      '-z',
      '--first-parent',
      '--reverse',
      '--encoding=UTF-8',
      `--max-count=${rangeLimit + 1}`,
      fields,
      to,
      `^${from}`,
      '--',
    ],
    { maxBytes: 64 * 1024 * 1024 },
  );
  const commits = commitsIn(exit.stdout);
  if (exit.kind === 'too-much-output' || commits.length > rangeLimit) {
    throw new GitLimit(`there are more than ${rangeLimit} commits between ${from} and ${to}`);
  }
  return { kind: 'range', commits };
}

function commitsIn(output: Buffer): CommitInfo[] {
  const parts = output.toString('utf8').split('\0');
  const commits: CommitInfo[] = [];
  for (let at = 0; at + 4 < parts.length; at += 5) {
    const [sha = '', tree = '', parents = '', committedAt = '', message = ''] = parts.slice(at, at + 5);
    commits.push({
      sha: shaIn(sha),
      tree: shaIn(tree),
      parents: parents.split(' ').filter(Boolean).map(shaIn),
      message,
      // A commit object may carry any nonsense for a date.
      committedAt: Number.isNaN(Date.parse(committedAt)) ? '1970-01-01T00:00:00Z' : committedAt,
    });
  }
  return commits;
}

function shaIn(text: string): Sha {
  const sha = parseSha(text.trim());
  if (sha === undefined) throw new MirrorFault('git wrote something else where an object id belongs');
  return sha;
}

/**
 * Merges without a working tree (`git merge-tree --write-tree`, git ≥ 2.38). Two histories without a common commit are a conflict
 * without paths: no forge merges them.
 */
export async function mergeTree(mirror: Mirror, base: Sha, head: Sha): Promise<MergeResult> {
  await demandObjects(mirror, [base, head]);
  const common = await read(mirror, ['merge-base', base, head], { okay: [0, 1] });
  if (common.code === 1) return { kind: 'conflict', paths: [] };
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head];
  const exit = await read(mirror, args, { okay: [0, 1] });
  if (exit.kind === 'too-much-output') throw new GitLimit('the merge has more conflicts than can be listed');
  const [tree = '', ...paths] = exit.stdout.toString('utf8').split('\0');
  return exit.code === 0
    ? { kind: 'merged', tree: shaIn(tree) }
    : { kind: 'conflict', paths: [...new Set(paths.filter(Boolean))] };
}
