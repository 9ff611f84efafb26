import { describe, expect, it } from 'vitest';
import { configMap, deployment, fingerprint, object } from '../test-support.ts';
import { fieldDifferences } from './fields.ts';
import { fingerprintWith, maskSecrets, maskWordsAbout } from './mask.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const textOf = (value: unknown) => JSON.stringify(value);

describe('a Secret', () => {
  it('shows no value of data or stringData, in any form', () => {
    const secret = object('Secret', 'db', {
      data: { password: base64('hunter2'), short: base64('a'), broken: 'not base64!' },
      stringData: { user: 'root', number: 42, nothing: null },
    });
    const masked = textOf(maskSecrets(secret, fingerprint));
    for (const value of ['hunter2', base64('hunter2'), '"YQ=="', 'not base64', 'root', '42', 'null']) {
      expect(masked).not.toContain(value);
    }
    expect(masked).toContain('"password"');
  });

  it('shows nothing of data that is no map', () => {
    expect(
      textOf(maskSecrets(object('Secret', 'db', { data: 'hunter2', stringData: ['x1y2'] }), fingerprint)),
    ).not.toMatch(/hunter2|x1y2/);
  });

  it('has one fingerprint for one value, whether written as data, stringData or an environment variable', () => {
    const asData = maskSecrets(object('Secret', 'a', { data: { k: base64('hunter2') } }), fingerprint);
    const asText = maskSecrets(object('Secret', 'a', { stringData: { k: 'hunter2' } }), fingerprint);
    const asVariable = maskSecrets({ name: 'DB_PASSWORD', value: 'hunter2' }, fingerprint);
    expect(asData['data']).toEqual({ k: fingerprint('hunter2') });
    expect(asText['stringData']).toEqual({ k: fingerprint('hunter2') });
    expect(asVariable['value']).toBe(fingerprint('hunter2'));
  });

  it('has another fingerprint for another value, also of bytes that are no text', () => {
    const of = (bytes: number[]) =>
      maskSecrets(object('Secret', 'a', { data: { k: Buffer.from(bytes).toString('base64') } }), fingerprint)['data'];
    expect(of([0xff, 1])).not.toEqual(of([0xfe, 1]));
  });

  it('does not keep its copy in the annotation of kubectl apply', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': `{"kind":"Secret","data":{"p":"${base64('hunter2')}"}}`,
    };
    expect(textOf(maskSecrets(object('Secret', 'db', { metadata: { annotations } }), fingerprint))).not.toContain(
      base64('hunter2'),
    );
  });
});

it('depends on the key: without it a short password cannot be found by trying', () => {
  expect(fingerprintWith(Buffer.from('one'))('hunter2')).not.toBe(fingerprintWith(Buffer.from('two'))('hunter2'));
  expect(fingerprint('hunter2')).toMatch(/^fp:[0-9a-f]{12}$/);
});

const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75\n-----END RSA PRIVATE KEY-----';

describe.each([
  ['an environment variable by its name', { name: 'DB_PASSWORD', value: 'S3CR3T' }],
  ['one called PASS', { name: 'SMTP_PASS', value: 'S3CR3T' }],
  ['one that counts', { name: 'API_TOKEN_2', value: 'S3CR3T' }],
  ['a setting by its key', { key: 'client-secret', value: 'S3CR3T' }],
  ['a field', { adminPassword: 'S3CR3T' }],
  ['a Django or Rails key', { SECRET_KEY: 'S3CR3T', SECRET_KEY_BASE: 'S3CR3T' }],
  ['an encryption key', { encryptionKey: 'S3CR3T' }],
  ['a list under such a name', { tokens: ['S3CR3T', 'S3CR3Ttoo'] }],
  ['a numeric password', { password: 53273 }],
  ['the password of a URL', { name: 'DATABASE_URL', value: 'postgres://shop:S3CR3T@db:5432/shop?sslmode=require' }],
  ['a URL password with @ in it', { url: 'amqp://u:S3CR3T@x@mq/v' }],
  ['a URL password with / in it', { url: 'redis://:S3CR/3T@cache:6379/0' }],
  ['a URL without user', { url: 'redis://:S3CR3T@cache:6379/0' }],
  ['a token as the user of a URL', { url: 'https://S3CR3T0123456789ab@example.com/x' }],
  ['a parameter of a URL', { url: 'https://api.example.com/x?user=a&access_token=S3CR3T&b=c' }],
  ['a connection string', { name: 'DSN', value: 'host=db user=shop password=S3CR3T dbname=shop' }],
  ['a connection string of another kind', { name: 'C', value: 'Server=db;User Id=sa;Password=S3CR3T;Encrypt=true' }],
  ['a flag', { args: ['--user=a', '--db-password=S3CR3T'] }],
  ['a flag and its argument apart', { args: ['--user', 'a', '--db-password', 'S3CR3T'] }],
  ['a flag in a shell line', { command: ['sh', '-c', 'run --token S3CR3T --verbose'] }],
  ['a header', { value: 'Authorization: Bearer S3CR3T' }],
  ['a bearer token', { header: 'Bearer S3CR3Tabc' }],
  ['JSON in one line', { config: '{"user":"a","password":"S3CR3T","port":1}' }],
  ['JSON inside JSON', { config: '{"inner":"{\\"api_key\\":\\"S3CR3T\\"}"}' }],
  ['a YAML file', { 'app.yaml': 'db:\n  user: a\n  password: S3CR3T with blanks\n' }],
  ['a YAML file with quotes', { 'app.yaml': 'db:\n  password: "S3CR3T, and more"\n' }],
  ['a YAML block', { 'app.yaml': 'db:\n  password: |\n    S3CR3T\n    S3CR3T2\n  user: a\n' }],
  ['a properties file', { 'app.properties': 'spring.datasource.password=S3CR3T\nuser=a\n' }],
  ['a value that begins like a template', { 'app.yaml': 'db:\n  password: $S3CR3T\n' }],
  ['a value that begins with a slash', { 'app.yaml': 'x: 1\npassword: /S3CR3T+=\n' }],
  ['a shell file', { '.env': 'export API_KEY=S3CR3T\nA=b\n' }],
  ['a private key', { 'tls.key': pem.replace('MIIE', 'S3CR3T') }],
  [
    'a private key in JSON',
    { 'sa.json': `{"private_key_id":"1","k":"${pem.replaceAll('\n', '\\n').replace('MIIE', 'S3CR3T')}"}` },
  ],
  ['a PGP key', { k: '-----BEGIN PGP PRIVATE KEY BLOCK-----\nS3CR3T\n-----END PGP PRIVATE KEY BLOCK-----' }],
])('%s', (_, given) => {
  it('is masked', () => {
    const masked = textOf(maskSecrets(given, fingerprint));
    expect(masked).not.toMatch(/S3CR/);
    expect(masked).toContain('fp:');
  });
});

