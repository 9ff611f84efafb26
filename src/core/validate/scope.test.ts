import { describe, expect, test } from 'vitest';
import type { DesiredObject } from '../../domain/desired.ts';
import type { Binding, EnvironmentSpec } from '../../domain/environment.ts';
import type { Discovery, ResourceType } from '../../domain/kubernetes.ts';
import { resolveScope } from './scope.ts';

const type = (group: string, version: string, kind: string, namespaced = true): ResourceType => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
  verbs: ['get', 'list', 'patch'],
});

const discovery: Discovery = {
  types: [
    type('', 'v1', 'ConfigMap'),
    type('', 'v1', 'Secret'),
    type('', 'v1', 'Namespace', false),
    type('apps', 'v1', 'Deployment'),
    type('networking.k8s.io', 'v1', 'Ingress'),
    type('rbac.authorization.k8s.io', 'v1', 'ClusterRole', false),
    type('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', false),
    type('example.com', 'v1', 'Thing'),
  ],
  brokenGroups: ['custom.metrics.k8s.io/v1beta1'],
};

const spec: EnvironmentSpec = {
  name: 'prod',
  path: '.',
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
};
const binding: Binding = {
  forge: 'github',
  repository: 'a/b',
  branch: 'main',
  cluster: 'main',
  namespaces: ['shop', 'shop-*'],
  kinds: ['*'],
};

let line = 0;
function object(
  apiVersion: string,
  kind: string,
  name: string,
  namespace?: string,
  more: Record<string, never> | object = {},
): DesiredObject {
  line += 10;
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { object: { apiVersion, kind, metadata, ...more }, source: { file: `${name}.yaml`, line } };
}

const resolve = (objects: readonly DesiredObject[], allowed: Partial<Binding> = {}) =>
  resolveScope(objects, { spec, binding: { ...binding, ...allowed } }, discovery);
const codes = (result: ReturnType<typeof resolve>) => result.findings.map((each) => each.code);

describe('namespaces', () => {
  test('the default one is filled in for namespaced kinds only', () => {
    const result = resolve([
      object('v1', 'ConfigMap', 'a'),
      object('v1', 'ConfigMap', 'a', 'shop-eu'),
      object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'r'),
    ]);
    expect(result.findings).toEqual([]);
    expect(result.resolved.map((each) => each.desired.object.metadata)).toEqual([
      { name: 'a', namespace: 'shop' },
      { name: 'a', namespace: 'shop-eu' },
      { name: 'r' },
    ]);
  });

  test('one on a cluster-scoped object is dropped with a warning', () => {
    const result = resolve([object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'r', 'kube-system')]);
    expect(result.findings).toMatchObject([
      { code: 'cluster-scoped-namespace', severity: 'warning', detail: 'kube-system' },
    ]);
    expect(result.resolved[0]?.desired.object.metadata).toEqual({ name: 'r' });
  });

  test('others than the allowed are refused, for Namespace objects too, and are not to be looked up', () => {
    const result = resolve([
      object('v1', 'Secret', 's', 'kube-system'),
      object('v1', 'Namespace', 'kube-system'),
      object('v1', 'Namespace', 'shop-new'),
    ]);
    expect(codes(result)).toEqual(['namespace-not-allowed', 'namespace-not-allowed']);
    expect(result.resolved.map((each) => each.desired.object.metadata.name)).toEqual(['shop-new']);
    expect(result.refused).toMatchObject([
      { kind: 'Secret', namespace: 'kube-system' },
      { kind: 'Namespace', name: 'kube-system' },
    ]);
  });

  test('an empty list allows nothing (H36)', () => {
    expect(codes(resolve([object('v1', 'ConfigMap', 'a')], { namespaces: [] }))).toEqual(['namespace-not-allowed']);
    expect(resolve([object('v1', 'ConfigMap', 'a')], { kinds: [] }).findings).toMatchObject([
      { code: 'kind-not-allowed', detail: 'ConfigMap; allowed are none' },
    ]);
  });
});

