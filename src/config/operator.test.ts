import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseOperatorFile } from './operator.ts';
import { operatorSchema } from './operator-schema.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const webhookSecret = 'a-long-enough-webhook-secret';

const files: Readonly<Record<string, string>> = {
  '/etc/fairlead/key.pem': privateKey,
  '/etc/fairlead/kube.yaml': 'apiVersion: v1',
  '/run/secret': `${webhookSecret}\n`,
  '/run/empty': '\n',
};
const env = {
  SECRET: webhookSecret,
  SHORT: 'short',
  DEFAULT: 'development',
  KEY: privateKey.replaceAll('\n', String.raw`\n`),
  EMPTY: '',
  APP: '77',
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
}

const parse = (text: string) => parseOperatorFile(text, '/etc/fairlead/operator.yaml', env, readFile);

const forge = `  - name: github
    type: github
    appId: 12
    privateKey: {file: key.pem}
    webhookSecrets: [{env: SECRET}, {file: /run/secret}]
`;
const cluster = `  - {name: main, kubeconfig: kube.yaml, context: prod}\n`;
const binding = `  - {forge: github, repository: acme/shop, branch: main, cluster: main, namespaces: [shop, shop-*], kinds: ["*"]}\n`;
const file = (parts: { forges?: string; clusters?: string; bindings?: string; more?: string } = {}) =>
  `version: 1\n${parts.more ?? ''}forges:\n${parts.forges ?? forge}clusters:\n${parts.clusters ?? cluster}bindings:\n${parts.bindings ?? binding}`;
const problems = (text: string) => {
  const result = parse(text);
  return result.ok ? [] : result.problems;
};

test('a small file, with defaults', () => {
  expect(parse(file())).toEqual({
    ok: true,
    config: {
      server: { host: '0.0.0.0', port: 3000, publicUrl: 'http://localhost:3000' },
      store: { kind: 'embedded', folder: '/etc/fairlead/data' },
      forges: [
        {
          name: 'github',
          type: 'github',
          appId: '12',
          privateKey: privateKey.trim(),
          webhookSecrets: [webhookSecret, webhookSecret],
        },
      ],
      clusters: [{ name: 'main', inCluster: false, kubeconfig: '/etc/fairlead/kube.yaml', context: 'prod' }],
      bindings: [
        {
          forge: 'github',
          repository: 'acme/shop',
          branch: 'main',
          cluster: 'main',
          namespaces: ['shop', 'shop-*'],
          kinds: ['*'],
        },
      ],
      tickSeconds: 60,
      limits: {
        fileBytes: 10_000_000,
        totalBytes: 50_000_000,
        objects: 20_000,
        renderSeconds: 60,
        requestsInFlight: 8,
        requestSeconds: 30,
        retrySeconds: 60,
        forgeWritesPerMinute: 120,
      },
      tools: {},
    },
  });
});

test('everything may be said, and JSON will do', () => {
  const result = parse(
    JSON.stringify({
      version: 1,
      server: { host: '127.0.0.1', port: 80, publicUrl: 'https://fairlead.example.com/' },
      store: { url: 'postgres://fairlead@db/fairlead' },
      forges: [
        {
          name: 'ghe',
          type: 'github',
          apiUrl: 'https://ghe.example.com/api/v3/',
          webUrl: 'https://ghe.example.com',
          appId: { env: 'APP' },
          privateKey: { env: 'KEY' },
          webhookSecrets: [{ env: 'SECRET' }],
        },
      ],
      clusters: [{ name: 'here', inCluster: true, planKubeconfig: '/etc/fairlead/kube.yaml' }],
      bindings: [],
      tick: { seconds: 10 },
      limits: { objects: 5 },
      tools: { kustomize: 'bin/kustomize' },
    }),
  );
  expect(result).toMatchObject({
    ok: true,
    config: {
      server: { host: '127.0.0.1', port: 80, publicUrl: 'https://fairlead.example.com' },
      store: { kind: 'postgres', url: 'postgres://fairlead@db/fairlead' },
      forges: [{ apiUrl: 'https://ghe.example.com/api/v3', appId: '77', privateKey: privateKey.trim() }],
      clusters: [{ inCluster: true, planKubeconfig: '/etc/fairlead/kube.yaml' }],
      tickSeconds: 10,
      limits: { objects: 5, fileBytes: 10_000_000 },
      tools: { kustomize: '/etc/fairlead/bin/kustomize' },
    },
  });
});

