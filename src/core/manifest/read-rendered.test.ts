import { expect, test } from 'vitest';
import { readRendered } from './read-rendered.ts';

const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });
const object = (kind: string, name: string, more = '') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;

const sources = [
  file(
    'app/overlay/kustomization.yaml',
    'namePrefix: dev-\nresources: [../base]\nconfigMapGenerator:\n  - name: settings\n    literals: [a=b]\n',
  ),
  file('app/overlay/patch.yaml', object('Deployment', 'web', 'spec: {replicas: 3}\n')),
  file('app/base/kustomization.yaml', 'resources: [all.yaml]\n'),
  file(
    'app/base/all.yaml',
    `${object('Service', 'web')}---\n${object('Deployment', 'web', 'spec: {replicas: 1, template: {spec: {containers: []}}}\n')}---\n${object('Deployment', 'web-admin')}`,
  ),
  file('README.md', 'x'),
];
const kustomization = 'app/overlay/kustomization.yaml';

test('objects are found by kind and name, with prefix, suffix and hash around it', () => {
  const rendered = [
    object('Service', 'dev-web'),
    object('Deployment', 'dev-web'),
    object('Deployment', 'dev-web-admin'),
    object('ConfigMap', 'dev-settings-7f8h2k9d5m'),
    object('Secret', 'unheard-of'),
  ].join('---\n');
  const reading = readRendered(rendered, sources, kustomization);
  expect(reading.findings).toEqual([]);
  expect(reading.objects.map((each) => `${each.object.metadata.name} ${each.source.file}:${each.source.line}`)).toEqual(
    [
      'dev-web app/base/all.yaml:1',
      'dev-web app/base/all.yaml:6',
      'dev-web-admin app/base/all.yaml:12',
      'dev-settings-7f8h2k9d5m app/overlay/kustomization.yaml:4',
      'unheard-of app/overlay/kustomization.yaml:1',
    ],
  );
});

test('findings point into the repository too', () => {
  const reading = readRendered(
    `${object('Service', 'dev-web', '  uid: abc\n')}---\n${object('Service', '""')}`,
    sources,
    kustomization,
  );
  expect(reading.findings).toMatchObject([
    { code: 'server-field-in-manifest', file: 'app/base/all.yaml', line: 1 },
    {
      code: 'name-missing',
      file: kustomization,
      line: 1,
      detail: 'metadata.name is not given (line 9 of what kustomize printed)',
    },
  ]);
});
