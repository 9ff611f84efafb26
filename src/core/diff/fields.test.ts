import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../domain/json.ts';
import { canonicalJson } from './canonical.ts';
import { fieldDifferences, leavesOf } from './fields.ts';
import { isAtOrBelow, joinItem, joinPath, segmentsOf } from './path.ts';

/** `path: before → after` for each difference; `-` = absent. */
function differences(before: JsonObject, after: JsonObject): string[] {
  const shown = (value: Json | undefined) => (value === undefined ? '-' : canonicalJson(value));
  return fieldDifferences(before, after).map((one) => `${one.path}: ${shown(one.before)} → ${shown(one.after)}`);
}
const container = (name: string, image: string) => ({ name, image });

it('finds nothing between equal objects, whatever the order of their keys', () => {
  expect(differences({ a: 1, b: { c: [1], d: null } }, { b: { d: null, c: [1] }, a: 1 })).toEqual([]);
});

it('names a changed, an added and a removed member', () => {
  expect(differences({ a: 1, b: 1 }, { a: 2, c: { d: 1 } })).toEqual(['a: 1 → 2', 'b: 1 → -', 'c: - → {"d":1}']);
});

it('tells absent, null, empty and zero apart', () => {
  expect(differences({ a: null }, {})).toEqual(['a: null → -']);
  expect(differences({ a: [] }, {})).toEqual(['a: [] → -']);
  expect(differences({}, { a: {} })).toEqual(['a: - → {}']);
  expect(differences({ a: 0 }, { a: '0' })).toEqual(['a: 0 → "0"']);
  expect(differences({ a: [] }, { a: {} })).toEqual(['a: [] → {}']);
  expect(differences({ a: undefined }, {})).toEqual([]);
});

it('takes only what the object itself has for its members', () => {
  expect(differences({ data: {} }, { data: { constructor: 'x', toString: 'y' } })).toEqual([
    'data.constructor: - → "x"',
    'data.toString: - → "y"',
  ]);
  expect(differences({ data: { constructor: 'x' } }, { data: {} })).toEqual(['data.constructor: "x" → -']);
  const tricky: JsonObject = { data: JSON.parse('{"__proto__":"x"}') };
  expect(differences({ data: {} }, tricky)).toEqual(['data.__proto__: - → "x"']);
});

describe('a list', () => {
  it('is compared by merge key: an item put in front is one difference', () => {
    const before = { containers: [container('app', 'a:1')] };
    const after = { containers: [container('proxy', 'p:1'), container('app', 'a:2')] };
    expect(differences(before, after)).toEqual([
      'containers[app].image: "a:1" → "a:2"',
      'containers[proxy]: - → {"image":"p:1","name":"proxy"}',
    ]);
  });

  it('tells an item that goes away', () => {
    expect(differences({ env: [{ name: 'A', value: '1' }] }, { env: [] })).toEqual([
      'env[A]: {"name":"A","value":"1"} → -',
    ]);
  });

  it('tells that only the order changed, and what it is then', () => {
    const [a, b] = [container('a', '1'), container('b', '1')];
    expect(differences({ init: [a, b] }, { init: [b, a] })).toEqual(['init(order): ["a","b"] → ["b","a"]']);
  });

  it('does not mix up an item called order with the order', () => {
    const [a, b] = [container('order', '1'), container('b', '1')];
    expect(differences({ c: [a, b] }, { c: [b, container('order', '2')] })).toEqual([
      'c[order].image: "1" → "2"',
      'c(order): ["order","b"] → ["b","order"]',
    ]);
  });

  it('does not call it another order that an item was added or removed', () => {
    const [a, b, c] = [container('a', '1'), container('b', '1'), container('c', '1')];
    expect(differences({ c: [a, c] }, { c: [a, b, c] })).toHaveLength(1);
    expect(differences({ c: [a, b, c] }, { c: [c] })).toHaveLength(2);
  });

  it('with two items of one key is one value', () => {
    const twice = {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    };
    expect(differences(twice, { env: [{ name: 'A', value: '2' }] })).toEqual([
      'env: [{"name":"A","value":"1"},{"name":"A","value":"2"}] → [{"name":"A","value":"2"}]',
    ]);
  });

  it('of ports is told apart by protocol', () => {
    const dns = (udp: number) => ({
      ports: [
        { containerPort: 53, protocol: 'TCP', hostPort: 1 },
        { containerPort: 53, protocol: 'UDP', hostPort: udp },
      ],
    });
    expect(differences(dns(1), dns(2))).toEqual(['ports[53/UDP].hostPort: 1 → 2']);
  });

  it('of plain values is one value', () => {
    expect(differences({ args: ['a', 'b'] }, { args: ['b', 'a'] })).toEqual(['args: ["a","b"] → ["b","a"]']);
  });

  it('without merge keys, of mixed things or of lists is one value', () => {
    expect(differences({ l: [{ x: 1 }, { x: 2 }] }, { l: [{ x: 2 }] })).toHaveLength(1);
    expect(differences({ l: [{ name: 'a' }, 1] }, { l: [{ name: 'a' }, 2] })).toHaveLength(1);
    expect(differences({ l: [[1], [2]] }, { l: [[1], [3]] })).toHaveLength(1);
    expect(differences({ l: [{ name: { no: 'key' } }] }, { l: [{ name: null }] })).toHaveLength(1);
  });

  it('inside a list item is compared by its own keys', () => {
    const of = (value: string) => ({
      c: [
        {
          name: 'app',
          env: [
            { name: 'A', value },
            { name: 'B', value: '1' },
          ],
        },
      ],
    });
    expect(differences(of('1'), of('2'))).toEqual(['c[app].env[A].value: "1" → "2"']);
  });
});

