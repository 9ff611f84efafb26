/** Webhooks as a forge really sends them, through the real HTTP intake, to the jobs they make. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseGitHub } from '../../src/adapters/github/parse-webhook.ts';
import { verifyGitHub } from '../../src/adapters/github/verify-webhook.ts';
import type { GitHub } from '../../src/playground/github/handle.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import type { Job } from '../../src/ports/jobs.ts';
import { silentLog } from '../../src/ports/log.ts';
import { listen, type Listening } from '../../src/web/listen.ts';
import { webApp } from '../../src/web/web-app.ts';

const secret = 'a secret of decent length';
const repo = 'shop/deploy';
let github: GitHub;
let web: Listening;
let jobs: Job[] = [];
const seen = new Set<string>();

beforeAll(async () => {
  github = await startGitHub({ webhookSecret: secret });
  const intake = {
    verify: (headers: Parameters<typeof verifyGitHub>[0], body: Uint8Array) => verifyGitHub(headers, body, [secret]),
    parse: (headers: Parameters<typeof parseGitHub>[0], body: Parameters<typeof parseGitHub>[1]) =>
      parseGitHub(headers, body, { forge: 'github', appId: String(github.appId) }),
  };
  const store = {
    transaction: <T>(work: (tx: never) => Promise<T>): Promise<T> => {
      const tx = {
        recordDelivery: async ({ id, contentKey }: { id: string; contentKey: string }) => {
          const known = seen.has(id) || seen.has(contentKey);
          seen.add(id).add(contentKey);
          return known ? 'seen' : 'new';
        },
        enqueue: async ({ job }: { job: Job }) => void jobs.push(job),
      };
      return work(tx as never);
    },
  };
  const app = webApp({
    store,
    intakes: { github: intake },
    log: silentLog,
    counted: () => {},
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    notReady: async () => undefined,
  });
  web = await listen(app, { host: '127.0.0.1', port: 0 });
  github.setWebhookUrl(`${web.url}/webhooks/github`);
  await github.createRepository({ owner: 'shop', name: 'deploy', files: { 'a.yaml': 'a: 1\n' } });
  github.addUser('alice', { [repo]: 'write' });
});
afterAll(async () => {
  await web.close(1);
  await github.stop();
});
beforeEach(async () => {
  await settled();
  jobs = [];
});

/** Every delivery so far has been answered. */
async function settled(): Promise<void> {
  await github.deliveries.settled();
}

const kinds = async (): Promise<string[]> => {
  await settled();
  return jobs.map((job) => job.kind);
};

test('a pull request from opening to merging, and the commands on it', async () => {
  const alice = github.as('alice');
  const { number } = await alice.openPullRequest({ repo, branch: 'one', files: { 'b.yaml': 'b: 1\n' } });
  expect(await kinds()).toEqual(['branch', 'plan']);
  jobs = [];
  await alice.push(repo, 'one', { 'b.yaml': 'b: 2\n' });
  expect((await kinds()).sort()).toEqual(['branch', 'plan']);
  jobs = [];
  const { id } = await alice.comment(repo, number, '/fairlead plan');
  await alice.comment(repo, number, 'just talk');
  await alice.editComment(repo, id, '/fairlead apply 01234567');
  await settled();
  expect(jobs).toMatchObject([
    { kind: 'command', line: '/fairlead plan', by: { login: 'alice' }, commentId: String(id) },
  ]);
  jobs = [];
  await alice.merge(repo, number);
  await settled();
  expect(jobs).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'branch', branch: 'main' })]));
  expect(jobs.every((job) => job.kind === 'branch')).toBe(true);
});

test('a direct push, a retargeted pull request', async () => {
  const alice = github.as('alice');
  await alice.push(repo, 'main', { 'c.yaml': 'c: 1\n' });
  await alice.push(repo, 'next', { 'd.yaml': 'd: 1\n' });
  const { number } = await alice.openPullRequest({ repo, branch: 'two', files: { 'e.yaml': 'e: 1\n' } });
  await settled();
  jobs = [];
  await alice.edit(repo, number, { title: 'Another title' });
  expect(await kinds()).toEqual([]);
  await alice.edit(repo, number, { base: 'next' });
  expect(await kinds()).toEqual(['plan']);
});

test('a delivery sent again makes no second job (H11)', async () => {
  await github.as('alice').push(repo, 'main', { 'f.yaml': 'f: 1\n' });
  expect(await kinds()).toEqual(['branch']);
  const last = github.deliveries.list().at(-1);
  if (last === undefined) throw new Error('nothing was delivered');
  github.deliveries.redeliver(last.id);
  expect(await kinds()).toEqual(['branch']);
});

test('every delivery was answered with 202, also those nobody listens to', async () => {
  github.ping();
  await settled();
  expect(github.deliveries.list().filter(({ statusCode }) => statusCode !== 202)).toEqual([]);
});