test('a bare tool name stays a name', () => {
  expect(parse(file({ more: 'tools: {kustomize: kustomize5}\n' }))).toMatchObject({
    config: { tools: { kustomize: 'kustomize5' } },
  });
});

describe('secrets', () => {
  test.each([
    [
      'inline key',
      'privateKey: {file: key.pem}',
      'privateKey: hunter2hunter2',
      'forges[0].privateKey must be {env: NAME} or {file: path}; a secret does not stand in this file.',
    ],
    [
      'inline secret',
      '[{env: SECRET}, {file: /run/secret}]',
      '[hunter2hunter2hunter2]',
      'forges[0].webhookSecrets[0] must be {env: NAME} or {file: path}; a secret does not stand in this file.',
    ],
    ['unset', '{env: SECRET}', '{env: NOPE}', 'the environment variable NOPE is not set. Set it before the start.'],
    ['empty', '{env: SECRET}', '{env: EMPTY}', 'the environment variable EMPTY is not set. Set it before the start.'],
    ['empty file', '/run/secret', '/run/empty', 'the file /run/empty is empty. Put the secret into it.'],
    ['no file', 'key.pem', 'nope.pem', 'the file nope.pem cannot be read. Correct the path, or who may read it.'],
    [
      'no PEM',
      'key.pem',
      '/run/secret',
      'the private key is not an RSA key in PEM form. Give the .pem file that the forge made for the App, unchanged.',
    ],
    [
      'short (H7)',
      '{env: SECRET}',
      '{env: SHORT}',
      'the webhook secret has fewer than 16 characters. Make one, for instance with: openssl rand -hex 32.',
    ],
    [
      'default (H7)',
      '{env: SECRET}',
      '{env: DEFAULT}',
      'the webhook secret is the well-known default "development". Make one, for instance with: openssl rand -hex 32.',
    ],
    [
      'none (H7)',
      '[{env: SECRET}, {file: /run/secret}]',
      '[]',
      'forges[0].webhookSecrets must NOT have fewer than 1 items.',
    ],
  ])('%s', (_, from, to, problem) => {
    const told = problems(file({ forges: forge.replace(from, to) }));
    expect(told.map((each) => each.replace(/^\S+ /, ''))).toEqual([problem]);
    expect(told.join()).not.toMatch(/hunter2/);
  });

  test.each(['postgres://fairlead:hunter2@db/x', 'postgres://db/x?password=hunter2'])(
    'a password in the store URL: %s',
    (url) => {
      const told = problems(file({ more: `store: {url: "${url}"}\n` }));
      expect(told).toEqual([
        '/etc/fairlead/operator.yaml:2: the store URL holds a password. Give the URL as {env: NAME} or {file: path}.',
      ]);
    },
  );
});

