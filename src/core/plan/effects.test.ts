import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import type { Effect } from '../../domain/plan.ts';
import { fieldDifferences } from '../diff/fields.ts';
import { configMap, deployment, fingerprint, item, object } from '../test-support.ts';
import { desiredDigest, effectsBeyond, effectsOfFields, effectsOfWhole, effectText, planDigest } from './effects.ts';

const key = '/ConfigMap/shop/a';
const shown = (effects: readonly Effect[]) =>
  effects.map((one) => `${one.action} ${one.path ?? ''} ${one.value ?? ''}`.trim());
const between = (before: JsonObject, after: JsonObject, declared: JsonObject = {}) =>
  effectsOfFields(key, fieldDifferences(before, after), declared);

describe('effects', () => {
  it('of a new object are one: that it appears exactly as declared', () => {
    const created = effectsOfWhole('create', key, { data: { a: '1', b: '2' } });
    expect(created).toHaveLength(1);
    expect(effectsBeyond(effectsOfWhole('create', key, { data: { b: '2', a: '1' } }), created)).toEqual([]);
    expect(effectsBeyond(effectsOfWhole('create', key, { data: { a: '1' } }), created)).toHaveLength(1);
    expect(effectsBeyond(effectsOfWhole('replace', key, { data: { a: '1', b: '2' } }), created)).toHaveLength(1);
  });

  it('are the value after, whatever the value before', () => {
    expect(between({ a: 1 }, { a: 3 })).toEqual(between({ a: 2 }, { a: 3 }));
  });

  it('of an added part are its leaves, so that less of it is a subset', () => {
    const more = between({}, { labels: { a: '1', b: '2' } });
    const less = between({ labels: { a: '1' } }, { labels: { a: '1', b: '2' } });
    expect(effectsBeyond(less, more)).toEqual([]);
    expect(effectsBeyond(more, less)).toHaveLength(1);
  });

  it('of a list without keys are the whole list: less of it is not a subset', () => {
    const both = between({}, { from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }] });
    const one = between({}, { from: [{ podSelector: {} }] });
    expect(effectsBeyond(one, both)).toHaveLength(1);
  });

  it('of a list that takes the place of one that could not be compared are the whole list', () => {
    const twice = {
      env: [
        { name: 'A', v: 1 },
        { name: 'A', v: 2 },
        { name: 'C', v: 3 },
      ],
    };
    const kept = between(twice, {
      env: [
        { name: 'A', v: 1 },
        { name: 'C', v: 3 },
      ],
    });
    const dropped = between(twice, { env: [{ name: 'A', v: 1 }] });
    expect(effectsBeyond(dropped, kept)).toHaveLength(1);
  });

  it('name an item that goes away', () => {
    expect(shown(between({ c: [{ name: 'a' }, { name: 'b' }] }, { c: [{ name: 'a' }] }))).toEqual(['set c[b]']);
  });

  it('do not hold the values that a server hands out anew at each dry run', () => {
    const ports = (nodePort: number) => ({
      spec: { clusterIP: `10.0.0.${nodePort % 99}`, ports: [{ name: 'http', port: 80, nodePort }] },
    });
    const before = { spec: { ports: [{ name: 'http', port: 80 }] } };
    expect(between(before, ports(30_001))).toEqual(between(before, ports(30_002)));
  });

  it('do hold them where Git sets them', () => {
    const service = (clusterIP: string) => ({ spec: { clusterIP } });
    const headless = between({ spec: {} }, service('None'), service('None'));
    expect(shown(headless)).toEqual(['set spec.clusterIP "None"']);
    expect(effectsBeyond(between({ spec: {} }, service('10.0.0.9'), service('10.0.0.9')), headless)).toHaveLength(1);
  });
});

