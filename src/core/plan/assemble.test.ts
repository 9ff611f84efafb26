import { describe, expect, it } from 'vitest';
import { unknown } from '../../domain/evidence.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import type { EnvironmentPlan } from '../../domain/plan.ts';
import {
  applied,
  configMap,
  deployment,
  environment,
  item,
  live,
  object,
  onlyChange,
  planOf,
  prune,
  type PlanFacts,
} from '../test-support.ts';

/** `path (origin)` of every changed field of a plan of one object. */
function origins(plan: EnvironmentPlan): string[] {
  return onlyChange(plan).fields.map(({ path, origin }) => `${path} (${origin})`);
}
const plan = (...items: NonNullable<PlanFacts['items']>) => planOf({ items });

describe('an object', () => {
  const v1 = deployment('checkout', 'checkout:1');
  const v2 = deployment('checkout', 'checkout:2');

  it('that is as declared is unchanged and has no effect', () => {
    const same = plan(item(v1, { live: live(v1), before: 'same' }));
    expect([same.changes, same.effects, same.unchanged]).toEqual([[], [], ['apps/Deployment/shop/checkout']]);
  });

  it('that is not there is created by the pull request that declares it', () => {
    expect(onlyChange(plan(item(v1)))).toMatchObject({ action: 'create', origin: 'pull-request', basis: 'server' });
  });

  it('that somebody deleted by hand comes back as drift', () => {
    expect(onlyChange(plan(item(v1, { before: 'same' })))).toMatchObject({ action: 'create', origin: 'drift' });
  });

  it('that the server cannot try out yet says so', () => {
    const tried = plan(item(v1, { outcome: { kind: 'declared-only' } }));
    expect(onlyChange(tried)).toMatchObject({ action: 'create', basis: 'declared-only' });
  });

  it('that other people put there is taken over, and it says from whom', () => {
    const taken = plan(item(v2, { live: live(v1, { marked: false }), takenFrom: ['kubectl-client-side-apply'] }));
    expect(onlyChange(taken)).toMatchObject({ action: 'update', takesOver: ['kubectl-client-side-apply'] });
  });

  it('of another environment is refused', () => {
    const theirs = live(
      object('ConfigMap', 'a', { metadata: { labels: { 'applyset.kubernetes.io/part-of': 'applyset-x-v1' } } }),
      {
        marked: false,
      },
    );
    const refused = plan(item(configMap('a', {}), { live: theirs }));
    expect(refused.findings.map(({ code }) => code)).toEqual(['owned-by-other-environment']);
    expect([refused.changes, refused.effects]).toEqual([[], []]);
  });

  it('that could not be tried makes the plan incomplete, never unchanged', () => {
    const because = unknown('timeout', 'no answer in 10 s');
    const unread = plan(item(v1, { live: live(v1), outcome: { kind: 'unavailable', because } }));
    expect(unread.incomplete).toEqual([
      { reason: 'cluster-timeout', detail: 'Deployment shop/checkout: no answer in 10 s' },
    ]);
    expect([unread.unchanged, unread.changes]).toEqual([[], []]);
  });

  it.each([
    [
      { kind: 'invalid', causes: [{ field: 'spec.replicas', message: 'must be a number' }], detail: 'x' } as const,
      'server-invalid',
    ],
    [{ kind: 'denied', detail: 'policy says no' } as const, 'server-denied'],
    [{ kind: 'terminating', detail: 'object is being deleted' } as const, 'server-denied'],
    [{ kind: 'namespace-missing', detail: 'namespaces "shop" not found' } as const, 'namespace-missing'],
    [{ kind: 'kind-unknown', detail: 'not found' } as const, 'kind-unknown'],
    [
      { kind: 'conflict', conflicts: [{ manager: 'hpa', fields: ['spec.replicas'] }], detail: 'x' } as const,
      'manager-conflict',
    ],
    [{ kind: 'immutable', fields: ['spec.selector'], detail: 'field is immutable' } as const, 'immutable-field'],
  ])('that the server refuses (%o) is an error with its place', (outcome, code) => {
    const refused = plan(item(v1, { live: live(v1), outcome, file: 'apps/checkout.yaml' }));
    expect(refused.findings).toMatchObject([{ code, severity: 'error', file: 'apps/checkout.yaml', line: 1 }]);
  });
});

