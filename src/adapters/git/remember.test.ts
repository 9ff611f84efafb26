import { expect, test } from 'vitest';
import { parseSha, type RepositoryRef, type Sha } from '../../domain/forge.ts';
import type { Git } from '../../ports/git.ts';
import { rememberingGit } from './remember.ts';

const sha = (digit: string): Sha => {
  const parsed = parseSha(digit.repeat(40));
  if (parsed === undefined) throw new Error(digit);
  return parsed;
};
const shop: RepositoryRef = { forge: 'github', id: '1', fullName: 'acme/shop' };
const other: RepositoryRef = { ...shop, id: '2' };
const limits = { commits: 2, treeEntries: 4, bytes: 10, largestBytes: 6 };

/** Answers anything and counts what it was asked. */
function counted(answer: Partial<Git> = {}) {
  const asked: string[] = [];
  const git: Git = {
    fetch: async () => {
      asked.push('fetch');
      return { known: true, value: { head: sha('a') } };
    },
    commit: async (_repository, id) => {
      asked.push(`commit ${id.slice(0, 1)}`);
      return { sha: id, tree: sha('e'), parents: [], message: '', committedAt: '2026-11-20T10:00:00Z' };
    },
    treeOf: async () => sha('e'),
    mergeTree: async () => {
      asked.push('merge');
      return { kind: 'merged', tree: sha('e') };
    },
    listTree: async (_repository, id) => {
      asked.push(`tree ${id.slice(0, 1)}`);
      return { kind: 'listed', entries: [] };
    },
    firstParentRange: async () => {
      asked.push('range');
      return { kind: 'not-ancestor' };
    },
    readBlobs: async (_repository, ids) => {
      asked.push(`blobs ${ids.map((id) => id.slice(0, 1)).join('')}`);
      return new Map(ids.map((id) => [id, { kind: 'content', bytes: new Uint8Array(id.startsWith('f') ? 7 : 4) }]));
    },
    ...answer,
  };
  return { git: rememberingGit(git, limits), asked };
}

test('a commit is read once, its tree with it; the one not asked for longest is forgotten first', async () => {
  const { asked, git } = counted();
  await git.commit(shop, sha('a'));
  expect(await git.treeOf(shop, sha('a'))).toBe(sha('e'));
  await git.commit(shop, sha('b'));
  await git.commit(shop, sha('a'));
  await git.commit(shop, sha('c'));
  await git.commit(shop, sha('a'));
  await git.commit(shop, sha('b'));
  expect(asked).toEqual(['commit a', 'commit b', 'commit c', 'commit b']);
});

test('one repository does not answer for another', async () => {
  const { asked, git } = counted();
  await git.commit(shop, sha('a'));
  await git.commit(other, sha('a'));
  expect(asked).toEqual(['commit a', 'commit a']);
});

test('where a branch stands is asked every time', async () => {
  const { asked, git } = counted();
  const signal = new AbortController().signal;
  for (let n = 0; n < 2; n += 1) {
    await git.fetch(shop, { url: 'http://x', headers: {} }, { branch: 'main', commits: [] }, signal);
  }
  expect(asked).toEqual(['fetch', 'fetch']);
});

test('a missing ancestor may come with the next fetch', async () => {
  const { asked, git } = counted();
  await git.firstParentRange(shop, sha('a'), sha('b'));
  await git.firstParentRange(shop, sha('a'), sha('b'));
  expect(asked).toEqual(['range', 'range']);
});

test('a failure is not remembered', async () => {
  let tries = 0;
  const { git } = counted({
    listTree: async () => {
      tries += 1;
      if (tries === 1) throw new Error('lost');
      return { kind: 'listed', entries: [] };
    },
  });
  await expect(git.listTree(shop, sha('a'))).rejects.toThrow('lost');
  expect(await git.listTree(shop, sha('a'))).toEqual({ kind: 'listed', entries: [] });
});

test('only the files not known are read, large ones every time, and the limit of the caller holds', async () => {
  const { asked, git } = counted();
  const size = async (limit: number, ...ids: readonly Sha[]) =>
    [...(await git.readBlobs(shop, ids, limit))].map(([id, blob]) => `${id.slice(0, 1)} ${blob.kind}`).sort();
  expect(await size(100, sha('a'), sha('f'))).toEqual(['a content', 'f content']);
  expect(await size(100, sha('a'), sha('f'), sha('b'))).toEqual(['a content', 'b content', 'f content']);
  expect(await size(3, sha('a'))).toEqual(['a too-large']);
  expect(asked).toEqual(['blobs af', 'blobs fb']);
});
