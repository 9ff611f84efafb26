/** The client against a server that answers as told: what a bad day, a proxy or an attacker in between may send. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../ports/log.ts';
import { connect, type Connection } from './client.ts';
import { list, shape, text } from './decode.ts';
import { GitHubFault } from './fault.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const thing = shape({ name: text });
const route = 'GET /repos/{owner}/{repo}/thing';
const at = { owner: 'shop', repo: 'deploy', query: 'not shown' };

let answers: Answer[];
let asked: string[];
let tokens: number;
let url: string;
let stop: () => Promise<void>;

beforeEach(async () => {
  answers = [];
  asked = [];
  tokens = 0;
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/access_tokens') === true) {
      tokens += 1;
      response.setHeader('content-type', 'application/json');
      response.statusCode = 201;
      response.end(JSON.stringify({ token: `t${tokens}`, expires_at: new Date(Date.now() + 3_600_000).toISOString() }));
      return;
    }
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    (answers.shift() ?? json(200, { name: 'last' }))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  stop = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
});
afterEach(() => stop());

function open(more: { now?: () => number } = {}): Connection {
  return connect({
    appId: '77',
    privateKey,
    baseUrl: url,
    timeoutMilliseconds: 200,
    retryMilliseconds: 1,
    log: silentLog,
    now: more.now ?? Date.now,
  });
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

const drop: Answer = (request) => request.socket.destroy();
const silence: Answer = () => {};

async function fault(work: Promise<unknown>): Promise<GitHubFault> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GitHubFault)) throw new Error(`not a fault: ${String(error)}`);
  return error;
}

const get = () => open().asInstallation('9').one(route, at, thing);

describe('reads', () => {
  test.each<[string, Answer[]]>([
    ['502', [json(502, {}), json(503, {})]],
    ['a broken connection', [drop, drop]],
    ['silence', [silence]],
  ])('are repeated after %s', async (_what, bad) => {
    answers = [...bad];
    expect(await get()).toEqual({ name: 'last' });
    expect(asked).toHaveLength(bad.length + 1);
  });

  test.each<[string, string, Answer]>([
    ['a server that is down', 'unreachable', json(502, {})],
    ['dropped connections', 'unreachable', drop],
    ['no answer', 'timeout', silence],
    ['403', 'forbidden', json(403, { message: 'Resource not accessible by integration' })],
    ['404', 'not-found', json(404, { message: 'Not Found' })],
    ['410', 'not-found', json(410, { message: 'Gone' })],
    ['429', 'throttled', json(429, { message: 'Too many requests' })],
    ['another shape', 'malformed', json(200, { name: 7 })],
    ['a list for an object', 'malformed', json(200, [])],
    ['a field that is inherited only', 'malformed', json(200, '{"__proto__":{"name":"x"}}')],
    ['broken JSON', 'malformed', json(200, '{"name":')],
    [
      'a page of HTML',
      'malformed',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login'),
    ],
    ['an empty body', 'empty', json(200, '')],
    ['no content', 'empty', (_request, response) => response.writeHead(204).end()],
  ])('tell of %s: %s', async (_what, why, answer) => {
    answers = [answer, answer, answer];
    const found = await fault(get());
    expect(found.why).toBe(why);
    expect(found.message).toMatch(/^GET \/repos\/shop\/deploy\/thing[ :]/);
    expect(found.message).not.toContain('not shown');
  });

  test("give GitHub's words on one clean line (H90)", async () => {
    answers = [json(403, { message: `\u001B[31mno\u0000\n\u202Eway${'x'.repeat(500)}` })];
    const { message } = await fault(get());
    expect(message).toMatch(/^[\x20-\x7e…]+$/);
    expect(message.length).toBeLessThan(300);
  });

  test('do not follow to another host, whatever GitHub says (H10)', async () => {
    const other = createServer((_request, response) => json(200, { name: 'evil' })(_request, response));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const redirect: Answer = (_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
    answers = [redirect, redirect, redirect];
    expect((await fault(get())).message).toMatch(/another host/);
    await new Promise<void>((resolve) => {
      other.closeAllConnections();
      other.close(() => resolve());
    });
  });

  test('follow a rename on the same host (H23)', async () => {
    answers = [(_request, response) => response.writeHead(301, { location: '/repositories/5/thing' }).end()];
    expect(await get()).toEqual({ name: 'last' });
  });
});

describe('rate limits', () => {
  const date = 'Thu, 19 Nov 2026 10:00:00 GMT';
  const reset = String(Date.parse(date) / 1_000 + 90);
  test.each<[string, number, Answer]>([
    ['retry-after', 17, json(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '17' })],
    [
      "the reset by GitHub's clock (H106)",
      91,
      json(
        403,
        { message: 'API rate limit exceeded' },
        { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date },
      ),
    ],
    ['a minute where it does not say', 60, json(403, { message: 'You have exceeded a secondary rate limit' })],
    ['an hour at most', 3_600, json(429, {}, { 'retry-after': '999999' })],
    ['a second at least', 1, json(429, {}, { 'retry-after': '-5' })],
  ])('name how long: %s', async (_what, seconds, answer) => {
    answers = [answer];
    expect(await fault(get())).toMatchObject({ why: 'throttled', afterSeconds: seconds });
    expect(asked).toHaveLength(1);
  });
});

describe('writes', () => {
  test.each<[string, Answer]>([
    ['502', json(502, {})],
    ['a broken connection', drop],
  ])('are not repeated after %s, for they may have taken place', async (_what, answer) => {
    answers = [answer];
    const found = await fault(open().asInstallation('9').one('POST /repos/{owner}/{repo}/thing', at, thing));
    expect(found.why).toBe('unreachable');
    expect(asked).toHaveLength(1);
  });
});

describe('lists', () => {
  const all = async (maxPages: number): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name } of open().asInstallation('9').each(route, at, list(thing), maxPages)) names.push(name);
    return names;
  };
  const page = (name: string, next: boolean): Answer =>
    json(200, [{ name }], next ? { link: '<https://elsewhere.example/?page=2>; rel="next"' } : {});

  test('are read page by page, on our host', async () => {
    answers = [page('a', true), page('b', true), page('c', false)];
    expect(await all(5)).toEqual(['a', 'b', 'c']);
    expect(asked.map((line) => /[?&]page=(\d)/.exec(line)?.[1])).toEqual(['1', '2', '3']);
  });

  test('with more pages than foreseen are a fault, not a shorter list', async () => {
    answers = [page('a', true), page('b', true)];
    expect((await fault(all(2))).message).toMatch(/more than 200/);
  });

  test('with one bad item are a fault', async () => {
    answers = [json(200, [{ name: 'a' }, { name: null }])];
    expect((await fault(all(2))).message).toMatch(/\[1\]\.name is not a string/);
  });
});

describe('tokens', () => {
  test('are asked for once and used until they are old', async () => {
    let now = Date.now();
    const client = open({ now: () => now }).asInstallation('9');
    await Promise.all([client.one(route, at, thing), client.one(route, at, thing)]);
    await client.one(route, at, thing);
    expect(tokens).toBe(1);
    now += 51 * 60_000;
    await client.one(route, at, thing);
    expect(tokens).toBe(2);
    expect(asked.at(-1)).toContain('token t2');
  });

  test('that GitHub no longer takes are replaced once', async () => {
    answers = [json(401, { message: 'Bad credentials' })];
    expect(await get()).toEqual({ name: 'last' });
    expect(tokens).toBe(2);
    answers = [json(401, { message: 'Bad credentials' }), json(401, { message: 'Bad credentials' })];
    expect((await fault(get())).status).toBe(401);
  });

  test('of two Apps with installations of one number are not mixed up', async () => {
    const [one, two] = [open(), open()];
    await Promise.all([one.asInstallation('9').one(route, at, thing), two.asInstallation('9').one(route, at, thing)]);
    expect(new Set(asked.map((line) => line.split(' token ')[1])).size).toBe(2);
  });

  test('for git are their own, narrowed to one repository', async () => {
    const connection = open();
    const [narrow, wide] = [await connection.readToken('9', '5'), connection.asInstallation('9')];
    await wide.one(route, at, thing);
    expect(asked.at(-1)).not.toContain(narrow);
  });
});

describe('GraphQL', () => {
  const ask = () =>
    open()
      .asInstallation('9')
      .graphql('query { x { name } }', {}, shape({ x: thing }));
  test('answers', async () => {
    answers = [json(200, { data: { x: { name: 'y' } } })];
    expect(await ask()).toEqual({ x: { name: 'y' } });
  });
  test.each([
    ['RATE_LIMITED', 'throttled'],
    ['NOT_FOUND', 'not-found'],
    ['FORBIDDEN', 'forbidden'],
    ['UNPROCESSABLE', 'malformed'],
  ])('error %s is %s', async (type, why) => {
    answers = [json(200, { data: { x: null }, errors: [{ type, message: 'no' }] })];
    expect((await fault(ask())).why).toBe(why);
  });
});