describe('effectsBeyond', () => {
  const set = (path: string, value?: string): Effect => ({
    object: key,
    action: 'set',
    path,
    ...(value === undefined ? {} : { value }),
  });

  it('is what nobody has seen', () => {
    expect(effectsBeyond([set('a', '1'), set('b', '2')], [set('a', '1')])).toEqual([set('b', '2')]);
    expect(effectsBeyond([set('a', '2')], [set('a', '1')])).toEqual([set('a', '2')]);
    expect(effectsBeyond([set('a')], [set('a', '1')])).toEqual([set('a')]);
    expect(effectsBeyond([{ ...set('a', '1'), object: 'other' }], [set('a', '1')])).toHaveLength(1);
    expect(effectsBeyond([{ object: key, action: 'prune' }], [{ object: key, action: 'replace' }])).toHaveLength(1);
    expect(effectsBeyond([{ object: key, action: 'replace' }], [{ object: key, action: 'create' }])).toHaveLength(1);
  });

  it('takes removing a part for shown where removing the whole was', () => {
    expect(effectsBeyond([set('spec.a.b'), set('spec.a[x]')], [set('spec.a')])).toEqual([]);
    expect(effectsBeyond([set('spec.a')], [set('spec.a.b')])).toHaveLength(1);
    expect(effectsBeyond([set('spec.ab')], [set('spec.a')])).toHaveLength(1);
    expect(effectsBeyond([set('spec.a.b', '1')], [set('spec.a')])).toHaveLength(1);
  });

  it('lets the second half of a replacement be finished', () => {
    const [replaced, created] = (['replace', 'create'] as const).map((action) => effectsOfWhole(action, key, { a: 1 }));
    expect(effectsBeyond(created ?? [], replaced ?? [])).toEqual([]);
    expect(effectsBeyond(effectsOfWhole('create', key, { a: 2 }), replaced ?? [])).toHaveLength(1);
  });

  it('takes nothing for shown because of a conflict', () => {
    const conflict: Effect = { object: key, action: 'conflict', value: '[["hpa",["spec.replicas"]]]' };
    for (const effect of [
      set('spec.replicas', '3'),
      { object: key, action: 'replace' },
      { object: key, action: 'create' },
    ] as const) {
      expect(effectsBeyond([effect], [conflict])).toEqual([effect]);
    }
  });

  it('has another text for every effect', () => {
    const all = [
      set('a', 'null'),
      set('a'),
      set('', '"a"'),
      { object: key, action: 'create' as const },
      { object: key, action: 'prune' as const },
    ];
    expect(new Set(all.map(effectText)).size).toBe(all.length);
  });
});

describe('digests', () => {
  const [a, b] = [configMap('a', { k: '1' }), configMap('b', { k: '1' })];
  const digest = (...objects: Parameters<typeof item>[0][]) =>
    desiredDigest(
      objects.map((one) => item(one).resolved),
      fingerprint,
    );

  it('do not depend on any order', () => {
    expect(digest(a, b)).toBe(digest(b, a));
    expect(digest(object('X', 'a', { p: 1, q: 2 }))).toBe(digest(object('X', 'a', { q: 2, p: 1 })));
    const effects = between({}, { x: 1, y: 2 });
    expect(planDigest('e', 'c', effects)).toBe(planDigest('e', 'c', [...effects].reverse()));
  });

  it('change with every declared value, also of a Secret', () => {
    const secret = (password: string) => object('Secret', 's', { stringData: { password } });
    const digests = [
      digest(),
      digest(a),
      digest(a, b),
      digest(configMap('a', { k: '2' })),
      digest(secret('x')),
      digest(secret('y')),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('are equal for two ways to write one Secret', () => {
    expect(digest(object('Secret', 's', { stringData: { p: 'x' } }))).toBe(
      digest(object('Secret', 's', { data: { p: 'eA==' } })),
    );
  });

  it('are of one environment and one cluster', () => {
    const effects = between({}, { x: 1 });
    const digests = [
      planDigest('e', 'c', effects),
      planDigest('f', 'c', effects),
      planDigest('e', 'd', effects),
      planDigest('e', 'c', []),
    ];
    expect(new Set(digests).size).toBe(4);
  });

  it('change with the order of a list', () => {
    const args = (...list: string[]) => deployment('a', 'a:1', { container: { args: list } });
    expect(digest(args('x', 'y'))).not.toBe(digest(args('y', 'x')));
  });
});
