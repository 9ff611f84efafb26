import { describe, expect, it } from 'vitest';
import type { Decision } from '../../domain/deployment.ts';
import { known, unknown } from '../../domain/evidence.ts';
import type { Effect, EnvironmentPlan, PlannedChange } from '../../domain/plan.ts';
import { commit, planWithEffects, pullRequest } from '../test-support.ts';
import { coveringPullRequests, decide, type GateFacts } from './decide.ts';
import { describeEffects } from './describe-effects.ts';

const set = (path: string, value?: string): Effect => ({
  object: 'apps/Deployment/shop/checkout',
  action: 'set',
  path,
  ...(value === undefined ? {} : { value }),
});
const [image, replicas] = [set('spec.image', '"a:2"'), set('spec.replicas', '3')];
const planned = (...effects: readonly Effect[]) => planWithEffects(effects);

/** Pull request 41 changed the image, was shown so, and merged. */
const merged: GateFacts = {
  plan: planned(image),
  range: [commit('a1', 41)],
  rewritten: false,
  shown: new Map([[41, planned(image)]]),
  released: [],
};
const words = (decision: Decision) =>
  'code' in decision ? `${decision.kind} ${decision.code}` : `${decision.kind} ${decision.because}`;
const decided = (facts: Partial<GateFacts>) => words(decide({ ...merged, ...facts }));
const untouched = (id: string) => ({ ...commit(id), touchesEnvironment: false });
const unasked = (id: string) => ({ ...commit(id), pullRequests: unknown('forbidden', 'GET /pulls answered 403') });

describe('a plan proceeds', () => {
  it('when it is the one that was shown', () => {
    expect(decided({})).toBe('proceed equal');
  });

  it('when it does less than was shown: somebody did a part of it by hand', () => {
    expect(decided({ shown: new Map([[41, planned(image, replicas)]]) })).toBe('proceed smaller');
  });

  it('when several merged since, and together they showed it', () => {
    expect(
      decided({
        plan: planned(image, replicas),
        range: [commit('a1', 41), commit('a2', 42)],
        shown: new Map([
          [41, planned(image)],
          [42, planned(replicas)],
        ]),
      }),
    ).toBe('proceed smaller');
  });

  it('when there is nothing to do, whoever pushed', () => {
    expect(decided({ plan: planned(), range: [commit('a1')], shown: new Map() })).toBe('proceed nothing-to-do');
  });

  it('when a person released it, also one that grew, is dangerous or was never shown', () => {
    const plan = { ...planned(image, replicas), dangers: [{ code: 'prunes-data', detail: 'x' } as const] };
    expect(decided({ plan, released: [plan.planDigest] })).toBe('proceed released');
    expect(decided({ plan, released: [plan.planDigest.slice(0, 8)], shown: new Map() })).toBe('proceed released');
  });

  it('when it finishes what a crash interrupted', () => {
    expect(decided({ begun: planned(image, replicas), shown: new Map() })).toBe('proceed begun');
  });
});

describe('a plan is held', () => {
  it.each<[string, Partial<GateFacts>]>([
    ['plan-grew', { plan: planned(image, replicas) }],
    ['plan-grew', { plan: planned(set('spec.image', '"a:3"')) }],
    ['plan-grew', { plan: planned(set('spec.image')) }],
    ['plan-grew', { plan: planned({ object: 'apps/Deployment/shop/checkout', action: 'prune' }) }],
    ['no-plan-shown', { shown: new Map() }],
    ['no-plan-shown', { shown: new Map([[7, planned(image)]]) }],
    ['no-plan-shown', { shown: new Map([[41, { ...planned(image), clusterUid: 'another cluster' }]]) }],
    ['needs-acknowledgement', { plan: { ...planned(image), dangers: [{ code: 'prunes-data', detail: 'x' }] } }],
    ['plan-incomplete', { plan: { ...planned(image), incomplete: [{ reason: 'cluster-timeout', detail: 'x' }] } }],
    [
      'findings',
      { plan: { ...planned(image), findings: [{ code: 'server-invalid', severity: 'error', detail: 'x' }] } },
    ],
    [
      'manager-conflict',
      { plan: { ...planned(image), findings: [{ code: 'manager-conflict', severity: 'error', detail: 'x' }] } },
    ],
    [
      'replace-not-allowed',
      { plan: { ...planned(image), findings: [{ code: 'immutable-field', severity: 'error', detail: 'x' }] } },
    ],
    ['direct-push', { range: [commit('a1')] }],
    ['direct-push', { range: [] }],
    ['direct-push', { range: [commit('a1', 41), commit('a2')] }],
    ['force-push', { range: [commit('a1')], rewritten: true }],
    ['attribution-unknown', { range: [unasked('a1')] }],
    ['attribution-unknown', { range: [commit('a1', 41), unasked('a2')] }],
  ])('%s', (code, facts) => {
    expect(decided(facts)).toBe(`hold ${code}`);
  });

  it('for what keeps it from being whole before anything else, released or not', () => {
    const plan = { ...planned(image), incomplete: [{ reason: 'cluster-timeout', detail: 'x' } as const] };
    expect(decided({ plan, released: [plan.planDigest], begun: plan })).toBe('hold plan-incomplete');
    const broken: EnvironmentPlan = {
      ...planned(),
      findings: [{ code: 'render-failed', severity: 'error', detail: 'x' }],
    };
    expect(decided({ plan: broken })).toBe('hold findings');
  });

  it('for mixed findings as findings, and never for warnings', () => {
    const finding = { severity: 'error', detail: 'x' } as const;
    const mixed = [
      { ...finding, code: 'manager-conflict' as const },
      { ...finding, code: 'immutable-field' as const },
    ];
    expect(decided({ plan: { ...planned(image), findings: mixed } })).toBe('hold findings');
    expect(
      decided({ plan: { ...planned(image), findings: [{ ...finding, code: 'render-empty', severity: 'warning' }] } }),
    ).toBe('proceed equal');
  });

  it('when what was begun was something else', () => {
    expect(decided({ begun: planned(replicas), shown: new Map() })).toBe('hold no-plan-shown');
    expect(decided({ begun: { ...planned(image), clusterUid: 'x' }, shown: new Map() })).toBe('hold no-plan-shown');
  });

  it('when another digest was released, or one too short to mean anything', () => {
    const plan = planned(image, replicas);
    expect(decided({ plan, released: [planned(image).planDigest] })).toBe('hold plan-grew');
    expect(decided({ plan, released: [plan.planDigest.slice(0, 7), ''] })).toBe('hold plan-grew');
  });

  it('when a direct push is released by its digest: only a pull request can', () => {
    expect(decided({ range: [commit('a1')], released: [merged.plan.planDigest] })).toBe('hold direct-push');
  });

  it('says what it found', () => {
    const facts = (given: Partial<GateFacts>) => {
      const decision = decide({ ...merged, ...given });
      return 'facts' in decision ? decision.facts : [];
    };
    expect(facts({ plan: planned(image, replicas) })).toEqual(['Deployment shop/checkout `spec.replicas`: 3']);
    expect(facts({ range: [{ ...commit('a1b2c3d4e5f6'), subject: 'hot fix' }] })).toEqual(['a1b2c3d4e5f6 hot fix']);
    expect(facts({ range: [unasked('a1b2c3d')] })).toEqual(['a1b2c3d: GET /pulls answered 403']);
    const finding = {
      code: 'kind-unknown',
      severity: 'error',
      detail: 'apps/v9 Deployment',
      file: 'a.yaml',
      line: 3,
    } as const;
    expect(facts({ plan: { ...planned(image), findings: [finding] } })).toEqual([
      'a.yaml:3: The cluster does not serve this kind: apps/v9 Deployment. Correct apiVersion or kind, or bring its CustomResourceDefinition.',
    ]);
    expect(facts({ range: [] })).not.toEqual([]);
  });
});

