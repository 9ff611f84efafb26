/** Deliveries as a receiver sees them: signed bytes, headers, and a transport that can be made bad. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { GitHub } from './handle.ts';
import { startGitHub } from './start-github.ts';

const repo = 'acme/shop';
const secret = 'a secret of sixteen';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let github: GitHub;
let receiver: Server;
let received: Received[] = [];
let answer = 202;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(answer).end('thanks');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  github = await startGitHub({ webhookSecret: secret, webhookUrl: `http://127.0.0.1:${port}/hook` });
  await github.createRepository({ owner: 'acme', name: 'shop' });
  github.addUser('bob', { [repo]: 'write' });
});

beforeEach(async () => {
  await github.deliveries.settled();
  received = [];
});

afterEach(() => {
  answer = 202;
  github.deliveries.drop(undefined);
  github.deliveries.repeat(1);
});

afterAll(async () => {
  await github.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

function kinds(): string[] {
  return received.map(({ body, headers }) => {
    const { action } = JSON.parse(body.toString()) as { action?: string };
    return `${String(headers['x-github-event'])} ${action ?? ''}`.trim();
  });
}

test('are signed over the bytes that are sent', async () => {
  await github.as('bob').push(repo, 'umlaut', { 'ü.yaml': 'a: "\\u00e4"\n' }, { message: 'Größe ✓' });
  await github.deliveries.settled();
  const [push] = received;
  expect(push?.headers).toMatchObject({
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-hook-installation-target-id': String(github.appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret)
      .update(push?.body ?? '')
      .digest('hex')}`,
  });
  expect(push?.headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
  expect(push?.headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(push?.body.toString() ?? '')).toMatchObject({
    before: '0'.repeat(40),
    created: true,
    commits: [{ message: 'Größe ✓', added: ['ü.yaml'], author: { username: 'bob' } }],
    repository: { full_name: repo },
    sender: { login: 'bob', type: 'User' },
    organization: { login: 'acme' },
  });
});

test('tell the life of a pull request', async () => {
  const bob = github.as('bob');
  const { number } = await bob.openPullRequest({ repo, branch: 'life', files: { 'life.yaml': 'a: 1\n' }, draft: true });
  await bob.push(repo, 'release', { 'release.yaml': 'a: 1\n' });
  await bob.edit(repo, number, { base: 'release' });
  await bob.edit(repo, number, { base: 'main', state: 'closed' });
  await bob.edit(repo, number, { state: 'open' });
  await bob.markReady(repo, number);
  const { id } = await bob.comment(repo, number, '/fairlead plan');
  await bob.editComment(repo, id, '/fairlead apply');
  await bob.deleteComment(repo, id);
  await bob.merge(repo, number);
  await github.deliveries.settled();
  expect(kinds()).toEqual([
    'push',
    'pull_request opened',
    'push',
    'pull_request edited',
    'pull_request edited',
    'pull_request closed',
    'pull_request reopened',
    'pull_request ready_for_review',
    'issue_comment created',
    'issue_comment edited',
    'issue_comment deleted',
    'pull_request closed',
    'push',
  ]);
  const payloads = received.map(({ body }): unknown => JSON.parse(body.toString()));
  expect(payloads[3]).toMatchObject({
    changes: { base: { ref: { from: 'main' } } },
    pull_request: { base: { ref: 'release' } },
  });
  expect(payloads[9]).toMatchObject({ changes: { body: { from: '/fairlead plan' } }, issue: { pull_request: {} } });
  expect(payloads[11]).toMatchObject({
    number,
    pull_request: { merged: true, state: 'closed', merged_by: { login: 'bob' } },
  });
});

test('of a failed receiver are not repeated by themselves, and redelivered with the same id', async () => {
  answer = 503;
  await github.as('bob').push(repo, 'main', { 'a.yaml': 'a: 1\n' });
  await github.deliveries.settled();
  expect(received).toHaveLength(1);
  const failed = github.deliveries.list().at(-1);
  expect(failed).toMatchObject({ statusCode: 503, redelivery: false });
  answer = 202;
  expect(github.deliveries.redeliver(failed?.id ?? 0)).toBe(true);
  await github.deliveries.settled();
  expect(received[1]?.headers['x-github-delivery']).toBe(received[0]?.headers['x-github-delivery']);
  expect(received[1]?.body.equals(received[0]?.body ?? Buffer.of())).toBe(true);
  expect(github.deliveries.list().at(-1)).toMatchObject({ statusCode: 202, status: 'OK', redelivery: true });
});

test('can be dropped, doubled, and come in another order', async () => {
  const { deliveries } = github;
  deliveries.drop((event) => event === 'push');
  await github.as('bob').openPullRequest({ repo, branch: 'bad-day', files: { 'bad.yaml': 'a: 1\n' } });
  await deliveries.settled();
  expect(kinds()).toEqual(['pull_request opened']);
  deliveries.drop(undefined);
  deliveries.repeat(2);
  deliveries.hold();
  await github.as('bob').push(repo, 'bad-day', { 'bad.yaml': 'a: 2\n' });
  await deliveries.settled();
  expect(received).toHaveLength(1);
  deliveries.release('reversed');
  await deliveries.settled();
  expect(kinds().slice(1)).toEqual(['pull_request synchronize', 'pull_request synchronize', 'push', 'push']);
  expect(new Set(received.slice(1).map(({ headers }) => headers['x-github-delivery'])).size).toBe(2);
});

test('stop where the app is not installed', async () => {
  await github.createRepository({ owner: 'other', name: 'quiet', install: false });
  github.addUser('bob', { 'other/quiet': 'write' });
  await github.as('bob').push('other/quiet', 'main', { 'a.yaml': 'a: 1\n' });
  await github.deliveries.settled();
  expect(received).toEqual([]);
  await github.createRepository({ owner: 'other', name: 'loud' });
  github.ping();
  github.uninstall('other/loud');
  await github.deliveries.settled();
  expect(kinds()).toEqual(['installation created', 'ping', 'installation_repositories removed']);
});