describe('what is wrong is told with line and fix', () => {
  test('all at once', () => {
    const told = problems(
      file({
        forges: forge + forge.replace('type: github', 'type: gitlab').replace('appId', 'apId'),
        clusters: `${cluster}  - {name: "ma in"}\n`,
        more: 'verison: 1\ntick: {seconds: soon}\n',
      }),
    );
    expect(told).toEqual([
      '/etc/fairlead/operator.yaml:2: the file has an unknown key "verison". Did you mean version?',
      '/etc/fairlead/operator.yaml:10: forges[1] has no "appId". Add it.',
      '/etc/fairlead/operator.yaml:12: forges[1] has an unknown key "apId". Did you mean appId?',
      '/etc/fairlead/operator.yaml:11: forges[1].type must be one of github. Did you mean github?',
      '/etc/fairlead/operator.yaml:17: clusters[1].name must be a name of at most 63 letters, digits, -, _ and ..',
      '/etc/fairlead/operator.yaml:3: tick.seconds must be a whole number.',
    ]);
  });

  test('relations', () => {
    const told = problems(
      file({
        clusters: `${cluster}${cluster}  - {name: bare}\n  - {name: both, kubeconfig: kube.yaml, inCluster: true, context: x}\n  - {name: gone, kubeconfig: gone.yaml}\n`,
        bindings: `${binding}${binding}${binding.replace('cluster: main', 'cluster: mian').replace('forge: github', 'forge: gitea')}`,
      }),
    );
    expect(told.map((each) => each.replace('/etc/fairlead/operator.yaml:', ''))).toEqual([
      '10: two clusters are called main. Rename one of them.',
      '16: two bindings let acme/shop (main) deploy to main. Put their namespaces and kinds into one.',
      '17: the binding names the forge gitea, which is not declared. Known are github.',
      '17: the binding names the cluster mian, which is not declared. Did you mean main?',
      '11: the cluster bare has no credentials. Give either kubeconfig: path or inCluster: true.',
      '12: the cluster both has both kubeconfig and inCluster. Give either kubeconfig: path or inCluster: true.',
      '12: a context is chosen in a kubeconfig only. Remove it.',
      '13: the file gone.yaml cannot be read. Correct the path, or who may read it.',
    ]);
  });

  test.each(['http://ghe.example.com/api/v3', 'https://user:hunter2@ghe.example.com', 'https://'])(
    'a forge URL that gives tokens away: %s',
    (url) => {
      const told = problems(file({ forges: `${forge}    apiUrl: "${url}"\n` }));
      expect(told).toHaveLength(1);
      expect(told[0]).not.toContain('hunter2');
    },
  );

  test('a stand-in on this machine needs no https', () => {
    expect(parse(file({ forges: `${forge}    apiUrl: http://127.0.0.1:4000\n` })).ok).toBe(true);
  });

  test.each(['-main', 'a..b', 'refs/heads/main', 'a b', 'x@{1}', 'a/', '/a', 'a~1', '', '*'])(
    'branch %j (H50)',
    (branch) => {
      expect(problems(file({ bindings: binding.replace('branch: main', `branch: "${branch}"`) }))).toHaveLength(1);
    },
  );

  test.each(['release/1.x', 'main', 'feature-1'])('branch %j is one', (branch) => {
    expect(problems(file({ bindings: binding.replace('branch: main', `branch: "${branch}"`) }))).toEqual([]);
  });

  test.each([
    ['namespaces: [shop, shop-*]', 'namespaces: ["(a+)+$"]'],
    ['kinds: ["*"]', 'kinds: ["/.*/"]'],
    ['repository: acme/shop', 'repository: shop'],
    ['repository: acme/shop', 'repository: https://github.com/acme/shop'],
  ])('%s cannot be %s', (from, to) => {
    expect(problems(file({ bindings: binding.replace(from, to) }))).toHaveLength(1);
  });
});

describe('malformed', () => {
  test.each(['version: 1\n\tx: 1', 'a: 1\na: 2', 'a: [', 'a: 1\n---\nb: 1', '', 'text', '[]'])('%j', (text) => {
    const told = problems(text);
    expect(told.length).toBeGreaterThan(0);
    for (const each of told) expect(each).toMatch(/^\/etc\/fairlead\/operator\.yaml:\d+: /);
  });

  test('an alias bomb', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f'].map((name, index) => `${name}: &${name} [${`*${'abcde'[index]},`.repeat(9)}]`).join('\n')}`;
    expect(problems(bomb)).toEqual([
      '/etc/fairlead/operator.yaml:1: this is not valid YAML: its aliases stand for too much',
    ]);
  });
});

test('the published schema is this one', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../schema/operator.schema.json', import.meta.url), 'utf8'),
  );
  expect(published).toEqual(operatorSchema);
});
