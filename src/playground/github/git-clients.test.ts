/** Real git against the stand-in: clone, fetch by id, push, and what a push sets off. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { git, GitError } from '../git-http/run-git.ts';
import type { GitHub } from './handle.ts';
import { startGitHub } from './start-github.ts';

const repo = 'acme/shop';
let github: GitHub;
let folder: string;
let clone: string;

function authorization(login: string): string[] {
  const basic = Buffer.from(`x-access-token:${github.tokenFor(login)}`).toString('base64');
  return ['-c', `http.extraHeader=Authorization: Basic ${basic}`];
}

const me = ['-c', 'user.name=bob', '-c', 'user.email=bob@example.com'];

async function run(...args: string[]): Promise<string> {
  return (await git(clone, [...authorization('bob'), ...me, ...args])).text.trim();
}

async function commit(file: string, text: string): Promise<string> {
  await writeFile(join(clone, file), text);
  await run('add', '.');
  await run('commit', '-m', `Change ${file}`);
  return run('rev-parse', 'HEAD');
}

function events(): string[] {
  return github.deliveries.list().map((delivery) => `${delivery.event} ${delivery.action ?? ''}`.trim());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-git-clients-'));
  github = await startGitHub({ webhookSecret: 'a secret of sixteen' });
  await github.createRepository({ owner: 'acme', name: 'shop', files: { 'app.yaml': 'replicas: 1\n' } });
  github.addUser('bob', { [repo]: 'write' });
  github.addUser('rita', { [repo]: 'read' });
  github.addUser('eve');
});

beforeEach(async () => {
  clone = await mkdtemp(join(folder, 'clone-'));
  await git(folder, [...authorization('bob'), 'clone', '--quiet', `${github.gitUrl}/${repo}.git`, clone]);
});

afterAll(async () => {
  await github.stop();
  await rm(folder, { recursive: true });
});

test('a push by a person makes a push event, and moves the pull request of the branch', async () => {
  await run('checkout', '-q', '-b', 'topic');
  await commit('one.yaml', 'a: 1\n');
  await run('push', '-q', 'origin', 'topic');
  const { number } = await github.as('bob').openPullRequest({ repo, branch: 'topic' });
  await github.deliveries.settled();
  const seen = events().length;
  const second = await commit('two.yaml', 'a: 2\n');
  await run('push', '-q', 'origin', 'topic');
  expect(github.pullRequest(repo, number).pull?.head.sha).toBe(second);
  await github.deliveries.settled();
  expect(events().slice(seen)).toEqual(['push', 'pull_request synchronize']);
  await run('fetch', '-q', 'origin', `refs/pull/${number}/head`);
  expect(await run('rev-parse', 'FETCH_HEAD')).toBe(second);
  await run('commit', '-q', '--amend', '-m', 'Rewritten');
  await run('push', '-q', '--force', 'origin', 'topic');
  await github.deliveries.settled();
  const push = github.deliveries.list().findLast((delivery) => delivery.event === 'push');
  expect(JSON.parse(push?.body ?? '')).toMatchObject({
    ref: 'refs/heads/topic',
    before: second,
    forced: true,
    deleted: false,
    pusher: { name: 'bob' },
    commits: [{ message: 'Rewritten', added: ['two.yaml'] }],
  });
  await run('push', '-q', 'origin', ':topic');
  expect(github.pullRequest(repo, number)).toMatchObject({ state: 'closed', pull: { merged: undefined } });
});

test('any commit is fetched by its id', async () => {
  const first = await github.head(repo);
  await github.as('bob').push(repo, 'main', { 'later.yaml': 'a: 1\n' });
  const bare = await mkdtemp(join(folder, 'bare-'));
  await git(bare, ['init', '-q', '--bare']);
  await git(bare, [...authorization('rita'), 'fetch', '-q', '--depth=1', `${github.gitUrl}/${repo}.git`, first]);
  expect((await git(bare, ['rev-parse', 'FETCH_HEAD'])).text.trim()).toBe(first);
});

test('a direct push that contains a pull request’s head merges it', async () => {
  const { number, head } = await github
    .as('bob')
    .openPullRequest({ repo, branch: 'direct', files: { 'd.yaml': 'a: 1\n' } });
  await run('fetch', '-q', 'origin', 'direct');
  await run('merge', '-q', '--no-ff', '-m', 'By hand', 'FETCH_HEAD');
  const merge = await run('rev-parse', 'HEAD');
  await run('push', '-q', 'origin', 'HEAD:main');
  expect(github.pullRequest(repo, number)).toMatchObject({
    state: 'closed',
    pull: { merged: { sha: merge, by: { login: 'bob' } }, head: { sha: head } },
  });
});

test.each([
  ['a stranger', undefined],
  ['somebody without access', 'eve'],
])('%s can neither clone nor push', async (_who, login) => {
  const auth = login === undefined ? [] : authorization(login);
  const url = `${github.gitUrl}/${repo}.git`;
  await expect(git(folder, [...auth, 'ls-remote', url])).rejects.toThrow(GitError);
  await expect(git(clone, [...auth, 'push', url, 'HEAD:refs/heads/evil'])).rejects.toThrow(GitError);
});

test('a reader clones and does not push; nobody pushes pull request refs', async () => {
  const url = `${github.gitUrl}/${repo}.git`;
  await git(clone, [...authorization('rita'), 'ls-remote', url]);
  await expect(git(clone, [...authorization('rita'), 'push', url, 'HEAD:refs/heads/evil'])).rejects.toThrow('403');
  await expect(run('push', 'origin', 'HEAD:refs/pull/1/head')).rejects.toThrow('hidden ref');
});

test('deleting a merged branch retargets what was built on it', async () => {
  const bob = github.as('bob');
  const lower = await bob.openPullRequest({ repo, branch: 'lower', files: { 'lower.yaml': 'a: 1\n' } });
  await run('fetch', '-q', 'origin');
  await run('checkout', '-q', '-b', 'upper', 'origin/lower');
  await commit('upper.yaml', 'a: 1\n');
  await run('push', '-q', 'origin', 'upper');
  const upper = await bob.openPullRequest({ repo, branch: 'upper', base: 'lower' });
  await bob.merge(repo, lower.number);
  await bob.deleteBranch(repo, 'lower');
  expect(github.pullRequest(repo, upper.number)).toMatchObject({ state: 'open', pull: { base: { branch: 'main' } } });
});
