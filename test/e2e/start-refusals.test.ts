/** `fairlead serve` that does not start: a process of its own, one sentence for each reason, exit 1, and no secret in any. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../src/playground/world/server-process.ts';

const program = join(import.meta.dirname, '../../src/cli/fairlead.ts');
const secret = 'hunter2-hunter2-hunter2';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const kubeconfig = (server: string) => `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "${server}"}}]
users: [{name: u, user: {token: ${secret}}}]
contexts: [{name: known, context: {cluster: c, user: u}}]
current-context: known
`;
/** Nothing listens on port 1: a forge and a cluster that are away. */
const operatorFile = `version: 1
server: {host: 127.0.0.1, port: 0}
store: {folder: data}
forges:
  - name: github
    type: github
    apiUrl: http://127.0.0.1:1
    appId: 1
    privateKey: {file: private-key.pem}
    webhookSecrets: [{env: WEBHOOK_SECRET}]
clusters:
  - name: prod
    kubeconfig: prod.kubeconfig
bindings: []
`;

let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-refusals-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
beforeEach(async () => {
  env = { WEBHOOK_SECRET: secret, PATH: process.env['PATH'] ?? '' };
  await write('fairlead.operator.yaml', operatorFile);
  await write('private-key.pem', pem);
  await write('prod.kubeconfig', kubeconfig('https://127.0.0.1:1'));
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const change = (from: string, to: string) => {
  expect(operatorFile).toContain(from);
  return write('fairlead.operator.yaml', operatorFile.replace(from, to));
};

/** What it says on standard error. */
async function refusal(node: readonly string[] = []): Promise<string> {
  const ended = await execa(process.execPath, [...node, program, 'serve', '--log-level', 'silent'], {
    cwd: folder,
    env,
    extendEnv: false,
    reject: false,
    timeout: 50_000,
  });
  expect(ended.exitCode, ended.stderr).toBe(1);
  expect(ended.stdout).toBe('');
  for (const hidden of [secret, 'PRIVATE KEY', pem.slice(40, 80)]) expect(ended.stderr).not.toContain(hidden);
  expect(ended.stderr).not.toMatch(/\n\s+at /);
  return ended.stderr.replaceAll(folder, '…');
}

describe('the operator file', () => {
  test('is not there', async () => {
    await rm(join(folder, 'fairlead.operator.yaml'));
    expect(await refusal()).toMatchInlineSnapshot(
      `"fairlead.operator.yaml: the operator file cannot be read. Give its path with --config; docs/install-github.md shows one."`,
    );
  });

  test('has unknown keys', async () => {
    await change('store: {folder: data}', 'stroe: {folder: data}');
    expect(await refusal()).toMatchInlineSnapshot(
      `"fairlead.operator.yaml:3: the file has an unknown key "stroe". Did you mean store?"`,
    );
  });

  test('is not YAML', async () => {
    await change('bindings: []', `bindings: [${secret}`);
    expect(await refusal()).toMatchInlineSnapshot(
      `"fairlead.operator.yaml:15: this is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"`,
    );
  });

  test('has everything wrong at once', async () => {
    await write('private-key.pem', 'nothing');
    await change('    kubeconfig: prod.kubeconfig', '    kubeconfig: elsewhere.kubeconfig');
    env['WEBHOOK_SECRET'] = 'short';
    expect(await refusal()).toMatchInlineSnapshot(`
      "fairlead.operator.yaml:9: the private key is not an RSA key in PEM form. Give the .pem file that the forge made for the App, unchanged.
      fairlead.operator.yaml:10: the webhook secret has fewer than 16 characters. Make one, for instance with: openssl rand -hex 32.
      fairlead.operator.yaml:13: the file elsewhere.kubeconfig cannot be read. Correct the path, or who may read it."
    `);
  });
});

describe('the webhook secret (H7)', () => {
  test('is not set', async () => {
    delete env['WEBHOOK_SECRET'];
    expect(await refusal()).toMatchInlineSnapshot(
      `"fairlead.operator.yaml:10: the environment variable WEBHOOK_SECRET is not set. Set it before the start."`,
    );
  });

  test.each(['development', 'DEVELOPMENT', 'fifteen letters'])('is %s', async (value) => {
    env['WEBHOOK_SECRET'] = value;
    expect(await refusal()).toMatch(
      /^fairlead\.operator\.yaml:10: the webhook secret (is the well-known|has fewer than)/,
    );
  });
});

describe('the private key', () => {
  test.each([
    ['empty', ''],
    ['no key', 'PRIVATE KEYS are kept elsewhere'.toLowerCase()],
    ['damaged', pem.replace(/.{20}\n/, '\n')],
    ['of another kind', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ])('is %s', async (_name, text) => {
    await write('private-key.pem', text);
    expect(await refusal()).toMatch(
      /^fairlead\.operator\.yaml:9: (the private key is not an RSA key|the file private-key.pem is empty)/,
    );
  });
});

describe('a kubeconfig', () => {
  test('is not there', async () => {
    await rm(join(folder, 'prod.kubeconfig'));
    expect(await refusal()).toMatchInlineSnapshot(
      `"fairlead.operator.yaml:13: the file prod.kubeconfig cannot be read. Correct the path, or who may read it."`,
    );
  });

  test('is damaged', async () => {
    await write('prod.kubeconfig', `clusters: {${secret}`);
    expect(await refusal()).toMatchInlineSnapshot(
      `"The cluster prod (…/prod.kubeconfig): the kubeconfig is not valid: an entry is malformed or incomplete. Correct the kubeconfig, or the cluster prod in fairlead.operator.yaml."`,
    );
  });

  test('lacks the context', async () => {
    await change('    kubeconfig: prod.kubeconfig', '    kubeconfig: prod.kubeconfig\n    context: unheard-of');
    expect(await refusal()).toMatchInlineSnapshot(
      `"The cluster prod (…/prod.kubeconfig): the kubeconfig has no context "unheard-of". Correct the kubeconfig, or the cluster prod in fairlead.operator.yaml."`,
    );
  });

  test('names no server', async () => {
    await write('prod.kubeconfig', kubeconfig('prod.example.com'));
    expect(await refusal()).toMatchInlineSnapshot(
      `"The cluster prod (…/prod.kubeconfig): the kubeconfig's server must begin with https:// or http://. Correct the kubeconfig, or the cluster prod in fairlead.operator.yaml."`,
    );
  });
});

describe('git', () => {
  beforeEach(() => mkdir(join(folder, 'bin'), { recursive: true }));

  test('is not on PATH', async () => {
    env['PATH'] = join(folder, 'empty');
    expect(await refusal()).toMatchInlineSnapshot(
      `"git is not on PATH. Install git 2.38 or newer and put it on PATH."`,
    );
  });

  test('is too old', async () => {
    await write('bin/git', '#!/bin/sh\necho git version 2.37.1\n');
    await chmod(join(folder, 'bin/git'), 0o755);
    env['PATH'] = `${join(folder, 'bin')}:${env['PATH'] ?? ''}`;
    expect(await refusal()).toMatchInlineSnapshot(
      `"git 2.37.1 is too old. Install git 2.38 or newer and put it on PATH."`,
    );
  });
});

test('Node.js is too old', async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`;
  expect(await refusal(['--import', pretend])).toMatchInlineSnapshot(
    `"Fairlead needs Node.js 22.19 or newer, and this is 20.20.2. Install a newer one, or start Fairlead with npx, which brings its own on Linux."`,
  );
});

describe('PostgreSQL', () => {
  let silent: Server;
  beforeAll(async () => {
    // Takes connections and hangs up, as a proxy without a backend does.
    silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => silent.close());
  const url = (host: string) =>
    change('store: {folder: data}', `store: {url: {env: DATABASE_URL}}`).then(() => {
      env['DATABASE_URL'] = `postgres://fairlead:${secret}@${host}/fairlead`;
    });

  test('is not there', async () => {
    await url('127.0.0.1:1');
    expect(await refusal()).toMatchInlineSnapshot(
      `"PostgreSQL at 127.0.0.1:1/fairlead cannot be used: the connection is refused: nothing listens there. Correct store.url in fairlead.operator.yaml, or start PostgreSQL."`,
    );
  });

  test('has an unknown host', async () => {
    await url('no-such-host.invalid');
    expect(await refusal()).toMatch(
      /^PostgreSQL at no-such-host\.invalid\/fairlead cannot be used: its host name is not known\./,
    );
  });

  test('hangs up', async () => {
    const address = silent.address();
    await url(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    expect(await refusal()).toMatch(/^PostgreSQL at 127\.0\.0\.1:\d+\/fairlead cannot be used: /);
  });
});

describe('what another process has', () => {
  test('the store folder, the port', { timeout: 180_000 }, async () => {
    process.env['WEBHOOK_SECRET'] = secret;
    const other = await startServer(join(folder, 'fairlead.operator.yaml'), folder);
    try {
      expect((await refusal()).replace(/process \d+ on \S+;/, 'process N on HOST;')).toMatchInlineSnapshot(
        `"Fairlead cannot start: the data folder …/data/store is in use by process N on HOST; stop that one first, or give this one a folder of its own."`,
      );
      const { port } = new URL(other.url);
      await write('fairlead.operator.yaml', operatorFile.replace('port: 0', `port: ${port}`));
      expect((await refusal()).replaceAll(port, 'PORT')).toMatchInlineSnapshot(
        `"Port PORT is in use by another program. Stop that program, or correct server.host and server.port in fairlead.operator.yaml."`,
      );
    } finally {
      delete process.env['WEBHOOK_SECRET'];
      await other.stop();
    }
  });

  test('the store folder is a file', async () => {
    await write('data-file', '');
    await change('folder: data', 'folder: data-file');
    expect(await refusal()).toMatchInlineSnapshot(
      `"The folder …/data-file cannot be written to (ENOTDIR). Correct its permissions, or store.folder in fairlead.operator.yaml."`,
    );
  });
});
