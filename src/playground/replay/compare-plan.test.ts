/** Planned = happened, on small clusters made here: each kind of lie must be found, and what controllers do must not count as one. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { applySetLabel, objectKey, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import { comparePlan } from './compare-plan.ts';
import { compareEnds } from './compare-kubectl.ts';
import type { SaidChange, SaidField, SaidPlan } from './said-plan.ts';
import type { Snapshot } from './snapshot.ts';

const applied = (fields: JsonObject, manager = 'fairlead') => ({ manager, operation: 'Apply', fieldsV1: fields });
const controller = (fields: JsonObject, subresource = '') => ({
  manager: 'kube-controller-manager',
  operation: 'Update',
  subresource,
  fieldsV1: fields,
});

function config(name: string, data: JsonObject, metadata: JsonObject = {}): KubernetesObject {
  const labels = { [applySetLabel]: 'applyset-x-v1' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels, ...metadata },
    data,
  };
}

function deployment(spec: JsonObject, metadata: JsonObject = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-web', ...metadata },
    spec,
  };
}

const snapshot = (...objects: readonly KubernetesObject[]): Snapshot =>
  new Map(objects.map((one) => [objectKey(refOf(one)), one]));
const nothing: SaidPlan = {
  planDigest: '',
  changes: [],
  unchanged: [],
  findings: [],
  incomplete: [],
  dangers: [],
  milliseconds: 0,
  requests: 0,
};
const plan = (...changes: readonly SaidChange[]): SaidPlan => ({ ...nothing, changes });
const change = (
  object: KubernetesObject,
  action: SaidChange['action'],
  ...fields: readonly SaidField[]
): SaidChange => ({ ref: refOf(object), action, fields });
const whats = (said: SaidPlan, before: Snapshot, after: Snapshot, ready = true) =>
  comparePlan(said, before, after, ready).mismatches.map(({ what }) => what);

const old = config('app', { color: 'red', size: 'l' });
const now = config('app', { color: 'blue', size: 'l' });
const color: SaidField = { path: 'data.color', before: 'red', after: 'blue' };

describe('a change', () => {
  it('is as planned when the named field did what was said and no other did anything', () => {
    expect(whats(plan(change(old, 'update', color)), snapshot(old), snapshot(now))).toEqual([]);
  });

  it.each<[string, SaidField[], KubernetesObject, string]>([
    ['another value after', [{ ...color, after: 'green' }], now, 'data.color is "blue", the plan says "green"'],
    ['another value before', [{ ...color, before: 'green' }], now, 'data.color was "red", the plan says "green"'],
    ['no change at all', [color], old, 'data.color did not change, the plan says it does'],
    [
      'a field that was not named',
      [color],
      config('app', { color: 'blue', size: 'm' }),
      'data.size: "l" → "m", the plan does not name it',
    ],
    [
      'a field that went',
      [color],
      config('app', { color: 'blue' }),
      'data: {"size":"l"} → (absent), the plan does not name it',
    ],
    [
      'another object',
      [color],
      config('app', { color: 'blue', size: 'l' }, { uid: 'new' }),
      'planned as change, but it was made anew (uid)',
    ],
  ])('finds %s', (_what, fields, after, fault) => {
    expect(whats(plan(change(old, 'update', ...fields)), snapshot(old), snapshot(after))).toContain(fault);
  });

  it('compares around fingerprints', () => {
    const field = { path: 'data.color', before: 'fp:000000000001', after: 'fp:000000000002' };
    expect(whats(plan(change(old, 'update', field)), snapshot(old), snapshot(now))).toEqual([]);
  });

  it('knows that a node port and a cluster address are handed out', () => {
    const service = (spec: JsonObject): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop', uid: 'u' },
      spec,
    });
    const before = service({ type: 'ClusterIP', ports: [{ port: 80 }] });
    const after = service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }] });
    const said = plan(
      change(
        before,
        'update',
        { path: 'spec.type', before: 'ClusterIP', after: 'NodePort' },
        { path: 'spec.ports[80/TCP].nodePort', before: undefined, after: 31999 },
      ),
    );
    expect(whats(said, snapshot(before), snapshot(after))).toEqual([]);
  });

  it('checks the order of a list where the plan names it, and finds it where the plan does not', () => {
    const env = (...names: readonly string[]) => deployment({ env: names.map((name) => ({ name })) });
    const [one, other] = [env('a', 'b'), env('b', 'a')];
    const order = { path: 'spec.env[order]', before: ['a', 'b'], after: ['b', 'a'] };
    expect(whats(plan(change(one, 'update', order)), snapshot(one), snapshot(other))).toEqual([]);
    expect(whats(plan(change(one, 'update', { ...order, after: ['a', 'b'] })), snapshot(one), snapshot(other))).toEqual(
      ['spec.env[order] is not as the plan says'],
    );
    expect(whats(plan(change(one, 'update')), snapshot(one), snapshot(other))).not.toEqual([]);
  });
});

describe('other actions', () => {
  it('create: was not there, is there', () => {
    expect(whats(plan(change(now, 'create')), snapshot(), snapshot(now))).toEqual([]);
    expect(whats(plan(change(now, 'create')), snapshot(old), snapshot(now))).toEqual([
      'planned as create, but it was there before',
    ]);
    expect(whats(plan(change(now, 'create')), snapshot(), snapshot())).toEqual([
      'planned as create, but it is not there',
    ]);
  });

  it('replace: another uid', () => {
    const anew = config('app', {}, { uid: 'new' });
    expect(whats(plan(change(old, 'replace')), snapshot(old), snapshot(anew))).toEqual([]);
    expect(whats(plan(change(old, 'replace')), snapshot(old), snapshot(now))).toEqual([
      'planned as replace, but it is the same object (uid)',
    ]);
  });

  it('delete: gone, unless something is not ready yet', () => {
    const said = plan(change(old, 'prune'));
    expect(whats(said, snapshot(old), snapshot())).toEqual([]);
    expect(whats(said, snapshot(old), snapshot(old))).toEqual(['planned as delete, but it is still there']);
    expect(comparePlan(said, snapshot(old), snapshot(old), false)).toMatchObject({
      mismatches: [],
      pendingPrunes: ['ConfigMap shop/app'],
    });
  });
});

describe('what the plan leaves alone', () => {
  const said = { ...nothing, unchanged: [objectKey(refOf(old))] };

  it('is counted apart when it was called unchanged and changed', () => {
    expect(comparePlan(said, snapshot(old), snapshot(old), true).falselyUnchanged).toEqual([]);
    const { falselyUnchanged, mismatches } = comparePlan(said, snapshot(old), snapshot(now), true);
    expect(falselyUnchanged).toEqual([
      { object: 'ConfigMap shop/app', what: 'data.color: "red" → "blue", it changed' },
    ]);
    expect(mismatches).toEqual([]);
    expect(comparePlan(said, snapshot(old), snapshot(), true).falselyUnchanged).toHaveLength(1);
  });

  it('is a difference when the plan does not name it at all', () => {
    expect(whats(nothing, snapshot(old), snapshot(now))).toEqual([
      'data.color: "red" → "blue", it changed, and the plan does not name it',
    ]);
    expect(whats(nothing, snapshot(), snapshot(now))).toEqual([
      'it was not there before, and the plan does not name it',
    ]);
    expect(whats(nothing, snapshot(old), snapshot())).toEqual(['it is gone, and the plan does not name it']);
  });

  it('may get status, counters and annotations from the server and its controllers', () => {
    const before = deployment({ paused: false });
    const metadata = { generation: 7, resourceVersion: '9', annotations: { 'deployment.kubernetes.io/revision': '2' } };
    expect(
      whats(
        nothing,
        snapshot(before),
        snapshot({ ...deployment({ paused: false }, metadata), status: { replicas: 3 } }),
      ),
    ).toEqual([]);
  });

  it('may get what a controller holds, but not what we declare', () => {
    const before = deployment({ a: 1 }, { managedFields: [applied({ 'f:spec': { 'f:a': {} } })] });
    const grown = deployment(
      { a: 1, b: 2 },
      { managedFields: [applied({ 'f:spec': { 'f:a': {} } }), controller({ 'f:spec': { 'f:b': {} } })] },
    );
    expect(whats(nothing, snapshot(before), snapshot(grown))).toEqual([]);
    const both = [applied({ 'f:spec': { 'f:a': {} } }), controller({ 'f:spec': { 'f:a': {} } })];
    const seized = deployment({ a: 2 }, { managedFields: both });
    expect(whats(nothing, snapshot(before), snapshot(seized))).not.toEqual([]);
    const person = deployment(
      { a: 1, b: 2 },
      { managedFields: [{ ...controller({ 'f:spec': { 'f:b': {} } }), manager: 'kubectl-edit' }] },
    );
    expect(whats(nothing, snapshot(before), snapshot(person))).not.toEqual([]);
  });

  it('may be scaled by its autoscaler, and by nobody else', () => {
    const autoscaler: KubernetesObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    };
    const [few, many] = [deployment({ replicas: 1 }), deployment({ replicas: 4 })];
    expect(whats(nothing, snapshot(few, autoscaler), snapshot(many, autoscaler))).toEqual([]);
    expect(whats(nothing, snapshot(few), snapshot(many))).toHaveLength(1);
  });
});

describe('equal to kubectl', () => {
  it('names what is missing, what is too much and what differs', () => {
    const ends = compareEnds(snapshot(now, config('ours', {})), snapshot(old, config('theirs', {})), new Set());
    expect(ends.checked).toBe(3);
    expect(ends.mismatches.map(({ object, what }) => `${object}: ${what}`).sort()).toEqual([
      'ConfigMap shop/app: data.color: "blue" here, "red" by kubectl',
      'ConfigMap shop/ours: Fairlead has it, kubectl did not make it',
      'ConfigMap shop/theirs: kubectl made it, Fairlead did not',
    ]);
  });

  it('does not mind our mark, who applied, and objects that still wait to be deleted', () => {
    const peer = config(
      'app',
      { color: 'blue', size: 'l' },
      { uid: 'other', labels: {}, managedFields: [applied({}, 'kubectl')] },
    );
    expect(
      compareEnds(snapshot(now, config('going', {})), snapshot(peer), new Set(['ConfigMap shop/going'])).mismatches,
    ).toEqual([]);
  });
});