it.each([
  ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'],
  ['a GitHub token', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['a GitLab token', 'glpat-abcdefghij0123456789'],
  ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
  ['a long random string', 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYzQ'],
  ['a bcrypt hash', '$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
  ['an encoded private key', Buffer.from(pem).toString('base64')],
])('%s is masked wherever it stands', (_, secret) => {
  const masked = textOf(maskSecrets(configMap('a', { plain: secret, inside: `line\n  x: ${secret}\n` }), fingerprint));
  expect(masked).not.toContain(secret.slice(4, 24));
});

it('binary data of a ConfigMap is a fingerprint', () => {
  const masked = maskSecrets(object('ConfigMap', 'a', { binaryData: { id_rsa: base64('S3CR3T') } }), fingerprint);
  expect(masked['binaryData']).toEqual({ id_rsa: fingerprint('S3CR3T') });
});

it('what is no secret stays readable', () => {
  const plain = {
    image: 'ghcr.io/external-secrets/external-secrets:v0.9.0',
    digest: 'ghcr.io/acme/token@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    secretName: 'tls-shop',
    imagePullSecrets: [{ name: 'regcred' }],
    automountServiceAccountToken: false,
    valueFrom: { secretKeyRef: { name: 'db-password', key: 'password' } },
    env: [{ name: 'PASSWORD_FILE', value: '/run/secrets/db' }],
    referring: { name: 'TOKEN', value: '$(OTHER)' },
    mounted: { name: 'TOKEN', value: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
    template: 'a: 1\npassword: ${DB_PASSWORD}\ntoken: {{ .Values.token }}\n',
    url: 'https://example.com:8443/path?x=1',
    cert: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    prose: 'the connection was closed: EOF',
    maxTokens: 4096,
  };
  expect(maskSecrets(plain, fingerprint)).toEqual(plain);
});

it('keeps the schema of a CustomResourceDefinition', () => {
  const spec = { versions: [{ schema: { properties: { password: { type: 'string', default: 'changeme' } } } }] };
  expect(maskSecrets(object('CustomResourceDefinition', 'x', { spec }), fingerprint)['spec']).toEqual(spec);
});

it('is stable: masking what is masked changes nothing', () => {
  const once = maskSecrets(
    configMap('a', { u: 'postgres://u:p4ss@h/db', f: 'a: 1\npassword: x1\n{"token":"y2"}' }),
    fingerprint,
  );
  expect(maskSecrets(once, fingerprint)).toEqual(once);
});

it('leaves no secret in the path of a list item whose merge key is one', () => {
  const token = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';
  const before = maskSecrets(object('Thing', 'a', { spec: { list: [{ name: token, on: false }] } }), fingerprint);
  const after = maskSecrets(object('Thing', 'a', { spec: { list: [{ name: token, on: true }] } }), fingerprint);
  const [difference] = fieldDifferences(before, after);
  expect(difference?.path).toContain('fp:');
  expect(difference?.path).not.toContain('ghp_');
});

it('takes the values of an object out of what a server says about it', () => {
  const about = deployment('a', 'a:1', { container: { env: [{ name: 'DB_PASSWORD', value: 'hunter2!' }] } });
  const words = 'spec.containers[0].env[0].value: Invalid value: "hunter2!": must not; see postgres://u:p4ss@h';
  const masked = maskWordsAbout([about, undefined], words, fingerprint);
  expect(masked).toBe(
    `spec.containers[0].env[0].value: Invalid value: "${fingerprint('hunter2!')}": must not; see postgres://u:${fingerprint('p4ss')}@h`,
  );
});

it('costs no more for hostile text than for long text', { timeout: 10_000 }, () => {
  const hostile = [
    'a:'.repeat(200_000),
    'password'.repeat(50_000),
    '://'.repeat(150_000),
    `-----BEGIN PRIVATE KEY-----`.repeat(10_000),
    'eyJ-'.repeat(100_000),
    '"token":"\\'.repeat(40_000),
    `${' '.repeat(400_000)}x`,
    'a.'.repeat(200_000),
    '--'.repeat(200_000),
    'bearer '.repeat(60_000),
  ];
  const began = performance.now();
  for (const text of hostile) maskSecrets(configMap('a', { text }), fingerprint);
  expect(performance.now() - began).toBeLessThan(8_000);
});
