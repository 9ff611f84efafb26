import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { erase, parsePath, standInOrder, valueAt } from './plan-path.ts';

const pod: JsonObject = {
  metadata: { annotations: { 'example.org/a.b': 'x' } },
  spec: {
    containers: [
      { name: 'web', image: 'web:1', ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] },
      { name: 'log', image: 'log:1' },
    ],
  },
};
const at = (path: string) => valueAt(pod, parsePath(path));

describe('following a path', () => {
  it.each([
    ['spec.containers[log].image', 'log:1'],
    ['metadata.annotations."example.org/a.b"', 'x'],
    ['spec.containers[web].ports[80/UDP].containerPort', 80],
    ['spec.containers[web].ports[80/TCP]', { containerPort: 80 }],
    ['spec.containers[gone].image', undefined],
    ['spec.nothing.below', undefined],
    ['spec.containers.image', undefined],
  ])('%s', (path, value) => {
    expect(at(path)).toEqual(value);
  });

  it('refuses what is no path', () => {
    expect(() => parsePath('spec.containers[open')).toThrow('is not a field path');
    expect(() => parsePath('spec."open')).toThrow('is not a field path');
  });
});

describe('erasing', () => {
  it('takes the field out and nothing else', () => {
    expect(erase(pod, parsePath('spec.containers[web].image'))).toEqual({
      metadata: pod['metadata'],
      spec: {
        containers: [
          { name: 'web', ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] },
          { name: 'log', image: 'log:1' },
        ],
      },
    });
  });

  it('gives the same for an object with a member and one without the map it is in', () => {
    const path = parsePath('metadata.annotations."example.org/a.b"');
    expect(erase(pod, path)).toEqual({ spec: pod['spec'] });
    expect(erase({ metadata: {}, spec: 1 }, path)).toEqual({ spec: 1 });
    expect(erase({ metadata: { name: 'x' } }, path)).toEqual({ metadata: { name: 'x' } });
  });

  it('takes a whole item, and the list with its last item', () => {
    expect(erase({ list: [{ name: 'a' }, { name: 'b' }] }, parsePath('list[a]'))).toEqual({ list: [{ name: 'b' }] });
    expect(erase({ list: [{ name: 'a' }] }, parsePath('list[a]'))).toEqual({});
    expect(erase({ list: [{ name: 'a' }] }, parsePath('list[b]'))).toEqual({ list: [{ name: 'a' }] });
  });
});

it('tells the order of named items', () => {
  const list = parsePath('spec.containers');
  expect(standInOrder(pod, list, ['web', 'log'])).toBe(true);
  expect(standInOrder(pod, list, ['log', 'web'])).toBe(false);
  expect(standInOrder(pod, list, ['web', 'gone'])).toBe(false);
});
