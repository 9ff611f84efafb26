import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GitHub } from './handle.ts';
import { startGitHub } from './start-github.ts';

let github: GitHub;
let clock = 0;
beforeAll(async () => {
  github = await startGitHub({ webhookSecret: 'sixteen letters!', now: () => new Date(Date.now() + clock) });
});
afterAll(() => github.stop());

const manifest = {
  url: 'https://example.com',
  redirect_url: 'http://localhost:3000/back?kept=1',
  hook_attributes: { url: 'https://example.com/hook' },
  default_permissions: { checks: 'write', contents: 'read' },
  default_events: ['push'],
};
const register = (form: string, path = '/settings/apps/new?state=s%26t') =>
  fetch(`${github.url}${path}`, { method: 'POST', body: new URLSearchParams({ manifest: form }), redirect: 'manual' });
const convert = (code: string) => fetch(`${github.url}/app-manifests/${code}/conversions`, { method: 'POST' });
async function code(of: object = manifest, path?: string): Promise<string> {
  const { headers } = await register(JSON.stringify(of), path);
  return new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
}

test('sends the browser back with a code and the state', async () => {
  const answer = await register(JSON.stringify(manifest));
  expect(answer.status).toBe(302);
  const back = new URL(answer.headers.get('location') ?? '');
  expect(back.origin + back.pathname).toBe('http://localhost:3000/back');
  expect(back.searchParams.get('kept')).toBe('1');
  expect(back.searchParams.get('state')).toBe('s&t');
});

test('gives the secrets of the App for a code, once, and the App what the manifest asks for', async () => {
  const made = await code(manifest, '/organizations/acme/settings/apps/new');
  const answer = await convert(made);
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({
    id: github.appId,
    pem: github.appPrivateKeyPem,
    webhook_secret: 'sixteen letters!',
    permissions: { checks: 'write', contents: 'read', metadata: 'read' },
    events: ['push'],
  });
  expect(github.deliveries.url()).toBe('https://example.com/hook');
  expect((await convert(made)).status).toBe(404);
});

test('has no webhook secret without a webhook', async () => {
  const { hook_attributes: _hook, ...without } = manifest;
  expect(await (await convert(await code(without))).json()).toMatchObject({ webhook_secret: null });
  expect(github.deliveries.url()).toBeUndefined();
});

test('a code ends after an hour', async () => {
  const made = await code();
  clock = 3_600_001;
  expect((await convert(made)).status).toBe(404);
  clock = 0;
});

describe('does not take', () => {
  test.each([
    ['no manifest', ''],
    ['a list', '[]'],
    ['no url', JSON.stringify({ ...manifest, url: undefined })],
    ['a redirect to nowhere', JSON.stringify({ ...manifest, redirect_url: 'javascript:alert(1)' })],
    ['an unknown level', JSON.stringify({ ...manifest, default_permissions: { checks: 'much' } })],
  ])('%s', async (_name, form) => {
    expect((await register(form)).status).toBe(422);
  });
});
