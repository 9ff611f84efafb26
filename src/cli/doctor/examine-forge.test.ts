/** What doctor says about an App that is not set up as it should be, by the stand-in GitHub. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultOperatorLimits, type ForgeConfig, type OperatorConfig } from '../../config/operator-config.ts';
import type { GitHub } from '../../playground/github/handle.ts';
import { startGitHub } from '../../playground/github/start-github.ts';
import { readAppManifest } from '../app-manifest.ts';
import { examineForge } from './examine-forge.ts';
import { tableOf } from './examined.ts';

const manifest = readAppManifest();
let github: GitHub;
let receiver: Server;
let status = 200;

beforeEach(async () => {
  status = 200;
  receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  github = await startGitHub({ webhookSecret: 'sixteen letters!', webhookUrl: `${receiverUrl()}/webhooks/github` });
  await github.createRepository({ owner: 'acme', name: 'shop' });
});
afterEach(async () => {
  await github.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

function receiverUrl(): string {
  const address = receiver.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function said(
  forge: Partial<ForgeConfig> = {},
  publicUrl = receiverUrl(),
  repositories: readonly string[] = ['acme/shop'],
): Promise<string> {
  const binding = { forge: 'github', branch: 'main', cluster: 'prod', namespaces: [], kinds: [] };
  const config: OperatorConfig = {
    server: { host: '', port: 0, publicUrl },
    store: { kind: 'embedded', folder: '' },
    forges: [],
    clusters: [],
    bindings: repositories.map((repository) => ({ ...binding, repository })),
    tickSeconds: 60,
    limits: defaultOperatorLimits,
    tools: {},
  };
  const whole = {
    name: 'github',
    type: 'github' as const,
    apiUrl: github.url,
    appId: String(github.appId),
    privateKey: github.appPrivateKeyPem,
    webhookSecrets: [],
    ...forge,
  };
  return tableOf(await examineForge(whole, config, manifest))
    .replaceAll(receiverUrl(), 'https://fairlead.example.com')
    .replaceAll(github.url, 'https://github.example.com')
    .replace(/ at \d{4}-\S+Z/, ' at TIME');
}

test('a key that is not the App’s', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  expect(await said({ privateKey: pem })).toMatchInlineSnapshot(`
    "✘ github: App  GET /app answered 401: A JSON web token could not be decoded
                   → GitHub does not take this App id with this key: correct appId or privateKey of github."
  `);
});

test('permissions and events the App was not given, repositories it is not installed on', async () => {
  expect(await said({}, receiverUrl(), ['acme/shop', 'acme/unknown'])).toMatchInlineSnapshot(`
    "✔ github: App           fairlead (4711)
    ✘ github: permissions   missing: administration: read
                            → Grant them in the settings of the App (https://github.example.com/apps/fairlead), section Permissions & events.
    ✔ github: events        check_run, check_suite, issue_comment, pull_request, pull_request_review, push
    ✔ github: webhook       https://fairlead.example.com/webhooks/github
    ✔ github: deliveries    none yet
    ✔ github: acme/shop     installed
    ✘ github: acme/unknown  GET /repos/acme/unknown/installation answered 404: Not Found
                            → Install the App on it: https://github.example.com/apps/fairlead/installations/new."
  `);
});

test('a webhook that goes elsewhere, or nowhere', async () => {
  expect(await said({}, 'https://other.example.com')).toContain(
    'Set the webhook URL in the settings of the App (https://github.example.com/apps/fairlead) to https://other.example.com/webhooks/github',
  );
  github.setWebhookUrl(undefined);
  expect(await said()).toContain('goes nowhere, so changes are only seen by the tick');
  expect(await said({ name: 'second' })).toContain('/webhooks/github/second');
});

test('deliveries that are refused', async () => {
  status = 401;
  await github.as('acme').push('acme/shop', 'main', { 'a.yaml': 'a: 1\n' });
  await github.deliveries.settled();
  const table = await said();
  expect(table).toContain('✘ github: deliveries   the last, push at TIME, failed: Invalid HTTP Response: 401');
  expect(table).toContain("→ The App's webhook secret is not among webhookSecrets: make them the same.");
});

test('a GitHub that is away', async () => {
  github.faults.add({ match: '* *', status: 502 });
  expect(await said()).toContain('→ Make https://github.example.com reachable from here.');
});
