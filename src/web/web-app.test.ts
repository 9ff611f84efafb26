import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseGitHub } from '../adapters/github/parse-webhook.ts';
import { verifyGitHub } from '../adapters/github/verify-webhook.ts';
import { parseSha } from '../domain/forge.ts';
import type { ShownPlan } from '../domain/plan.ts';
import type { Job } from '../ports/jobs.ts';
import { silentLog } from '../ports/log.ts';
import { listen, type Listening } from './listen.ts';
import { webApp } from './web-app.ts';

const secret = 'a secret of decent length';
const token = 'tokentokentokentoken';

/** A store of its own mind: transactions that fail leave nothing behind. */
function memoryStore() {
  const state = {
    deliveries: new Set<string>(),
    jobs: [] as Job[],
    away: false,
    slow: 0,
    shown: undefined as ShownPlan | undefined,
  };
  const transaction = async <T>(work: (tx: never) => Promise<T>): Promise<T> => {
    if (state.away) throw new Error('connect ECONNREFUSED 10.0.0.1:5432');
    if (state.slow > 0) await new Promise((resolve) => setTimeout(resolve, state.slow));
    const jobs: Job[] = [];
    const seen = new Set(state.deliveries);
    const tx = {
      recordDelivery: async (delivery: { id: string; contentKey: string }) => {
        const known = seen.has(delivery.id) || seen.has(delivery.contentKey);
        seen.add(delivery.id).add(delivery.contentKey);
        return known ? ('seen' as const) : ('new' as const);
      },
      enqueue: async ({ job }: { job: Job }) => void jobs.push(job),
      planByToken: async (asked: string) => (asked === token ? state.shown : undefined),
    };
    const result = await work(tx as never);
    state.deliveries = seen;
    state.jobs.push(...jobs);
    return result;
  };
  return { state, transaction };
}

let store: ReturnType<typeof memoryStore>;
let web: Listening;
let logged: string[];
let counted: string[];

