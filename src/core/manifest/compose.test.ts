import { describe, expect, test } from 'vitest';
import { composeDocuments } from './compose.ts';
import { defaultReadLimits } from './limits.ts';
import { repairBudget } from './parse-yaml.ts';

const read = (text: string, limits = defaultReadLimits) => composeDocuments(text, limits, repairBudget());

describe('brackets and quotes that go on at the left, as kubectl allows', () => {
  test.each([
    ['a:\n  b: [\n    "x"\n  ]\nc: 1\n', { a: { b: ['x'] }, c: 1 }],
    ['a: {\n"b": 1\n}\n', { a: { b: 1 } }],
    ['a: {\n\tb: 1}\n', { a: { b: 1 } }],
    ['- b: {\n  x: 1\n}\n', [{ b: { x: 1 } }]],
    ['a: "x\ny"\n', { a: 'x y' }],
    ["a: 'x\n\n  y'\n", { a: 'x\ny' }],
    ['a: "x\\\n   y"\n', { a: 'xy' }],
    ['a: [\r\n1,\r\n2\r\n]\r\n', { a: [1, 2] }],
    ['{\n\t"a": {\n\t\t"b": [\n\t\t\t1\n\t\t]\n\t}\n}', { a: { b: [1] } }],
    ['{"a": "\\ud83d\\ude00\\/"}', { a: '😀/' }],
  ])('%j', (text, expected) => {
    expect(read(text)).toMatchObject({ kind: 'composed', documents: [{ value: expected }] });
  });

  test('lines stay what they were', () => {
    expect(read('a: [\n1\n]\nb: 1\nb: 2\n')).toMatchObject({
      problem: { code: 'yaml-duplicate-key', place: { line: 5 } },
    });
  });

  test('a file full of them costs no more than the budget', () => {
    const text = `a: [\n${'1,\n'.repeat(100_000)}]\n`;
    const started = performance.now();
    expect(read(text)).toMatchObject({ problem: { code: 'yaml-malformed' } });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('malformed', () => {
  test.each([
    ['a:\n\tb: 1\n', 'yaml-tab', 2, 'Indent with spaces.'],
    ['a:\n  b: 1\n\tc: 2\n', 'yaml-tab', 3, 'Indent with spaces.'],
    ['a: 1\n b: 2\n', 'yaml-malformed', 2, 'Line the keys of one mapping up in one column.'],
    ['a: b: c\n', 'yaml-malformed', 1, 'Put a value that contains a colon and a blank in quotes.'],
    ['a: @x\n', 'yaml-malformed', 1, 'Put a value that begins with @, %, &, * or a backtick in quotes.'],
    [
      'a: {{ .Values.x }}-y\n',
      'yaml-malformed',
      1,
      'This looks like a Helm template: commit the rendered YAML, or use kustomize.',
    ],
    ['a:\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> x\n', 'yaml-malformed', 2, 'Resolve the conflict.'],
    ['{"a":1}\n{"b":2}\n', 'yaml-malformed', 2, 'Put a line --- between two JSON objects.'],
    ['a: *nope\n', 'yaml-malformed', 1, 'Put the value in quotes if it should begin with *.'],
    ['a: "\\ud83d"\n', 'yaml-malformed', 1, 'Write the character itself.'],
    ['a: x\u0000\n', 'file-not-utf8', 1, undefined],
    ['a: {x: 1\n', 'yaml-malformed', undefined, undefined],
  ])('%j', (text, code, line, fix) => {
    const result = read(text);
    expect(result).toMatchObject({ problem: { code } });
    if (result.kind !== 'problem') return;
    if (line !== undefined) expect(result.problem.place.line).toBe(line);
    if (fix !== undefined) expect(result.problem.fix).toBe(fix);
  });
});

describe('limits', () => {
  test('billion laughs', () => {
    let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let level = 1; level < 10; level++) {
      text += `a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]\n`;
    }
    expect(read(text)).toMatchObject({ problem: { code: 'yaml-alias-limit' } });
  });

  test('the same by merge keys', () => {
    const wide = Array.from({ length: 1000 }, (_, index) => `k${index}: 1`).join(', ');
    const text = `b: &b {${wide}}\nx:\n${'- <<: *b\n'.repeat(900)}`;
    expect(read(text)).toMatchObject({ problem: { code: 'yaml-alias-limit' } });
  });

  test('too many aliases', () => {
    expect(read(`a: &a 1\nb: [${'*a,'.repeat(1001)}]`)).toMatchObject({ problem: { code: 'yaml-alias-limit' } });
    expect(read(`a: &a 1\nb: [${'*a,'.repeat(1000)}]`)).toMatchObject({ kind: 'composed' });
  });

  test('an anchor that contains itself', () => {
    expect(read('a: &x [*x]')).toMatchObject({ problem: { code: 'yaml-alias-limit' } });
    expect(read('x: &x 1\na: &x [*x]')).toMatchObject({ problem: { code: 'yaml-alias-limit' } });
  });

  test('depth, with and without aliases', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(read(nested(99))).toMatchObject({ kind: 'composed' });
    expect(read(nested(101))).toMatchObject({ problem: { code: 'yaml-too-deep' } });
    expect(read(`a: &a ${nested(60)}\nb: ${'['.repeat(60)}*a${']'.repeat(60)}`)).toMatchObject({
      problem: { code: 'yaml-too-deep' },
    });
  });
});
