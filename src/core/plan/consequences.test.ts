import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { configMap, deployment, item, live, object, planOf } from '../test-support.ts';

/** The consequences of going from one state of the environment to another, as `Kind name: code detail`. */
function consequences(before: readonly KubernetesObject[], after: readonly KubernetesObject[]): string[] {
  const nameOf = (one: KubernetesObject) => `${one.kind}/${one.metadata.name}`;
  const items = after.map((one) => {
    const was = before.find((other) => nameOf(other) === nameOf(one));
    return item(
      one,
      was === undefined ? {} : { live: { ...live(was), status: { desiredNumberScheduled: 4 } }, before: was },
    );
  });
  return planOf({ items }).changes.flatMap(({ ref, consequences: found }) =>
    found.map(({ code, ...more }) =>
      [`${ref.kind} ${ref.name}: ${code}`, ...Object.values(more).map(String)].join(' '),
    ),
  );
}
const workload = (kind: string, image: string, spec: JsonObject = {}) =>
  object(
    kind,
    'w',
    { spec: { replicas: 3, template: { spec: { containers: [{ name: 'w', image }] } }, ...spec } },
    'apps/v1',
  );
const pod = (spec: JsonObject) => object('Pod', 'p', { spec });
const container = (more: JsonObject) => ({ containers: [{ name: 'p', image: 'p:1', ...more }] });

