/** The table is what sigs.k8s.io/yaml v1.6.0 (go.yaml.in/yaml/v2 v2.4.2) answered for each of these, asked by a Go program. */
import { describe, expect, test } from 'vitest';
import { composeDocuments } from './compose.ts';
import { defaultReadLimits } from './limits.ts';
import { repairBudget } from './parse-yaml.ts';

const read = (text: string) => composeDocuments(text, defaultReadLimits, repairBudget());

function valueOf(scalar: string): unknown {
  const result = read(`a: ${scalar}\n`);
  if (result.kind === 'problem') return result.problem.code;
  const [document] = result.documents;
  return document?.value;
}

const asKubectl: Readonly<Record<string, unknown>> = {
  // booleans of YAML 1.1, and what only looks like them
  NO: false,
  no: false,
  No: false,
  n: false,
  N: false,
  y: true,
  Y: true,
  Yes: true,
  YES: true,
  yEs: 'yEs',
  on: true,
  On: true,
  ON: true,
  oN: 'oN',
  off: false,
  Off: false,
  OFF: false,
  true: true,
  True: true,
  TRUE: true,
  tRue: 'tRue',
  false: false,
  // nothing
  '~': null,
  null: null,
  Null: null,
  NULL: null,
  nULL: 'nULL',
  '': null,
  // integers
  '0644': 420,
  '0o644': 420,
  '0O644': 420,
  '0x1F': 31,
  '0X1f': 31,
  '0b101': 5,
  '0B101': 5,
  '-0b11': -3,
  '+0b11': 3,
  '1_000': 1000,
  _1000: '_1000',
  '1__0': 10,
  '1_': 1,
  '0_7': 7,
  '0x_1': 1,
  '-0644': -420,
  '+12': 12,
  '-12': -12,
  '08': 8,
  '09': 9,
  '00': 0,
  '0': 0,
  '-0': 0,
  '+0': 0,
  '012_3': 83,
  '0777': 511,
  '0888': 888,
  '0o888': '0o888',
  '0x1G': '0x1G',
  '0b12': '0b12',
  '0b1_0': 2,
  '-0x1F': -31,
  '+0x1F': 31,
  '-0o17': -15,
  '+0o17': 15,
  '0x': '0x',
  '0b': '0b',
  '0o': '0o',
  '+_1': 1,
  '-_1': -1,
  '20010101': 20010101,
  '9007199254740991': 9007199254740991,
  // floats
  '1e3': 1000,
  '1E3': 1000,
  '1e+3': 1000,
  '1.5': 1.5,
  '1.': 1,
  '+1.5': 1.5,
  '-.5': -0.5,
  '.5': 0.5,
  '.5e3': 500,
  '+.5': 0.5,
  '1_0.5': 10.5,
  '1._5': 1.5,
  '._5': '._5',
  '.1_5': 0.15,
  '.__1': '.__1',
  '1e': '1e',
  '1e400': '1e400',
  '1e-400': 0,
  '1e309': '1e309',
  '1e20': 100000000000000000000,
  '1e21': 1e21,
  '1.0': 1,
  '01.5': 1.5,
  '08.5': 8.5,
  '1e3_0': 1e30,
  '1_e3': 1000,
  '0e0': 0,
  '1E-3': 0.001,
  // what stays text
  '1:30': '1:30',
  '190:20:30': '190:20:30',
  '2001-12-14': '2001-12-14',
  '2001-12-14T21:59:43.10-05:00': '2001-12-14T21:59:43.10-05:00',
  '2001-12-14 21:59:43.10': '2001-12-14 21:59:43.10',
  '.': '.',
  '..': '..',
  '...a': '...a',
  '+': '+',
  '-x': '-x',
  '+x': '+x',
  NaN: 'NaN',
  inf: 'inf',
  Infinity: 'Infinity',
  '.Infinity': '.Infinity',
  '.e5': '.e5',
  '.0x1p4': '.0x1p4',
  '0x1.8p1': '0x1.8p1',
  '1,000': '1,000',
  '1 000': '1 000',
  '1.2.3': '1.2.3',
  '100m': '100m',
  '10%': '10%',
  '1Gi': '1Gi',
  '1-2': '1-2',
  '=': '=',
  '<<': '<<',
  v1: 'v1',
  _: '_',
  // quotes and blocks
  "'NO'": 'NO',
  '"NO"': 'NO',
  '""': '',
  "'~'": '~',
  '|\n  NO': 'NO\n',
  '>-\n  NO': 'NO',
  // tags
  '!!str NO': 'NO',
  '!!str 0644': '0644',
  '!!int "3"': 3,
  '!!int 0644': 420,
  '!!float 3': 3,
  '!!float "3.5"': 3.5,
  '!!float 0x10': 16,
  '!!bool yes': true,
  '!!bool "yes"': true,
  "!!null ''": null,
  '!!null ~': null,
  '!!binary aGVsbG8=': 'hello',
  '!!timestamp 2001-12-14': '2001-12-14',
  '! 12': '12',
  '! NO': 'NO',
  '!!str': '',
  '!<tag:yaml.org,2002:str> 12': '12',
  '!!seq [1]': [1],
  '!!map {a: 1}': { a: 1 },
};

