import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseRepositoryFile } from './repository-file.ts';
import { repositorySchema } from './repository-schema.ts';

const parse = (text: string) => parseRepositoryFile(new TextEncoder().encode(text), '.fairlead.yaml');
const environment = (more: string, name = 'prod') =>
  `  - name: ${name}\n    path: deploy/${name}\n    cluster: main\n    namespace: shop\n${more}`;
const withEnvironments = (...entries: readonly string[]) => parse(`version: 1\nenvironments:\n${entries.join('')}`);
const told = (result: ReturnType<typeof parse>) =>
  result.kind === 'read'
    ? []
    : result.findings.map(
        ({ code, line, detail, fix }) => `${code}:${line} ${detail}.${fix === undefined ? '' : ` ${fix}`}`,
      );

test('defaults are filled in', () => {
  expect(withEnvironments(environment(''))).toEqual({
    kind: 'read',
    environments: [
      {
        name: 'prod',
        path: 'deploy/prod',
        cluster: 'main',
        namespace: 'shop',
        render: 'plain',
        dependsOn: [],
        prune: true,
        maxPrune: 20,
        allowReplace: false,
        drift: 'report',
        takeOver: [],
        ignore: [],
        readyTimeout: 300,
      },
    ],
  });
});

test('everything may be said', () => {
  const result = withEnvironments(
    environment('', 'dev'),
    environment(
      '    render: kustomize\n    dependsOn: [dev]\n    prune: false\n    maxPrune: 0\n    allowReplace: true\n    drift: heal\n    takeOver: ["helm*"]\n    ignore: [{kind: Deployment, field: spec.replicas}]\n    readyTimeout: 60\n',
    ),
  );
  expect(result).toMatchObject({
    environments: [
      { name: 'dev' },
      {
        render: 'kustomize',
        dependsOn: ['dev'],
        prune: false,
        maxPrune: 0,
        allowReplace: true,
        drift: 'heal',
        takeOver: ['helm*'],
        ignore: [{ kind: 'Deployment', field: 'spec.replicas' }],
        readyTimeout: 60,
      },
    ],
  });
});

test.each([
  ['.', '.'],
  ['./', '.'],
  ['./deploy/', 'deploy'],
  ['a//b/./c', 'a/b/c'],
])('path %s is %s', (path, expected) => {
  const result = parse(`version: 1\nenvironments: [{name: a, path: ${path}, cluster: c, namespace: x}]`);
  expect(result).toMatchObject({ environments: [{ path: expected }] });
});

describe('everything wrong is told at once, with line and fix', () => {
  test('by the schema', () => {
    const result = parse(
      'version: 2\nenvironments:\n  - name: Prod\n    path: x\n    clusterr: main\n    namespace: no\n    prune: "no"\n    drift: heel\n    readyTimeout: 0\n',
    );
    expect(told(result)).toEqual([
      'config-invalid:1 version must be 1.',
      'config-invalid:3 environments[0] has no "cluster". Add it.',
      'config-invalid:5 environments[0] has an unknown key "clusterr". Did you mean cluster?',
      'config-invalid:3 environments[0].name must be a name of at most 63 lower-case letters, digits and -, which begins and ends with a letter or digit.',
      'config-invalid:6 environments[0].namespace must be a text (in quotes, where YAML would take it for something else).',
      'config-invalid:7 environments[0].prune must be true or false.',
      'config-invalid:8 environments[0].drift must be one of report, heal. Did you mean heal?',
      'config-invalid:9 environments[0].readyTimeout must be >= 1.',
    ]);
  });

  test('by their relations', () => {
    const result = withEnvironments(
      environment('    dependsOn: [staging]\n'),
      environment('    dependsOn: [prod, prdo]\n', 'staging'),
      environment('    dependsOn: [self]\n', 'self'),
      environment('', 'twin'),
      environment('', 'twin'),
    );
    expect(told(result)).toEqual([
      'config-invalid:7 prod depends on itself, directly or through others.',
      'config-invalid:12 staging depends on prdo, which is no environment here. Did you mean prod?',
      'config-invalid:12 staging depends on itself, directly or through others.',
      'config-invalid:17 self depends on itself, directly or through others.',
      'config-invalid:22 two environments are called twin. Rename one of them.',
      'config-invalid:22 twin and twin deploy the same path to the same namespace of the same cluster. Remove one of them.',
    ]);
  });

  test.each(['/etc', '../x', 'a/../../b', 'a\\b', 'C:/x', '"a\\0b"', '"a\\nb"', '.git/hooks'])('path %s', (path) => {
    const result = parse(`version: 1\nenvironments:\n  - {name: a, path: ${path}, cluster: c, namespace: x}\n`);
    expect(result).toMatchObject({ kind: 'refused', findings: [{ code: 'config-invalid', line: 3 }] });
  });
});

describe('malformed', () => {
  test.each([
    ['', 1],
    ['# nothing', 1],
    ['version: 1\n\tenvironments: []', 2],
    ['version: 1\nversion: 1\nenvironments: []', 2],
    ['version: 1\n---\nversion: 1', 3],
    ['version: 1\nenvironments: !!js/function x', 2],
    [`version: 1\n#${'x'.repeat(256_000)}`, 1],
    [`x: ${'['.repeat(50)}${']'.repeat(50)}`, 1],
  ])('%j', (text, line) => {
    expect(parse(text)).toMatchObject({
      kind: 'refused',
      findings: [{ code: 'config-malformed', severity: 'error', file: '.fairlead.yaml', line }],
    });
  });

  test.each([
    '[]',
    'text',
    '{}',
    '{version: 1}',
    '{version: 1, environments: []}',
    '{version: 1, environments: {}}',
    '{version: 1, environments: [null]}',
    '{version: "1", environments: [1]}',
  ])('%s is not valid', (text) => {
    const result = parse(text);
    expect(result.kind).toBe('refused');
    expect(result).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ code: 'config-invalid' })]),
    });
  });

  test('201 environments are too many', () => {
    const entries = Array.from({ length: 201 }, (_, index) => environment('', `e${index}`));
    expect(told(withEnvironments(...entries))).toEqual([
      'config-invalid:2 environments must NOT have more than 200 items.',
    ]);
    expect(withEnvironments(...entries.slice(1)).kind).toBe('read');
  });
});

test('the published schema is this one', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../../schema/fairlead.schema.json', import.meta.url), 'utf8'),
  );
  expect(published).toEqual(repositorySchema);
});