describe('leavesOf', () => {
  const leaves = (value: Json) => leavesOf('x', value).map((leaf) => `${leaf.path}=${canonicalJson(leaf.value)}`);

  it('is every value below, list items by their merge key', () => {
    expect(leaves({ a: { b: 1, c: 'd' }, l: [{ name: 'n', v: 1 }] })).toEqual([
      'x.a.b=1',
      'x.a.c="d"',
      'x.l[n].name="n"',
      'x.l[n].v=1',
    ]);
  });

  it('keeps what is empty', () => {
    expect(leaves({ a: {}, b: [], c: null, d: '' })).toEqual(['x.a={}', 'x.b=[]', 'x.c=null', 'x.d=""']);
  });

  it('keeps a list whose items cannot be told apart whole: less of it is something else', () => {
    expect(leaves({ from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }] })).toEqual([
      'x.from=[{"podSelector":{}},{"ipBlock":{"cidr":"10.0.0.0/8"}}]',
    ]);
  });
});

describe('a path', () => {
  it.each([
    'replicas',
    'a.b',
    'app.kubernetes.io/name',
    '',
    '"',
    'a"b\\',
    '[x]',
    '(order)',
    '0',
    'naïve',
    'a b',
    '__proto__',
  ])('leads back to the member %j', (name) => {
    expect(segmentsOf(joinPath(joinPath('', 'spec'), name))).toEqual([{ member: 'spec' }, { member: name }]);
  });

  it.each(['checkout', '80/TCP', '/var/lib/data', 'fp:0123456789ab', 'a]b', '"', 'a b', '', 'order', 'a.b', '[', '\n'])(
    'leads back to the list item %j',
    (name) => {
      const path = joinPath(joinItem('list', name), 'image');
      expect(segmentsOf(path)).toEqual([{ member: 'list' }, { item: name }, { member: 'image' }]);
    },
  );

  it('covers what is inside it and nothing that only begins alike', () => {
    for (const path of ['spec.a', 'spec.a.b', 'spec.a[x]', 'spec.a(order)'])
      expect(isAtOrBelow(path, 'spec.a')).toBe(true);
    for (const path of ['spec.ab', 'spec', 'xspec.a', 'spec."a"']) expect(isAtOrBelow(path, 'spec.a')).toBe(false);
  });

  it('is different for different places', () => {
    const names = ['a', 'a.b', 'a]', 'a[b', '"a"', 'order', '(order)', ''];
    const paths = names.flatMap((name) => [joinPath('x', name), joinItem('x', name)]);
    expect(new Set(paths).size).toBe(paths.length);
  });
});