describe('kinds', () => {
  test('patterns of the binding decide', () => {
    const result = resolve(
      [object('v1', 'Secret', 's'), object('apps/v1', 'Deployment', 'd'), object('example.com/v1', 'Thing', 't')],
      {
        kinds: ['Deployment', '*.example.com'],
      },
    );
    expect(result.findings).toMatchObject([{ code: 'kind-not-allowed', object: { kind: 'Secret' }, file: 's.yaml' }]);
    expect(result.resolved.map((each) => each.type.kind)).toEqual(['Deployment', 'Thing']);
  });

  test.each([
    ['apps/v1', 'Deploymnt', 'Did you mean kind: Deployment?'],
    ['extensions/v1beta1', 'Ingress', 'Did you mean apiVersion: networking.k8s.io/v1?'],
    ['apps/v1beta2', 'Deployment', 'Did you mean apiVersion: apps/v1?'],
    ['v1', 'Deployment', 'Did you mean apiVersion: apps/v1?'],
    ['v1', 'Deploymnt', 'Did you mean apiVersion: apps/v1 and kind: Deployment?'],
    ['x.example.org/v1', 'Sprocket', undefined],
  ])('%s %s is unknown', (apiVersion, kind, fix) => {
    const result = resolve([object(apiVersion, kind, 'x')]);
    expect(codes(result)).toEqual(['kind-unknown']);
    expect(result.findings[0]?.detail).toBe(`${apiVersion} ${kind}`);
    expect(result.findings[0]?.fix).toBe(fix);
    expect(result.resolved).toEqual([]);
  });

  test('a CRD of the same change declares its served versions', () => {
    const crd = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'gadgets.example.com', undefined, {
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { kind: 'Gadget', plural: 'gadgets' },
        versions: [
          { name: 'v1', served: true },
          { name: 'v0', served: false },
        ],
      },
    });
    const result = resolve([
      object('example.com/v1', 'Gadget', 'g', 'shop'),
      object('example.com/v0', 'Gadget', 'g'),
      crd,
      object('example.com/v1', 'Thing', 't'),
    ]);
    expect(result.resolved.map((each) => [each.type.kind, each.type.namespaced, each.declaredByCrd])).toEqual([
      ['Gadget', false, true],
      ['CustomResourceDefinition', false, false],
      ['Thing', true, false],
    ]);
    expect(codes(result)).toEqual(['cluster-scoped-namespace', 'kind-unknown']);
    expect(result.findings[1]?.fix).toBe('Did you mean apiVersion: example.com/v1?');
  });

  test('a broken CRD declares nothing and breaks nothing', () => {
    const broken = [undefined, null, 'x', {}, { group: 'g', names: {}, versions: [null, 1] }].map((spec, index) =>
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `c${index}`, undefined, { spec }),
    );
    expect(resolve(broken).resolved).toHaveLength(5);
  });

  test('an object of a group that does not answer is neither unknown nor refused', () => {
    const result = resolve([
      object('custom.metrics.k8s.io/v1beta1', 'Metric', 'm'),
      object('custom.metrics.k8s.io/v1', 'Metric', 'n'),
    ]);
    expect(result.brokenGroupObjects.map((each) => each.object.metadata.name)).toEqual(['m']);
    expect(codes(result)).toEqual(['kind-unknown']);
    expect(resolve([object('custom.metrics.k8s.io/v1beta1', 'Metric', 'm')], { kinds: ['ConfigMap'] })).toMatchObject({
      brokenGroupObjects: [],
      findings: [{ code: 'kind-not-allowed' }],
    });
  });
});

test('an object declared twice names both places, whatever way its namespace is given', () => {
  const first = object('v1', 'ConfigMap', 'a');
  const second = object('v1', 'ConfigMap', 'a', 'shop');
  const result = resolve([first, second, object('v1', 'ConfigMap', 'a', 'shop-eu')]);
  expect(result.findings).toMatchObject([
    {
      code: 'duplicate-object',
      severity: 'error',
      detail: `ConfigMap shop/a in a.yaml:${second.source.line} and in a.yaml:${first.source.line}`,
    },
  ]);
  expect(result.resolved).toHaveLength(2);
});