describe('a direct push', () => {
  it('does not matter where it leaves the environment alone', () => {
    expect(decided({ range: [untouched('a0'), commit('a1', 41), untouched('a2')] })).toBe('proceed equal');
  });

  it('before a pull request is released by what that showed, and only by it', () => {
    const range = [commit('a0'), commit('a1', 41)];
    expect(decided({ range, plan: planned(image, replicas), shown: new Map([[41, planned(image, replicas)]]) })).toBe(
      'proceed equal',
    );
    expect(decided({ range, plan: planned(image, replicas) })).toBe('hold plan-grew');
  });

  it('makes what was shown before it count no more', () => {
    const range = [commit('a0', 40), commit('a1'), commit('a2', 41)];
    const shown = new Map([
      [40, planned(replicas)],
      [41, planned(image)],
    ]);
    expect(decided({ range, shown, plan: planned(image, replicas) })).toBe('hold plan-grew');
    expect(coveringPullRequests({ range })).toEqual([41]);
  });
});

it('names each pull request once, also where it brought several commits', () => {
  const twice = { ...commit('a2'), pullRequests: known([pullRequest(41), pullRequest(43)]) };
  expect(coveringPullRequests({ range: [commit('a1', 41), twice] })).toEqual([41, 43]);
});

it('does not depend on the order in which effects are listed', () => {
  expect(decided({ plan: planned(replicas, image), shown: new Map([[41, planned(image, replicas)]]) })).toBe(
    'proceed equal',
  );
});

it('describes effects in words, at most ten, long values cut', () => {
  const many = Array.from({ length: 12 }, (_, index) => set(`spec.f${index}`, '1'));
  expect(describeEffects(many, [])).toHaveLength(11);
  expect(describeEffects(many, []).at(-1)).toBe('and 2 more');
  const [long = ''] = describeEffects([set('data.file', JSON.stringify('😀'.repeat(100_000)))], []);
  expect(long.length).toBeLessThan(250);
  expect(long.isWellFormed()).toBe(true);
  const object = '/Namespace//shop';
  expect(
    describeEffects(
      [
        { object, action: 'create' },
        { object, action: 'replace' },
        { object, action: 'prune' },
        { object, action: 'conflict', value: '[]' },
      ],
      [],
    ),
  ).toEqual([
    'Namespace shop is created',
    'Namespace shop is replaced',
    'Namespace shop is deleted',
    'Namespace shop has fields that somebody else manages',
  ]);
  expect(describeEffects([set('spec.x')], [])).toEqual(['Deployment shop/checkout `spec.x` goes away']);
});

it('says of an effect what stands there now, and who set it', () => {
  const field = {
    path: 'spec.replicas',
    before: '5',
    after: '3',
    origin: 'drift',
    manager: 'kubectl-edit',
    since: '2026-11-21T14:02:09Z',
  } as const;
  const change: PlannedChange = {
    ref: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    action: 'update',
    origin: 'drift',
    fields: [field],
    diff: '',
    basis: 'server',
    warnings: [],
    takesOver: [],
    conflicts: [],
    consequences: [],
  };
  expect(describeEffects([replicas], [change])).toEqual([
    'Deployment shop/checkout `spec.replicas`: 5 → 3 (set by kubectl-edit, 2026-11-21 14:02 UTC)',
  ]);
});