describe('whose doing a difference is', () => {
  const of = (image: string, replicas: number) => deployment('checkout', image, { replicas });

  it("is the pull request's where the declaration changed", () => {
    const before = of('a:1', 3);
    expect(origins(plan(item(of('a:2', 3), { live: live(before), before })))).toEqual([
      'spec.template.spec.containers[checkout].image (pull-request)',
    ]);
  });

  it('is drift where the old declaration would do the same', () => {
    const before = of('a:1', 3);
    const changed = plan(item(of('a:2', 3), { live: live(of('a:1', 5)), before }));
    expect(origins(changed)).toEqual([
      'spec.replicas (drift)',
      'spec.template.spec.containers[checkout].image (pull-request)',
    ]);
    expect(onlyChange(changed).origin).toBe('pull-request');
  });

  it("is the pull request's where both changed the same field to different values", () => {
    expect(origins(plan(item(of('a:1', 4), { live: live(of('a:1', 5)), before: of('a:1', 3) })))).toEqual([
      'spec.replicas (pull-request)',
    ]);
  });

  it('is nobody’s where a hand already made the change', () => {
    expect(plan(item(of('a:2', 3), { live: live(of('a:2', 3)), before: of('a:1', 3) })).effects).toEqual([]);
  });

  it('is drift as a whole where Git did not change', () => {
    const drift = plan(item(of('a:1', 3), { live: live(of('a:1', 5)), before: 'same' }));
    expect(origins(drift)).toEqual(['spec.replicas (drift)']);
    expect(onlyChange(drift).origin).toBe('drift');
  });

  it("is the pull request's where nothing was compared", () => {
    const facts = item(of('a:1', 3), { live: live(of('a:1', 5)) });
    expect(origins(plan({ ...facts, before: { kind: 'not-compared' } }))).toEqual(['spec.replicas (pull-request)']);
  });

  it('is told by the declarations where the old one could not be tried, also for stringData', () => {
    const secret = (password: string) => object('Secret', 'db', { stringData: { password } });
    const stored = (password: string, extra = {}) =>
      object('Secret', 'db', { data: { password: Buffer.from(password).toString('base64'), ...extra } });
    const facts = item(secret('new'), {
      live: live(stored('old', { note: 'eA==' })),
      outcome: applied(stored('new', { note: 'eQ==' })),
    });
    const source = facts.resolved.desired.source;
    const before = { kind: 'differs', desired: { object: secret('old'), source } } as const;
    expect(origins(plan({ ...facts, before }))).toEqual(['data.note (drift)', 'data.password (pull-request)']);
  });

  it('names who holds the live value and since when', () => {
    const fields = [
      {
        manager: 'kubectl-edit',
        operation: 'Update',
        time: '2026-11-20T14:02:00Z',
        fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":8080,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } },
      },
      { manager: 'fairlead', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:ports': {} } } },
    ];
    const service = (port: number) => object('Service', 'api', { spec: { ports: [{ name: 'http', port }] } });
    const [change] = onlyChange(
      plan(item(service(80), { live: live(service(8080), { fields }), before: 'same' })),
    ).fields;
    expect(change).toEqual({
      path: 'spec.ports[http].port',
      before: '8080',
      after: '80',
      origin: 'drift',
      manager: 'kubectl-edit',
      since: '2026-11-20T14:02:00Z',
    });
  });
});

describe('a secret', () => {
  const stored = (value: string) =>
    object('Secret', 'db', { data: { password: Buffer.from(value).toString('base64') } });
  const leaks = (of: EnvironmentPlan, ...values: string[]) =>
    values
      .flatMap((value) => [value, Buffer.from(value).toString('base64')])
      .filter((value) => JSON.stringify(of).includes(value));

  it('is nowhere in a plan, whatever happens to it', () => {
    const annotated = (of: KubernetesObject) => ({
      ...live(of),
      metadata: {
        ...live(of).metadata,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(of) },
      },
    });
    const plans = [
      plan(item(stored('n3w-value'))),
      plan(item(stored('n3w-value'), { live: annotated(stored('0ld-value')), before: stored('0ld-value') })),
      plan(
        item(stored('n3w-value'), {
          live: annotated(stored('0ld-value')),
          outcome: {
            kind: 'immutable',
            fields: ['data'],
            detail: 'data: Invalid value: "n3w-value": field is immutable',
          },
        }),
      ),
      plan(
        item(stored('n3w-value'), {
          outcome: { kind: 'denied', detail: `denied: n3w-value, ${Buffer.from('n3w-value').toString('base64')}` },
        }),
      ),
      plan(
        item(stored('n3w-value'), { outcome: { kind: 'unavailable', because: unknown('malformed', 'got n3w-value') } }),
      ),
      plan(item(stored('n3w-value'), { outcome: applied(stored('n3w-value'), true, ['n3w-value is weak']) })),
      planOf({ prunes: [prune(stored('0ld-value'))] }),
    ];
    for (const one of plans) expect(leaks(one, 'n3w-value', '0ld-value')).toEqual([]);
  });

  it('still shows that it changed', () => {
    const [field] = onlyChange(plan(item(stored('new'), { live: live(stored('old')), before: stored('old') }))).fields;
    expect(field).toMatchObject({
      path: 'data.password',
      before: expect.stringMatching(/^"fp:/),
      after: expect.stringMatching(/^"fp:/),
    });
    expect(field?.before).not.toBe(field?.after);
  });
});

describe('fields left to others', () => {
  const ignore = [{ kind: 'Deployment', field: 'spec.replicas' }];
  it('are no difference, and are counted', () => {
    const [git, there] = [deployment('a', 'a:1', { replicas: 1 }), deployment('a', 'a:1', { replicas: 5 })];
    const left = planOf({
      environment: environment({ ignore }),
      items: [item(git, { live: live(there), before: 'same' })],
    });
    expect(left.effects).toEqual([]);
    expect(left.ignored).toEqual([{ what: 'fields left to others by the ignore rules', count: 1 }]);
  });

  it('do not hide another field that only begins alike', () => {
    const of = (spec: object) => object('Deployment', 'a', { spec: { ...spec } }, 'apps/v1');
    const left = planOf({
      environment: environment({ ignore }),
      items: [item(of({ replicasMax: 2 }), { live: live(of({ replicasMax: 1 })), before: 'same' })],
    });
    expect(origins(left)).toEqual(['spec.replicasMax (drift)']);
  });
});

describe('what waits for a person', () => {
  const claim = object('PersistentVolumeClaim', 'orders-db');
  const namespace = object('Namespace', 'shop', { metadata: { namespace: undefined } });
  const definition = object('CustomResourceDefinition', 'x.example.com', {}, 'apiextensions.k8s.io/v1');
  const set = (whenDeleted: string) =>
    object('StatefulSet', 'db', { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted } } }, 'apps/v1');
  const dangers = (facts: PlanFacts) =>
    planOf({ items: [item(configMap('other', {}))], ...facts }).dangers.map(({ code }) => code);

  it.each([
    ['data', [prune(claim)], ['prunes-data']],
    ['data of a StatefulSet', [prune(set('Delete'))], ['prunes-data']],
    ['a StatefulSet that leaves its data', [prune(set('Retain'))], []],
    ['a namespace', [prune(namespace)], ['prunes-namespace']],
    ['a definition in use', [prune(definition, { instances: 2 })], ['prunes-crd']],
    ['a definition of which nobody knows', [prune(definition, { instances: 'unknown' })], ['prunes-crd']],
    ['a definition that could not be looked at', [prune(definition)], ['prunes-crd']],
    ['a definition without instances', [prune(definition, { instances: 0 })], []],
    ['something harmless', [prune(configMap('a', {}))], []],
    ['many', Array.from({ length: 11 }, (_, index) => prune(configMap(`c${index}`, {}))), ['prunes-many']],
    ['as many as are allowed', Array.from({ length: 10 }, (_, index) => prune(configMap(`c${index}`, {}))), []],
  ])('deleting %s', (_, prunes, expected) => {
    expect(dangers({ prunes })).toEqual(expected);
  });

  it('deleting everything', () => {
    expect(dangers({ items: [], prunes: [prune(configMap('a', {}))] })).toEqual(['prunes-everything']);
  });

  it('nothing, where nothing is deleted: pruning is off, or there was nothing', () => {
    expect(dangers({ items: [], prunes: [prune(claim)], environment: environment({ prune: false }) })).toEqual([]);
    expect(dangers({ items: [], inventorySize: 10 })).toEqual([]);
  });

  it('deleting data to create it anew', () => {
    const outcome = { kind: 'immutable', fields: ['spec.storageClassName'], detail: 'field is immutable' } as const;
    const replaced = planOf({
      environment: environment({ allowReplace: true }),
      items: [item(claim, { live: live(claim), outcome })],
    });
    expect(replaced.dangers.map(({ code }) => code)).toEqual(['prunes-data']);
    expect(onlyChange(replaced).consequences.map(({ code }) => code)).toEqual(['immutable', 'deletes-data']);
    expect(replaced.findings).toEqual([]);
  });
});