beforeEach(async () => {
  store = memoryStore();
  logged = [];
  counted = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push(JSON.stringify([level, fields, message]));
  const app = webApp({
    store,
    intakes: {
      github: {
        verify: (headers, body) => verifyGitHub(headers, body, [secret]),
        parse: (headers, body) => parseGitHub(headers, body, { forge: 'github', appId: '77' }),
      },
    },
    log: { ...silentLog, info: log('info'), warn: log('warn'), error: log('error') },
    counted: (forge, outcome) => void counted.push(`${forge} ${outcome}`),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' }),
    notReady: async () => (store.state.away ? 'the store is away' : undefined),
    bodyLimits: { bytes: 25 * 1024 * 1024, milliseconds: 300, heldBytes: 60 * 1024 * 1024 },
    storeMilliseconds: 200,
  });
  web = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterEach(() => web.close(1));

const push = {
  ref: 'refs/heads/main',
  before: 'a'.repeat(40),
  after: 'b'.repeat(40),
  repository: { id: 5, full_name: 'shop/deploy' },
};

function deliver(body: string | Uint8Array, more: { headers?: Record<string, string>; path?: string } = {}) {
  const bytes = Buffer.from(body);
  return fetch(`${web.url}${more.path ?? '/webhooks/github'}`, {
    method: 'POST',
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
      ...more.headers,
    },
  });
}

describe('a webhook', () => {
  test('is recorded with its job before it is answered', async () => {
    const response = await deliver(JSON.stringify(push));
    expect(response.status).toBe(202);
    expect(store.state.jobs).toMatchObject([{ kind: 'branch', branch: 'main', repository: { id: '5' } }]);
    expect(counted).toEqual(['github accepted']);
  });

  test('delivered twice, or again under another id, makes one job (H11, H12)', async () => {
    await deliver(JSON.stringify(push));
    expect((await deliver(JSON.stringify(push))).status).toBe(202);
    expect((await deliver(JSON.stringify(push), { headers: { 'x-github-delivery': 'd-2' } })).status).toBe(202);
    expect(store.state.jobs).toHaveLength(1);
    expect(counted).toEqual(['github accepted', 'github seen', 'github seen']);
  });

  test('is taken under a name of its own, and no other', async () => {
    expect((await deliver(JSON.stringify(push), { path: '/webhooks/github/github' })).status).toBe(202);
    for (const path of ['/webhooks/github/other', '/webhooks/github/__proto__', '/webhooks/gitlab', '/webhooks', '/']) {
      expect((await deliver(JSON.stringify(push), { path })).status).toBe(404);
    }
  });

  test('nobody listens to is answered and stores nothing', async () => {
    store.state.away = true;
    expect((await deliver('{"zen":"x"}', { headers: { 'x-github-event': 'ping' } })).status).toBe(202);
    expect(counted).toEqual(['github ignored']);
  });

  test('with the store away, or slow, is 503 so that the forge shows it failed (H107)', async () => {
    store.state.away = true;
    const response = await deliver(JSON.stringify(push));
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('10.0.0.1');
    store.state.away = false;
    store.state.slow = 400;
    expect((await deliver(JSON.stringify(push))).status).toBe(503);
    store.state.slow = 0;
    expect((await deliver(JSON.stringify(push), { headers: { 'x-github-delivery': 'd-3' } })).status).toBe(202);
  });

  const other: Record<string, string> = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
  test.each<[string, number, string | Uint8Array, { headers?: Record<string, string>; path?: string }]>([
    ['a wrong signature (H2)', 401, JSON.stringify(push), { headers: other }],
    ['a wrong signature over broken JSON, which is not parsed (H1)', 401, '{', { headers: other }],
    ['broken JSON', 400, '{', {}],
    ['a nest of 100,000 (H17)', 400, '['.repeat(100_000), {}],
    ['bytes that are no UTF-8 (H5)', 400, new Uint8Array([0x7b, 0xff, 0x7d]), {}],
    ['a form (H18)', 415, 'payload=%7B%7D', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['another charset', 415, '{}', { headers: { 'content-type': 'application/json; charset=utf-16' } }],
    ['a gzip bomb (H16)', 415, gzipSync(Buffer.alloc(1_000_000)), { headers: { 'content-encoding': 'gzip' } }],
    ['headers of both forges (H19)', 400, JSON.stringify(push), { headers: { 'x-gitlab-event': 'Push Hook' } }],
    [
      'a secret in the query (H24)',
      400,
      JSON.stringify(push),
      { path: `/webhooks/github?secret=${encodeURIComponent(secret)}` },
    ],
    ['Basic auth (H24)', 400, JSON.stringify(push), { headers: { authorization: `Basic ${btoa(`x:${secret}`)}` } }],
    ['no repository (H21)', 400, JSON.stringify({ ...push, repository: null }), {}],
  ])('with %s is answered %i and does nothing', async (_what, status, body, more) => {
    const response = await deliver(body, more);
    expect(response.status).toBe(status);
    expect(store.state).toMatchObject({ jobs: [], deliveries: new Set() });
    expect(`${await response.text()}${logged.join()}`).not.toContain(secret);
    expect((await deliver(JSON.stringify(push))).status).toBe(202);
  });

  test('of 26 MB is refused by its length, unread (H16)', async () => {
    const answer = await raw(`${head}Content-Length: ${26 * 1024 * 1024}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  test('of 26 MB in chunks without a length is cut off (H16)', async () => {
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    const answer = await raw(`${head}Transfer-Encoding: chunked\r\n\r\n`, async (write) => {
      for (let n = 0; n < 26; n += 1) await write(chunk);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that trickles in is given up in time (H16)', async () => {
    const answer = await raw(`${head}Content-Length: 100\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('log lines hold neither secret, signature nor payload', async () => {
    await deliver(JSON.stringify({ ...push, ref: 'refs/heads/payload-marker' }));
    await deliver(JSON.stringify(push), { headers: other });
    expect(logged.join()).toContain('webhook taken');
    expect(logged.join()).not.toMatch(/payload-marker|sha256=|0{64}/);
    expect(logged.join()).not.toContain(secret);
  });
});

describe('many webhooks', () => {
  test('large ones beyond the budget are turned away while ordinary ones go on', async () => {
    const large = `${head}Content-Length: ${24 * 1024 * 1024}\r\n\r\n`;
    const part = 'x'.repeat(23 * 1024 * 1024);
    const answers = [1, 2, 3].map(() => raw(large, (write) => write(part)));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await deliver(JSON.stringify(push))).status).toBe(202);
    expect((await Promise.all(answers)).map((answer) => answer.slice(9, 12)).sort()).toEqual(['408', '408', '503']);
  });
});

describe('pages', () => {
  test('health, readiness and metrics', async () => {
    expect((await fetch(`${web.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${web.url}/readyz`)).status).toBe(200);
    store.state.away = true;
    expect((await fetch(`${web.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${web.url}/readyz`)).status).toBe(503);
    expect(await (await fetch(`${web.url}/metrics`)).text()).toBe('up 1\n');
  });

  test('a plan, with everything foreign escaped', async () => {
    store.state.shown = shownPlan('<script>alert(1)</script>"\u202E\u001B[31m');
    const response = await fetch(`${web.url}/plans/${token}`);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*style-src 'nonce-/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/<script|\u202E|[^\P{Cc}\n]/u);
    expect(await (await fetch(`${web.url}/plans/${token}.json`)).json()).toMatchObject({ version: 1 });
  });

  test.each([
    '/plans/unknownunknownunknown',
    '/plans/x',
    '/plans/',
    '/plans/..%2f..%2fetc',
    '/probot',
    '/setup',
    '/Healthz',
  ])('%s is not there (H110)', async (path) => {
    const response = await fetch(`${web.url}${path}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  test('a broken path or method harms nobody', async () => {
    expect((await fetch(`${web.url}/plans/%E0%A4%A`)).status).toBe(400);
    expect((await fetch(`${web.url}/webhooks/github`)).status).toBe(404);
    expect((await fetch(`${web.url}/healthz`, { method: 'DELETE' })).status).toBe(404);
  });
});

test('closing lets an answer under way end', async () => {
  store.state.slow = 100;
  const answer = deliver(JSON.stringify(push));
  await new Promise((resolve) => setTimeout(resolve, 40));
  const began = performance.now();
  await web.close(5);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect((await answer).status).toBe(202);
  await expect(fetch(`${web.url}/healthz`)).rejects.toThrow();
});

const head = 'POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** Speaks HTTP by hand and gives everything the server said until it closed or fell silent after an answer. */
function raw(first: string, more?: (write: (text: string) => Promise<void>) => Promise<void>): Promise<string> {
  const { hostname, port } = new URL(web.url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(first);
      const write = (text: string) =>
        new Promise<void>((done) => {
          if (socket.destroyed || !socket.writable) done();
          else socket.write(text, () => done());
        });
      void more?.(write);
    });
    socket.on('data', (data) => {
      answer += data.toString();
      if (answer.includes('\r\n\r\n')) setTimeout(() => socket.destroy(), 50);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

function shownPlan(hostile: string): ShownPlan {
  const commit = parseSha('a'.repeat(40));
  if (commit === undefined) throw new Error('not a commit');
  return {
    token,
    pullRequest: { repository: { forge: 'github', id: '5', fullName: hostile }, number: 7 },
    plan: {
      version: 1,
      environment: { key: 'github/5/prod', name: hostile, cluster: hostile, namespace: hostile },
      clusterUid: 'uid',
      serverVersion: hostile,
      basis: { base: commit, head: commit, tree: commit },
      desiredDigest: 'd'.repeat(64),
      desiredCount: 1,
      changes: [
        {
          ref: { group: '', version: 'v1', kind: 'ConfigMap', namespace: hostile, name: hostile },
          action: 'update',
          origin: 'pull-request',
          source: { file: hostile, line: 3 },
          fields: [{ path: hostile, before: hostile, after: hostile, origin: 'drift' }],
          diff: hostile,
          basis: 'server',
          warnings: [hostile],
          takesOver: [],
          conflicts: [],
          consequences: [],
        },
      ],
      unchanged: [hostile],
      ignored: [{ what: hostile, count: 1 }],
      findings: [{ code: 'server-invalid', severity: 'error', file: hostile, line: 1, detail: hostile }],
      incomplete: [{ reason: 'cluster-timeout', detail: hostile }],
      dangers: [{ code: 'prunes-many', detail: hostile }],
      effects: [],
      planDigest: 'e'.repeat(64),
      observedAt: '2026-11-19T10:00:00Z',
      cost: { milliseconds: 1, requests: 2 },
    },
  };
}
