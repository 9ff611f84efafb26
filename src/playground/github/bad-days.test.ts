/** Faults on demand, the count of requests, tokens that end. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { fits } from './faults.ts';
import type { GitHub } from './handle.ts';
import { startGitHub } from './start-github.ts';

const repo = 'acme/shop';
const comments = `/repos/${repo}/issues/1/comments`;
const pattern = 'POST /repos/*/issues/*/comments';
let github: GitHub;
let now = new Date('2026-11-02T10:00:00Z');

beforeAll(async () => {
  github = await startGitHub({ webhookSecret: 'a secret of sixteen', now: () => now });
  await github.createRepository({ owner: 'acme', name: 'shop' });
  github.addUser('bob', { [repo]: 'write' });
  await github.as('bob').openPullRequest({ repo, branch: 'topic', files: { 'a.yaml': 'a: 1\n' } });
});

afterEach(() => {
  github.faults.clear();
  github.requests.clear();
});

afterAll(async () => {
  await github.stop();
});

async function say(body: string): Promise<Response> {
  const headers = { authorization: `Bearer ${github.tokenFor('bob')}`, 'content-type': 'application/json' };
  return fetch(`${github.url}${comments}`, { method: 'POST', headers, body: JSON.stringify({ body }) });
}

function said(): string[] {
  return github.comments(repo, 1).map(({ body }) => body);
}

test('an error, twice, then all is well; every request is counted', async () => {
  github.faults.add({ match: pattern, status: 502, times: 2 });
  expect([(await say('a')).status, (await say('a')).status, (await say('a')).status]).toEqual([502, 502, 201]);
  expect(github.requests.count(pattern)).toBe(3);
  expect(github.requests.count('GET *')).toBe(0);
  expect(github.requests.list().map(({ by, status }) => [by, status])).toEqual([
    ['anonymous', 502],
    ['anonymous', 502],
    ['bob', 201],
  ]);
  expect(said()).toEqual(['a']);
});

test('an answer that gets lost after the deed', async () => {
  github.faults.add({ match: pattern, status: 502, times: 1, done: true });
  github.faults.add({ match: pattern, drop: true, times: 1, after: 0, done: true });
  expect((await say('done')).status).toBe(502);
  await expect(say('done too')).rejects.toThrow('fetch failed');
  expect(said().slice(-2)).toEqual(['done', 'done too']);
});

test('a dropped connection, a slow answer, rate limits', async () => {
  github.faults.add({ match: pattern, drop: true, times: 1 });
  await expect(say('never')).rejects.toThrow('fetch failed');
  expect(said()).not.toContain('never');
  github.faults.add({ match: pattern, delay: 60, times: 1 });
  const started = performance.now();
  expect((await say('late')).status).toBe(201);
  expect(performance.now() - started).toBeGreaterThan(50);
  github.faults.add({ match: pattern, secondaryRateLimit: 30, times: 1 });
  const limited = await say('too much');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([403, '30']);
  expect(await limited.json()).toMatchObject({ message: expect.stringContaining('secondary rate limit') });
  github.faults.add({ match: pattern, rateLimit: 90, times: 1 });
  const spent = await say('too much');
  expect([spent.status, spent.headers.get('x-ratelimit-remaining'), spent.headers.get('x-ratelimit-reset')]).toEqual([
    403,
    '0',
    String(now.getTime() / 1000 + 90),
  ]);
  const takeBack = github.faults.add({ match: '*', status: 500 });
  takeBack();
  expect((await say('well again')).status).toBe(201);
});

test('faults reach git, and not what people do by the handle', async () => {
  github.faults.add({ match: '*', status: 503 });
  expect((await fetch(`${github.gitUrl}/${repo}.git/info/refs?service=git-upload-pack`)).status).toBe(503);
  await github.as('bob').comment(repo, 1, 'from the page');
  expect(said()).toContain('from the page');
});

test.each([
  ['malformed JSON', '{"body":', 400],
  ['a list', '[]', 400],
  ['nothing', '', 422],
  ['a number for a text', '{"body":1}', 422],
])('%s for a body is answered %s with %d', async (_what, body, status) => {
  const headers = { authorization: `token ${github.tokenFor('bob')}` };
  const response = await fetch(`${github.url}${comments}`, { method: 'POST', headers, body });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ status: String(status) });
});

test('unknown paths are 404, and so is /api/v3 in front of them', async () => {
  const ask = async (path: string) =>
    (await fetch(`${github.url}${path}`, { headers: { authorization: `Bearer ${github.tokenFor('bob')}` } })).status;
  expect(await ask('/nonsense')).toBe(404);
  expect(await ask(`/repos/${repo}/pulls/99`)).toBe(404);
  expect(await ask(`/repos/${repo}/pulls/%zz`)).toBe(404);
  expect(await ask(`/api/v3/repos/${repo}`)).toBe(200);
});

test('installation tokens end after an hour', async () => {
  const { createSign } = await import('node:crypto');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (lifetime: number): string => {
    const iat = now.getTime() / 1000;
    const unsigned = `${part({ alg: 'RS256' })}.${part({ iss: github.appId, iat, exp: iat + lifetime })}`;
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(github.appPrivateKeyPem, 'base64url')}`;
  };
  const ask = async (method: string, path: string, token: string) =>
    fetch(`${github.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  expect((await ask('GET', '/app', jwt(3600))).status).toBe(401);
  expect((await ask('GET', '/app', jwt(-1))).status).toBe(401);
  const { id } = (await (await ask('GET', `/repos/${repo}/installation`, jwt(600))).json()) as { id: number };
  const answer = await ask('POST', `/app/installations/${id}/access_tokens`, jwt(600));
  const { token } = (await answer.json()) as { token: string };
  expect((await ask('GET', `/repos/${repo}`, token)).status).toBe(200);
  now = new Date(now.getTime() + 3_601_000);
  expect((await ask('GET', `/repos/${repo}`, token)).status).toBe(401);
});

test('patterns', () => {
  expect(fits('POST /repos/*/issues/*/comments', 'POST /repos/acme/shop/issues/1/comments')).toBe(true);
  expect(fits('POST /repos/*/issues/*/comments', 'POST /repos/acme/shop/issues/1')).toBe(false);
  expect(fits('GET /app', 'GET /app/installations')).toBe(false);
  expect(fits('*', 'anything')).toBe(true);
  expect(fits('a*a', 'a')).toBe(false);
});
