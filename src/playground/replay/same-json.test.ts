import { describe, expect, it } from 'vitest';
import { asPlanned, differencesOf, sameJson } from './same-json.ts';

it('compares members in any order and lists in theirs', () => {
  expect(sameJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(sameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(sameJson({ a: 1 }, { a: '1' })).toBe(false);
  expect(sameJson(undefined, null)).toBe(false);
  expect(sameJson({ a: undefined }, {})).toBe(true);
});

describe('as planned', () => {
  const fp = 'fp:0123456789ab';
  it.each([
    ['the same', 'the same', true],
    ['the same', 'another', false],
    [fp, 'hunter2', true],
    [fp, undefined, false],
    [`password=${fp}\nuser=ada\n`, 'password=hunter2\nuser=ada\n', true],
    [`password=${fp}\nuser=ada\n`, 'password=hunter2\nuser=bob\n', false],
    [`a ${fp} b ${fp} c`, 'a 1 b 2 c', true],
    [`a ${fp} b ${fp} c`, 'a 1 c', false],
    [{ data: { key: fp } }, { data: { key: 'aGk=' } }, true],
    [{ data: { key: fp } }, { data: { key: 'aGk=', more: 'x' } }, false],
    [{ password: fp }, { password: 1234 }, true],
    [[fp], ['a', 'b'], false],
    [undefined, undefined, true],
    [undefined, 'there', false],
  ])('%j found as %j: %s', (planned, found, expected) => {
    expect(asPlanned(planned, found)).toBe(expected);
  });
});

it('names the first places that differ', () => {
  expect(differencesOf({ a: { b: [1, 2] }, c: 1 }, { a: { b: [1, 3] }, d: 1 })).toEqual([
    { path: 'a.b[1]', one: 2, other: 3 },
    { path: 'c', one: 1, other: undefined },
    { path: 'd', one: undefined, other: 1 },
  ]);
  expect(differencesOf({ a: 1, b: 1 }, { a: 2, b: 2 }, 1)).toHaveLength(1);
});
