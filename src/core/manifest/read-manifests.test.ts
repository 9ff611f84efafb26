import { describe, expect, test } from 'vitest';
import { defaultReadLimits } from './limits.ts';
import { isManifestFile, readManifests } from './read-manifests.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const file = (text: string, path = 'a.yaml') => ({ path, bytes: utf8(text) });
const read = (text: string) => readManifests([file(text)]);
const config = (name: string, more = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;
const names = (reading: ReturnType<typeof read>) =>
  reading.objects.map((each) => `${each.object.metadata.name}:${each.source.line}`);
const codes = (reading: ReturnType<typeof read>) => reading.findings.map((each) => `${each.code}:${each.line}`);

describe('documents', () => {
  test('several, with comments and empty ones between them', () => {
    const reading = read(
      `# head\n---\n${config('a')}---\n\n---\n# only a comment\n--- # Source: x\n${config('b')}...\n${config('c')}---\nnull\n---\n`,
    );
    expect(names(reading)).toEqual(['a:3', 'b:12', 'c:17']);
    expect(reading.findings).toEqual([]);
  });

  test.each([
    ['CRLF', config('a').replaceAll('\n', '\r\n') + '---\r\n' + config('b').replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${config('a')}---\n${config('b')}`],
    ['no line break at the end', `${config('a')}---\n${config('b').trimEnd()}`],
    ['directives', `%YAML 1.2\n---\n${config('a')}---\n${config('b')}`],
    ['dashes inside a text', `${config('a', 'data:\n  x: |\n    ---\n    y\n  z: "----"\n')}---\n${config('b')}`],
  ])('%s', (_, text) => {
    const reading = read(text);
    expect(reading.findings).toEqual([]);
    expect(reading.objects.map((each) => each.object.metadata.name)).toEqual(['a', 'b']);
  });

  test('JSON, also indented by tabs', () => {
    const json =
      '{\n\t"apiVersion": "v1",\n\t"kind": "ConfigMap",\n\t"metadata": {\n\t\t"name": "a"\n\t},\n\t"data": {"x": "no"}\n}\n';
    const reading = readManifests([file(json, 'a.json')]);
    expect(reading.objects[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { x: 'no' },
    });
  });

  test('one broken document does not hide the others', () => {
    const reading = read(`${config('a')}---\nkind: [\n---\n${config('b')}---\n${config('c', 'data:\n\tx: y\n')}`);
    expect(names(reading)).toEqual(['a:1', 'b:8']);
    expect(codes(reading)).toEqual(['yaml-malformed:7', 'yaml-tab:18']);
  });
});

describe('Lists', () => {
  test('are flattened, and items know their lines', () => {
    const reading = read(
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Secret, metadata: {name: b}}\n- kind: ConfigMap\n',
    );
    expect(names(reading)).toEqual(['a:4', 'b:10']);
    expect(codes(reading)).toEqual(['api-version-missing:11', 'name-missing:11']);
  });

  test('items of a typed list take its kind', () => {
    const reading = read('apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n');
    expect(reading.objects.map((each) => each.object)).toMatchObject([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
    ]);
  });

  test('an empty one declares nothing', () => {
    expect(read('apiVersion: v1\nkind: List\nitems: []\n')).toEqual({ objects: [], findings: [] });
  });
});

describe('what is no object', () => {
  test.each([
    ['just text', 'not-an-object:1'],
    ['- a\n- b', 'not-an-object:1'],
    ['\nreplicas: 3\nimage: x', 'not-an-object:2'],
    ['kind: ConfigMap\nmetadata: {name: a}', 'api-version-missing:1'],
    ['apiVersion: 1\nkind: ConfigMap\nmetadata: {name: a}', 'api-version-missing:1'],
    ['apiVersion: v1\nmetadata: {name: a}', 'kind-missing:1'],
    ['apiVersion: v1\nkind: ConfigMap', 'name-missing:1'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}', 'name-missing:3'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ""', 'name-missing:3'],
    ['apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: a-', 'generate-name:4'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 123', 'name-invalid:4'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: on', 'name-invalid:4'],
    [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: My_Map',
      'name-invalid:8',
    ],
    ['apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: a/b', 'name-invalid:4'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: no', 'name-invalid:5'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    x: yes', 'server-invalid:6'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    a.b/c: 1', 'server-invalid:6'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: text', 'not-an-object:3'],
  ])('%j', (text, finding) => {
    const reading = read(text);
    expect(codes(reading)).toEqual([finding]);
    expect(reading.findings[0]?.severity).toBe('error');
  });

  test.each([
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "system:foo"}',
    'apiVersion: networking.k8s.io/v1\nkind: IPAddress\nmetadata: {name: "2001:db8::1"}',
    'apiVersion: user.example.com/v1\nkind: Identity\nmetadata: {name: "provider:Me"}',
    'apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1beta1.metrics.k8s.io}',
  ])('names the server takes are not refused: %j', (text) => {
    expect(read(text).findings).toEqual([]);
  });

  test('a better name is proposed', () => {
    expect(read(config('My_Map')).findings[0]?.fix).toBe('Did you mean my-map?');
  });
});

describe('fields of the server', () => {
  test('are taken out with a warning for each', () => {
    const reading = read(
      config(
        'a',
        '  uid: 1234\n  resourceVersion: "5"\n  creationTimestamp: 2024-01-01T00:00:00Z\n  managedFields: [{manager: x}]\nstatus:\n  phase: Ready\n',
      ),
    );
    expect(reading.objects[0]?.object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    expect(codes(reading).sort()).toEqual([5, 6, 7, 8, 9].map((line) => `server-field-in-manifest:${line}`));
    expect(reading.findings.every((each) => each.severity === 'warning')).toBe(true);
  });

  test('what generators cannot help writing goes without a word', () => {
    const reading = read(
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  creationTimestamp: null\n  annotations:\n  labels: null\n  name: a\nspec:\n  template:\n    metadata:\n      creationTimestamp: null\n      labels: {a: b}\nstatus: {conditions: [], acceptedNames: {kind: "", plural: ""}}\n`,
    );
    expect(reading.findings).toEqual([]);
    expect(reading.objects[0]?.object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { template: { metadata: { labels: { a: 'b' } } } },
    });
  });
});

describe('files that are no manifests', () => {
  const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n';
  const utf16 = new Uint8Array([0xff, 0xfe, ...Array.from(utf8(config('a')), (byte) => [byte, 0]).flat()]);
  const utf16WithoutMark = utf16.slice(2);
  test.each([
    ['LFS pointer', utf8(lfs), 'lfs-pointer'],
    ['UTF-16', utf16, 'file-not-utf8'],
    ['UTF-16 without a mark', utf16WithoutMark, 'file-not-utf8'],
    ['Latin-1', new Uint8Array([...utf8(config('a')), 0x23, 0xe9, 0x0a]), 'file-not-utf8'],
    ['NUL', utf8(`${config('a')}# \0\n`), 'file-not-utf8'],
    ['git-crypt', utf8('\0GITCRYPT\0abcdefgh'), 'encrypted-secret'],
    ['age', utf8('-----BEGIN AGE ENCRYPTED FILE-----\nabc\n'), 'encrypted-secret'],
    ['Ansible Vault', utf8('$ANSIBLE_VAULT;1.1;AES256\n6162\n'), 'encrypted-secret'],
    [
      'SOPS',
      utf8(
        'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  x: ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:x]\n  version: 3.8.1\n',
      ),
      'encrypted-secret',
    ],
    [
      'SOPS values alone',
      utf8('apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  x: ENC[AES256_GCM,data:abc,iv:x]\n'),
      'encrypted-secret',
    ],
  ])('%s', (_, bytes, code) => {
    const reading = readManifests([{ path: 'x.yaml', bytes }, file(config('good'), 'y.yaml')]);
    expect(reading.findings.map((each) => each.code)).toEqual([code]);
    expect(names(reading)).toEqual(['good:1']);
  });

  test('a sealed secret and a mention of SOPS are nobody’s trouble', () => {
    const sealed =
      'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {encryptedData: {x: AgBy3i4}}\n';
    expect(
      read(`${sealed}---\n${config('b', 'data:\n  # write ENC[AES256_GCM, here\n  x: see ENC[AES256_GCM,data\n')}`)
        .findings,
    ).toEqual([]);
  });

  test('a Helm chart and a kustomization are one finding each', () => {
    const reading = readManifests([
      file('name: x\nversion: 1', 'app/chart/Chart.yaml'),
      file('{{ if }}', 'app/chart/templates/a.yaml'),
      file('name: sub', 'app/chart/charts/sub/Chart.yaml'),
      file('resources: []', 'app/base/kustomization.yaml'),
      file(config('a'), 'app/charts.yaml'),
    ]);
    expect(reading.findings.map((each) => each.file)).toEqual(['app/chart/Chart.yaml', 'app/base/kustomization.yaml']);
    expect(names(reading)).toEqual(['a:1']);
  });

  test('which files are read', () => {
    expect(
      ['a.yaml', 'b/c.yml', 'd.json', 'README.md', '.fairlead.yaml', 'a.yaml.bak', 'yaml'].filter(isManifestFile),
    ).toEqual(['a.yaml', 'b/c.yml', 'd.json']);
  });
});

describe('limits are findings', () => {
  const small = { ...defaultReadLimits, fileBytes: 100, totalBytes: 250, objects: 3 };
  test.each([
    ['one file', [file(config('a', `data: {x: ${'y'.repeat(100)}}`))], 'file-too-large'],
    [
      'all files',
      [file(config('a')), file(config('b')), file(config('c')), file(config('d')), file(config('e'))],
      'file-too-large',
    ],
    ['objects', [file(config('a')), file('---\nx: 1\n---\n{}\n---\n[]\n---\n1\n')], 'too-many-objects'],
    [
      'items',
      [
        file('{apiVersion: v1, kind: ConfigMapList, items: [{},{},{},{},{},{}]}'),
        file('{apiVersion: v1, kind: List, items: []}'),
      ],
      'name-missing',
    ],
  ])('%s', (_, files, code) => {
    expect(readManifests(files, small).findings.at(-1)).toMatchObject({ code, severity: 'error' });
  });

  test('20,000 objects are read, one more is not', () => {
    const many = (count: number) =>
      read(
        Array.from(
          { length: count },
          (_, index) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: c${index}}}\n`,
        ).join('---\n'),
      );
    expect(many(20_000).findings).toEqual([]);
    expect(many(20_001).findings.map((each) => each.code)).toEqual(['too-many-objects']);
    const list = `{apiVersion: v1, kind: List, items: [${'{apiVersion: v1, kind: ConfigMap, metadata: {name: a}},'.repeat(20_001)}]}`;
    expect(read(list).findings.map((each) => each.code)).toEqual(['too-many-objects']);
  });

  test('a thousand findings are enough, and the last one says so', () => {
    const { findings } = read('{}\n---\n'.repeat(15_000));
    expect(findings).toHaveLength(1_002);
    expect(findings.at(-1)?.detail).toBe('more than 1000 findings; what follows here is not read');
    expect(read(`apiVersion: v1\nkind: List\nitems: [${'1,'.repeat(5_000)}]`).findings).toHaveLength(1_002);
  });

  test('a million blank documents, lines and dashes take no time', () => {
    const started = performance.now();
    expect(read('---\n'.repeat(1_000_000))).toEqual({ objects: [], findings: [] });
    expect(read('\n'.repeat(2_000_000)).findings).toEqual([]);
    expect(read('# x\n'.repeat(1_000_000)).findings).toEqual([]);
    expect(read('[{'.repeat(1_000_000)).findings).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test('5 MB in 7,779 documents', () => {
  const data = Array.from({ length: 20 }, (_, index) => `  key-${index}: value number ${index}\n`).join('');
  const text = Array.from({ length: 7_779 }, (_, index) =>
    config(`c${index}`, `  labels: {a: b}\ndata:\n${data}`),
  ).join('---\n');
  const started = performance.now();
  expect(read(text).objects).toHaveLength(7_779);
  // A tenth of this on an idle machine; a test must not fail because the machine is busy.
  expect(performance.now() - started).toBeLessThan(3_000);
});