test.each(Object.entries(asKubectl))('%j means what kubectl takes it for', (scalar, expected) => {
  expect(valueOf(scalar)).toEqual({ a: expected });
});

describe('what JSON or a number cannot hold is refused, not bent', () => {
  test.each([
    '.inf',
    '-.inf',
    '+.INF',
    '.nan',
    '.NaN',
    '9007199254740992',
    '9007199254740993',
    '9223372036854775807',
    '18446744073709551616',
    '-9223372036854775809',
    '0xFFFFFFFFFFFFFFFF',
    '123456789012345678901234567890',
    '!!int 1.5',
    '!!float x',
    '!!bool 1',
    '!!null x',
    '!!binary /w==',
    "!!binary '!!'",
    '!foo 12',
    "!!js/function 'x'",
    '!!set {a, b}',
    '!!omap [a: 1]',
    '!foo [1]',
    '!!str [1]',
    '!!map [1]',
  ])('%s', (scalar) => {
    expect(valueOf(scalar)).toBe('yaml-unsupported-tag');
  });

  test('the message does not quote the value, which may be a secret', () => {
    const result = read('password: 12345678901234567890\n');
    expect(JSON.stringify(result)).not.toContain('12345678901234567890');
  });
});

describe('keys', () => {
  test.each([
    ['y: 1', { true: 1 }],
    ['on: push', { true: 'push' }],
    ['1: x', { '1': 'x' }],
    ['0644: x', { '420': 'x' }],
    ['2001-01-01: x', { '2001-01-01': 'x' }],
    ['? a', { a: null }],
    ['{a:1}', { 'a:1': null }],
    ['&k a: 1\nb: *k', { a: 1, b: 'a' }],
    ['constructor: 1', { constructor: 1 }],
  ])('%j', (text, expected) => {
    expect(read(`${text}\n`)).toMatchObject({ documents: [{ value: expected }] });
  });

  test.each(['null: x', '~: x', '1.10: x', '? [a]\n: 1', '? {a: 1}\n: 1', '__proto__: {polluted: true}'])(
    '%j is refused',
    (text) => {
      expect(read(`${text}\n`)).toMatchObject({ problem: { code: 'yaml-malformed' } });
      expect({}).not.toHaveProperty('polluted');
    },
  );

  test.each([
    ['a: 1\na: 2', 2],
    ['a:\n  b: 1\n  c: 1\n  b: 2', 4],
    ['1: a\n"1": b', 2],
    ['true: a\nyes: b', 2],
    ['{a: 1, a: 2}', 1],
  ])('%j has a duplicate', (text, line) => {
    expect(read(text)).toMatchObject({ problem: { code: 'yaml-duplicate-key', place: { line } } });
  });
});

describe('merge keys', () => {
  test.each([
    ['b: &b {a: 1, c: 3}\nx:\n  <<: *b\n  a: 2', { a: 2, c: 3 }],
    ['b: &b {a: 1}\nd: &d {a: 5, e: 6}\nx:\n  <<: [*b, *d]\n  q: 1', { a: 1, e: 6, q: 1 }],
    ['b: &b {a: 1}\nd: &d {a: 5, e: 6}\nx:\n  <<: [*d, *b]', { a: 5, e: 6 }],
    ['x:\n  <<: {a: 1}\n  b: 2', { a: 1, b: 2 }],
    ['b: &b {a: 1}\nd: &d {c: 5}\nx:\n  <<: *b\n  <<: *d', { a: 1, c: 5 }],
    ['b: &b {a: {p: 1, q: 1}}\nx:\n  <<: *b\n  a: {p: 2}', { a: { p: 2 } }],
    ['b: &b {a: 1}\nc: &c\n  <<: *b\n  d: 1\nx:\n  <<: *c', { a: 1, d: 1 }],
    ['x:\n  "<<": {a: 1}', { '<<': { a: 1 } }],
    ['x:\n  !!merge <<: {a: 1}', { a: 1 }],
    ['x:\n  <<: []\n  a: 1', { a: 1 }],
  ])('%j', (text, expected) => {
    expect(read(`${text}\n`)).toMatchObject({ documents: [{ value: { x: expected } }] });
  });

  test.each(['x:\n  <<: 1', 'b: &b [1]\nx:\n  <<: *b', 'b: &b {a: 1}\nx:\n  <<: [[*b]]', 'x:\n  <<: null'])(
    '%j is refused',
    (text) => {
      expect(read(`${text}\n`)).toMatchObject({ problem: { code: 'yaml-malformed' } });
    },
  );

  test('a key above the merge that brings it too is refused: kubectl and YAML disagree about it', () => {
    expect(read('b: &b {a: 1}\nx:\n  a: 2\n  <<: *b\n')).toMatchObject({
      problem: { code: 'yaml-duplicate-key', place: { line: 4 } },
    });
  });
});