describe('pods', () => {
  it.each([
    ['roll', workload('Deployment', 'a'), workload('Deployment', 'b'), ['Deployment w: rolls-pods 3']],
    [
      'are counted by the node for a DaemonSet',
      workload('DaemonSet', 'a'),
      workload('DaemonSet', 'b'),
      ['DaemonSet w: rolls-pods 4'],
    ],
    [
      'stop first with Recreate',
      workload('Deployment', 'a', { strategy: { type: 'Recreate' } }),
      workload('Deployment', 'b', { strategy: { type: 'Recreate' } }),
      ['Deployment w: recreates-pods 3'],
    ],
    [
      'stay with OnDelete',
      workload('StatefulSet', 'a', { updateStrategy: { type: 'OnDelete' } }),
      workload('StatefulSet', 'b', { updateStrategy: { type: 'OnDelete' } }),
      [],
    ],
    [
      'are not there with 0 replicas',
      workload('Deployment', 'a', { replicas: 0 }),
      workload('Deployment', 'b', { replicas: 0 }),
      [],
    ],
    [
      'do not roll for a new number of them',
      workload('Deployment', 'a'),
      workload('Deployment', 'a', { replicas: 5 }),
      [],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(consequences([before], [after])).toEqual(expected);
  });
});

describe('access opens', () => {
  it.each<[string, KubernetesObject, string]>([
    ['a load balancer', object('Service', 's', { spec: { type: 'LoadBalancer' } }), 'Service type LoadBalancer'],
    [
      'external addresses',
      object('Service', 's', { spec: { externalIPs: ['1.2.3.4'] } }),
      'Service with external addresses',
    ],
    ['a privileged container', pod(container({ securityContext: { privileged: true } })), 'privileged container p'],
    [
      'a path of the node',
      pod({ ...container({}), volumes: [{ name: 'h', hostPath: { path: '/' } }] }),
      'mounts a path of the node',
    ],
    ['the network of the node', pod({ ...container({}), hostNetwork: true }), 'hostNetwork'],
    [
      'a privileged CronJob',
      object('CronJob', 'c', {
        spec: { jobTemplate: { spec: { template: { spec: container({ securityContext: { privileged: true } }) } } } },
      }),
      'privileged container p',
    ],
    ['every right', object('ClusterRole', 'r', { rules: [{ verbs: ['*'], resources: ['*'] }] }), 'may do everything'],
    [
      'the right to more rights',
      object('Role', 'r', { rules: [{ verbs: ['escalate'], resources: ['roles'] }] }),
      'may escalate',
    ],
    [
      'cluster-admin',
      object('ClusterRoleBinding', 'b', { roleRef: { name: 'cluster-admin' }, subjects: [] }),
      'binds cluster-admin',
    ],
    [
      'rights for everybody',
      object('RoleBinding', 'b', {
        roleRef: { name: 'x' },
        subjects: [{ kind: 'Group', name: 'system:unauthenticated' }],
      }),
      'gives rights to system:unauthenticated',
    ],
  ])('with %s', (_, opened, words) => {
    expect(consequences([], [opened]).join()).toContain(words);
    const changed = { ...opened, metadata: { ...opened.metadata, labels: { a: 'b' } } };
    expect(consequences([opened], [changed])).toEqual([]);
  });

  it('is not said of ordinary things', () => {
    const role = object('Role', 'r', {
      rules: [
        { verbs: ['*'], resources: ['pods'] },
        { verbs: ['get'], resources: ['*'] },
      ],
    });
    expect(
      consequences([], [role, object('Service', 's', { spec: { type: 'ClusterIP' } }), deployment('d', 'd:1')]),
    ).toEqual([]);
  });
});

describe('a changed ConfigMap', () => {
  const reader = (container: JsonObject, image = 'checkout:1', pod: JsonObject = {}) => {
    const containers = [{ name: 'c', image, ...container }];
    return object(
      'Deployment',
      'checkout',
      { spec: { replicas: 3, template: { spec: { containers, ...pod } } } },
      'apps/v1',
    );
  };
  const envFrom = { envFrom: [{ configMapRef: { name: 'branding' } }] };
  const volumes = { volumes: [{ name: 'v', configMap: { name: 'branding' } }] };
  const [v1, v2] = [configMap('branding', { color: 'red' }), configMap('branding', { color: 'blue' })];
  const told = ['ConfigMap branding: not-restarted Deployment shop/checkout environment variables'];

  it.each<[string, KubernetesObject, string[]]>([
    ['envFrom', reader(envFrom), told],
    [
      'one variable',
      reader({ env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'branding', key: 'color' } } }] }),
      told,
    ],
    [
      'a single file',
      reader({ volumeMounts: [{ name: 'v', mountPath: '/x', subPath: 'color' }] }, 'checkout:1', volumes),
      ['ConfigMap branding: not-restarted Deployment shop/checkout a single mounted file (subPath)'],
    ],
    [
      'a whole volume, which is kept up to date',
      reader({ volumeMounts: [{ name: 'v', mountPath: '/x' }] }, 'checkout:1', volumes),
      [],
    ],
    ['another ConfigMap', reader({ envFrom: [{ configMapRef: { name: 'other' } }] }), []],
    ['a Secret of that name', reader({ envFrom: [{ secretRef: { name: 'branding' } }] }), []],
  ])('is not picked up by a workload that reads it by %s', (_, workload, expected) => {
    expect(consequences([v1, workload], [v2, workload])).toEqual(expected);
  });

  it('is picked up by a workload that restarts or is new', () => {
    expect(consequences([v1, reader(envFrom)], [v2, reader(envFrom, 'checkout:2')])).toEqual([
      'Deployment checkout: rolls-pods 3',
    ]);
    expect(consequences([v1], [v2, reader(envFrom)])).toEqual([]);
  });

  it('is no matter where only its labels change, or nothing runs', () => {
    const relabelled = { ...v1, metadata: { ...v1.metadata, labels: { a: 'b' } } };
    expect(consequences([v1, reader(envFrom)], [relabelled, reader(envFrom)])).toEqual([]);
    const asleep = { ...reader(envFrom), spec: { ...Object(reader(envFrom)['spec']), replicas: 0 } };
    expect(consequences([v1, asleep], [v2, asleep])).toEqual([]);
  });

  it('is no matter to a workload of another namespace', () => {
    const elsewhere = { ...reader(envFrom), metadata: { name: 'checkout', namespace: 'other' } };
    expect(consequences([v1, elsewhere], [v2, elsewhere])).toEqual([]);
  });
});

describe('a Service', () => {
  const service = (app: string) => object('Service', 'api', { spec: { selector: { app } } });
  const labelled = object(
    'Deployment',
    'api',
    { spec: { template: { metadata: { labels: { app: 'api', v: '1' } } } } },
    'apps/v1',
  );

  it('loses its traffic when its selector changes to what nobody answers to', () => {
    expect(consequences([service('api'), labelled], [service('apj'), labelled])).toEqual([
      'Service api: drops-traffic',
    ]);
    expect(consequences([service('apj'), labelled], [service('api'), labelled])).toEqual([]);
  });
});