it('puts deletions first, then replacements, then the rest in apply order', () => {
  const outcome = { kind: 'immutable', fields: ['x'], detail: 'field is immutable' } as const;
  const mixed = planOf({
    items: [
      item(configMap('a', {})),
      item(configMap('b', {}), { live: live(configMap('b', {})), outcome }),
      item(configMap('c', {})),
    ],
    prunes: [prune(configMap('d', {}))],
  });
  expect(mixed.changes.map(({ ref, action }) => `${action} ${ref.name}`)).toEqual([
    'prune d',
    'replace b',
    'create a',
    'create c',
  ]);
});

it('says what it leaves out', () => {
  const kept = planOf({
    environment: environment({ prune: false }),
    prunes: [prune(configMap('a', {}))],
    forgotten: [{ group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'b' }],
  });
  expect(kept.effects).toEqual([]);
  expect(kept.ignored.map(({ count }) => count)).toEqual([1, 1]);
});

it('does not depend on the order of its objects', () => {
  const items = [item(configMap('a', { k: '1' })), item(configMap('b', { k: '1' }))];
  const [one, other] = [planOf({ items }), planOf({ items: [...items].reverse() })];
  expect([one.planDigest, one.desiredDigest]).toEqual([other.planDigest, other.desiredDigest]);
});
