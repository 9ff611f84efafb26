/** What the page of the manifest flow lets in and what it does not; the whole flow is played in test/e2e/install.test.ts. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAppManifest } from '../app-manifest.ts';
import { startRegistration, type Registration } from './registration-server.ts';

let registration: Registration;
let codes: string[];
let refuse: string | undefined;

beforeEach(async () => {
  codes = [];
  refuse = undefined;
  registration = await startRegistration({
    port: 0,
    manifest: readAppManifest(),
    gitHubUrl: 'https://ghe.example.com',
    organization: 'acme',
    publicUrl: 'https://fairlead.example.com',
    exchange: async (code) => {
      codes.push(code);
      if (refuse !== undefined) throw new Error(refuse);
      return 'https://ghe.example.com/apps/fairlead/installations/new';
    },
  });
});
afterEach(() => registration.close());

/** fetch does not let a test choose the Host header. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const url = new URL(registration.url);
  return new Promise<{ status: number; body: string; policy: string }>((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port: url.port,
      path,
      headers: { host: url.host, ...headers },
      method,
    });
    sent.on('error', reject).on('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          policy: String(response.headers['content-security-policy']),
        }),
      );
    });
    sent.end();
  });
}
async function stateOfPage(): Promise<string> {
  return /state=([\w-]+)/.exec((await get('/probot')).body)?.[1] ?? '';
}

test('the page posts the manifest to the organization on the given GitHub, and nowhere else', async () => {
  const { status, body, policy } = await get('/probot');
  expect(status).toBe(200);
  expect(body).toContain('action="https://ghe.example.com/organizations/acme/settings/apps/new?state=');
  expect(body).toContain(`${new URL(registration.url).port}/probot/setup`);
  expect(policy).toMatch(/form-action https:\/\/ghe\.example\.com$/);
  expect(policy).toContain("default-src 'none'");
});

test('a state of at least 128 bits, the same however often the page is looked at', async () => {
  const state = await stateOfPage();
  expect(Buffer.from(state, 'base64url').byteLength).toBeGreaterThanOrEqual(16);
  expect(await stateOfPage()).toBe(state);
});

describe('a code is not taken', () => {
  test.each(['', '&state=', '&state=x', `&state=${'A'.repeat(32)}`])('with %j', async (state) => {
    expect((await get(`/probot/setup?code=stolen${state}`)).status).toBe(400);
    expect(codes).toEqual([]);
  });

  test('under another host name, as in DNS rebinding, whatever the proxy headers say (H110)', async () => {
    const state = await stateOfPage();
    const forwarded = { 'x-forwarded-host': new URL(registration.url).host };
    for (const host of ['evil.example', 'localhost', 'localhost:1', 'localhost.evil.example:3000']) {
      expect((await get(`/probot/setup?code=c&state=${state}`, { host, ...forwarded })).status).toBe(421);
      expect((await get('/probot', { host, ...forwarded })).body).not.toContain('state=');
    }
    expect((await get('/probot', { 'x-forwarded-host': 'evil.example' })).body).not.toContain('evil.example');
    expect(codes).toEqual([]);
  });

  test('by POST', async () => {
    expect((await get(`/probot/setup?code=c&state=${await stateOfPage()}`, {}, 'POST')).status).toBe(405);
    expect(codes).toEqual([]);
  });
});

test('a code that GitHub refuses leaves the page open, its words inert', async () => {
  refuse = '<script>alert(1)</script>';
  const state = await stateOfPage();
  const refused = await get(`/probot/setup?code=bad&state=${state}`);
  expect(refused.status).toBe(502);
  expect(refused.body).not.toContain('<script');
  refuse = undefined;
  expect((await get(`/probot/setup?code=good&state=${state}`)).status).toBe(200);
  await registration.done;
  expect(codes).toEqual(['bad', 'good']);
});

test('there is nothing else', async () => {
  for (const path of [
    '/',
    '/probot/',
    '/probot/import',
    '/webhooks/github',
    '/%2e%2e/x',
    '//evil.example/probot',
    '//',
    'http://[',
  ]) {
    expect((await get(path)).status, path).toBe(404);
  }
});
