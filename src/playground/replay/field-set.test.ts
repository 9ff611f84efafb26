import { describe, expect, it } from 'vitest';
import { withoutFields } from './field-set.ts';

describe('taking a manager’s fields out', () => {
  it('takes members, items by key and members of sets, and leaves the rest', () => {
    const value = {
      spec: {
        replicas: 2,
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      },
      metadata: { finalizers: ['one', 'two'] },
    };
    const taken = {
      'f:spec': { 'f:replicas': {}, 'f:containers': { 'k:{"name":"b"}': { '.': {}, 'f:name': {}, 'f:image': {} } } },
      'f:metadata': { 'f:finalizers': { 'v:"two"': {} } },
    };
    expect(withoutFields(value, taken, [])).toEqual({
      spec: { containers: [{ name: 'a', image: 'x' }] },
      metadata: { finalizers: ['one'] },
    });
  });

  it('leaves what another keeps, and an item of which the manager holds a part only', () => {
    const value = { list: [{ name: 'a', x: 1, y: 2 }], kept: 1 };
    const taken = { 'f:list': { 'k:{"name":"a"}': { '.': {}, 'f:x': {} } }, 'f:kept': {} };
    expect(withoutFields(value, taken, [{ 'f:kept': {} }])).toEqual({ list: [{ name: 'a', y: 2 }], kept: 1 });
  });

  it('takes maps and lists that are empty then, but none that were empty before', () => {
    const value = { annotations: { a: '1' }, emptyDir: {}, finalizers: ['x'] };
    const taken = { 'f:annotations': { '.': {}, 'f:a': {} }, 'f:finalizers': { 'v:"x"': {} } };
    expect(withoutFields(value, taken, [])).toEqual({ emptyDir: {} });
  });

  it('does not stumble over fields that are gone or of another shape', () => {
    const taken = { 'f:gone': {}, 'f:text': { 'f:below': {} }, 'f:list': { 'f:member': {} } };
    expect(withoutFields({ text: 'x', list: [1] }, taken, [])).toEqual({ text: 'x', list: [1] });
  });
});
