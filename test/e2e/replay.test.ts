/** A small history played through the whole product on a real control plane: what is right is found right, what is wrong is told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBare } from '../../src/playground/git-http/bare-repository.ts';
import { commitChanges, type FileChanges } from '../../src/playground/git-http/write-commit.ts';
import { replay, type ReplayResult } from '../../src/playground/replay/replay.ts';
import { playedLines, summaryOf } from '../../src/playground/replay/report.ts';
import { setStage } from '../../src/playground/replay/stage.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';

const cluster = await controlPlaneForTests('replay of a history', { controllers: true });

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
const settings = (color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {color: ${color}, size: l}\n`;
const secret = (word: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: shop}\nstringData: {password: ${word}}\n`;
const homeless = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: visitor}\n';
const service = (type: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  type: ${type}\n  selector: {app: web}\n  ports: [{port: 80}]\n`;
const web = (replicas: string, image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "${image}", env: [{name: MODE, value: fast}]}]
`;
const definition = (more = '') => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: teapots.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Teapot, plural: teapots, singular: teapot}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {cups: {type: integer, default: 4}${more}}}}
`;
const teapot = 'apiVersion: example.org/v1\nkind: Teapot\nmetadata: {name: brown, namespace: shop}\nspec: {}\n';

const history: readonly (readonly [string, FileChanges])[] = [
  [
    'start',
    {
      'deploy/namespace.yaml': namespace,
      'deploy/settings.yaml': settings('red'),
      'deploy/secret.yaml': secret('hunter2'),
      'deploy/visitor.yaml': homeless,
      'deploy/service.yaml': service('ClusterIP'),
      'deploy/web.yaml': web('2', 'web:1'),
      'deploy/teapot.yaml': `${definition()}---\n${teapot}`,
      'README.md': 'not deployed\n',
    },
  ],
  ['a mistake', { 'deploy/web.yaml': web('three', 'web:2'), 'deploy/settings.yaml': settings('blue') }],
  [
    'put right',
    {
      'deploy/web.yaml': web('3', 'web:2'),
      'deploy/secret.yaml': secret('correct-horse'),
      'deploy/service.yaml': service('NodePort'),
      // The teapot itself stays as it is, and reads differently from now on.
      'deploy/teapot.yaml': `${definition(', lid: {type: boolean, default: true}')}---\n${teapot}`,
      'deploy/visitor.yaml': null,
    },
  ],
];

describe.skipIf(cluster.unavailable)('a history of three commits', () => {
  let folder = '';
  let result: ReplayResult;
  const lines: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-told-'));
    await initBare(folder, 'main');
    let head: string | undefined;
    for (const [message, files] of history) {
      const who = { name: 'Ada', email: 'ada@example.org', date: new Date().toISOString() };
      head = await commitChanges(folder, 'refs/heads/main', head, files, { message, author: who, committer: who });
    }
    const options = {
      from: folder,
      path: 'deploy',
      commits: 15,
      render: 'plain',
      namespace: 'replay',
      allowReplace: false,
    } as const;
    const { kubeconfig } = cluster.get();
    const stage = await setStage({ ...options, readyTimeout: 30, kubeconfig }, () => undefined);
    try {
      const tell: Parameters<typeof replay>[1] = (played, index, memory) =>
        lines.push(...playedLines(played, index, history.length, memory));
      result = await replay(stage, tell, () => undefined);
    } finally {
      await stage.stop(false);
    }
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('deploys what the server takes, and everything happens as planned', () => {
    const summary = summaryOf(result);
    expect({ lines, summary: summary.lines, exitCode: summary.exitCode }).toMatchObject({ exitCode: 0 });
    expect(result.played.map((one) => one.result.kind)).toEqual(['merged', 'held', 'merged']);
    expect(result.end).toMatchObject({ checked: 7, mismatches: [], refused: [] });
    expect(result.memory.highest).toBeGreaterThan(10_000_000);
  });

  it('holds the mistake with the words of the server, and kubectl agrees', () => {
    const held = result.played[1]?.result;
    expect(held?.kind === 'held' ? held.findings.join() : '').toContain('deploy/web.yaml');
    expect(held).toMatchObject({
      judgement: { contradicted: [], ownRule: [], confirmed: [{ file: 'deploy/web.yaml' }] },
    });
  });

  it('plans what it says it plans', () => {
    const said = result.played[2]?.plan?.changes.map(({ action, ref }) => `${action} ${ref.kind}`).sort();
    expect(said).toEqual([
      'prune ServiceAccount',
      'update ConfigMap',
      'update CustomResourceDefinition',
      'update Deployment',
      'update Secret',
      'update Service',
      'update Teapot',
    ]);
    expect(lines.join('\n')).not.toContain('correct-horse');
  });
});
