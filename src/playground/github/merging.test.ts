/** The three ways to merge and the way back: which commits they make, what the forge then says of them. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { log, readCommit } from '../git-http/history.ts';
import type { Commit } from '../git-http/history.ts';
import type { GitHub } from './handle.ts';
import { startGitHub } from './start-github.ts';

let github: GitHub;
let repo = '';
let count = 0;

beforeAll(async () => {
  github = await startGitHub({ webhookSecret: 'a secret of sixteen' });
});

beforeEach(async () => {
  count += 1;
  ({ fullName: repo } = await github.createRepository({
    owner: 'acme',
    name: `shop-${count}`,
    files: { 'app.yaml': 'a: 1\n' },
  }));
  github.addUser('ada', { [repo]: 'maintain' });
  github.addUser('bob', { [repo]: 'write' });
});

afterAll(async () => {
  await github.stop();
});

function directory(): string {
  return github.repository(repo).directory;
}

async function tip(): Promise<Commit> {
  return readCommit(directory(), await github.head(repo));
}

/** A pull request of two commits, and a main that has moved on meanwhile. */
async function twoCommits(): Promise<number> {
  const bob = github.as('bob');
  await bob.push(repo, 'topic', { 'one.yaml': 'a: 1\n' }, { message: 'One\n\nFirst.' });
  await bob.push(repo, 'topic', { 'two.yaml': 'a: 2\n' }, { message: 'Two' });
  const { number } = await bob.openPullRequest({ repo, branch: 'topic', title: 'Both' });
  await bob.push(repo, 'main', { 'meanwhile.yaml': 'a: 1\n' });
  return number;
}

async function files(): Promise<(string | undefined)[]> {
  return Promise.all(['one.yaml', 'two.yaml', 'meanwhile.yaml'].map((path) => github.file(repo, path)));
}

test('merge: a commit of two parents', async () => {
  const number = await twoCommits();
  const before = await github.head(repo);
  const sha = await github.as('ada').merge(repo, number, 'merge');
  expect(await tip()).toMatchObject({
    sha,
    parents: [before, github.pullRequest(repo, number).pull?.head.sha],
    message: `Merge pull request #${number} from acme/topic\n\nBoth`,
    author: { name: 'ada' },
    committer: { name: 'GitHub' },
  });
  expect(await files()).toEqual(['a: 1\n', 'a: 2\n', 'a: 1\n']);
  expect(github.pullRequest(repo, number).pull?.merged?.landed).toHaveLength(3);
});

test('squash: one commit with all words, or with the words of the only one', async () => {
  const number = await twoCommits();
  await github.as('ada').merge(repo, number, 'squash');
  expect(await tip()).toMatchObject({
    message: `Both (#${number})\n\n* One\n\nFirst.\n\n* Two`,
    author: { name: 'bob' },
  });
  const single = await github
    .as('bob')
    .openPullRequest({ repo, branch: 'single', title: 'Alone', files: { 'x.yaml': 'a: 1\n' } });
  await github.as('ada').merge(repo, single.number, 'squash');
  expect((await tip()).message).toBe(`Alone (#${single.number})`);
  expect((await tip()).parents).toHaveLength(1);
});

test('rebase: every commit anew on the base', async () => {
  const number = await twoCommits();
  const before = await github.head(repo);
  const sha = await github.as('ada').merge(repo, number, 'rebase');
  const landed = await log(directory(), [`${before}..${sha}`]);
  expect(landed.map(({ author, message }) => [message, author.name])).toEqual([
    ['Two', 'bob'],
    ['One\n\nFirst.', 'bob'],
  ]);
  expect(await files()).toEqual(['a: 1\n', 'a: 2\n', 'a: 1\n']);
  const path = `/repos/${repo}/commits/${landed[1]?.sha ?? ''}/pulls`;
  expect(await github.as('ada').request('GET', path)).toMatchObject([{ number, merge_commit_sha: sha }]);
});

test.each(['merge', 'squash', 'rebase'] as const)('a revert undoes a %s and keeps what came later', async (method) => {
  const number = await twoCommits();
  const sha = await github.as('ada').merge(repo, number, method);
  await github.as('bob').push(repo, 'main', { 'later.yaml': 'a: 1\n' });
  const revert = await github.as('bob').revert(repo, number);
  expect(revert.branch).toBe(`revert-${number}-topic`);
  const { message } = await readCommit(directory(), revert.head);
  if (method === 'merge')
    expect(message).toMatch(
      new RegExp(
        `^Revert "Merge pull request #${number} from acme/topic"\n\nThis reverts commit ${sha}, reversing\nchanges made to [0-9a-f]{40}.$`,
      ),
    );
  if (method === 'squash') expect(message).toBe(`Revert "Both (#${number})"\n\nThis reverts commit ${sha}.`);
  if (method === 'rebase') expect(message).toMatch(/^Revert "One"\n\nThis reverts commit [0-9a-f]{40}.$/);
  await github.as('ada').merge(repo, revert.number, 'squash');
  expect(await files()).toEqual([undefined, undefined, 'a: 1\n']);
  expect(await github.file(repo, 'later.yaml')).toBe('a: 1\n');
  const again = await github.as('bob').revert(repo, revert.number);
  await github.as('ada').merge(repo, again.number);
  expect(await files()).toEqual(['a: 1\n', 'a: 2\n', 'a: 1\n']);
});

test('two merges at once both happen, one after the other', async () => {
  const bob = github.as('bob');
  const one = await bob.openPullRequest({ repo, branch: 'one', files: { 'one.yaml': 'a: 1\n' } });
  const two = await bob.openPullRequest({ repo, branch: 'two', files: { 'two.yaml': 'a: 2\n' } });
  await Promise.all([github.as('ada').merge(repo, one.number), bob.merge(repo, two.number, 'squash')]);
  expect((await files()).slice(0, 2)).toEqual(['a: 1\n', 'a: 2\n']);
});

test('file names and contents of any kind', async () => {
  const strange = {
    'new\nline.yaml': 'a: 1\n',
    'quo"te\\.yaml': 'b',
    link: { mode: '120000', content: '/etc/passwd' } as const,
  };
  const { number } = await github.as('bob').openPullRequest({ repo, branch: 'strange', files: strange });
  await github.as('ada').merge(repo, number);
  expect(await github.file(repo, 'new\nline.yaml')).toBe('a: 1\n');
  expect(await github.file(repo, 'quo"te\\.yaml')).toBe('b');
  expect(await github.as('ada').request('GET', `/repos/${repo}/contents/link`)).toMatchObject({
    type: 'symlink',
    target: '/etc/passwd',
  });
});

test('opening and merging is quick', async () => {
  const started = performance.now();
  for (let pull = 0; pull < 3; pull += 1) {
    const { number } = await github
      .as('bob')
      .openPullRequest({ repo, branch: `quick-${pull}`, files: { [`${pull}.yaml`]: 'a: 1\n' } });
    await github.as('ada').merge(repo, number);
  }
  const each = (performance.now() - started) / 3;
  // 95 ms measured on a half-busy 2-core machine; the limit leaves room for a busy one.
  expect(each).toBeLessThan(1500);
});
