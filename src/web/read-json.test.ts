import { describe, expect, test } from 'vitest';
import { readJson } from './read-json.ts';

const read = (text: string) => readJson(Buffer.from(text));

describe('readJson', () => {
  test('reads an object as JSON.parse does', () => {
    expect(read('{"a":[1,"}]\\"",{"b":null}]}')).toEqual({ kind: 'object', value: { a: [1, '}]"', { b: null }] } });
  });

  test('takes brackets and colons in strings for text', () => {
    expect(read(JSON.stringify({ a: '['.repeat(1_000), b: ':'.repeat(600_000) })).kind).toBe('object');
  });

  test.each([String.raw`{"a\\":[":{",{"\"[":"\\\"{"}]}`, String.raw`{"\\\\":"\"\"","b":"]}"}`])(
    'keeps its place in %s',
    (text) => {
      expect(readJson(Buffer.from(text), { depth: 3, keys: 2 })).toEqual({ kind: 'object', value: JSON.parse(text) });
    },
  );

  test.each([
    ['100,000 levels (H17)', '{"a":'.repeat(100_000)],
    ['lists as deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a million keys', `{${Array.from({ length: 1_000_000 }, (_, n) => `"${n}":1`).join(',')}}`],
    ['__proto__', '{"a":[{"__proto__":{"admin":true}}]}'],
    ['__proto__ by escapes', '{"\\u005f\\u005fproto__":{"admin":true}}'],
    ['constructor', '{"a":{"constructor":{"prototype":{}}}}'],
    ['a list', '[]'],
    ['a string', '"{}"'],
    ['null', 'null'],
    ['nothing', ''],
    ['an unfinished string', '{"a":"\\'],
    ['more after it', '{}{}'],
  ])('refuses %s', (_what, text) => {
    expect(read(text).kind).toBe('refused');
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  test('refuses what is not UTF-8 (H5)', () => {
    expect(readJson(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toEqual({
      kind: 'refused',
      why: 'the body is not valid UTF-8',
    });
  });
});
