import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { configMap, deployment } from '../test-support.ts';
import { lineEdits } from './line-edits.ts';
import { unifiedDiff } from './text.ts';

const unlimited = 100_000_000;
const yaml = (object: JsonObject) => dump(object, { lineWidth: -1, noRefs: true, sortKeys: true }).trimEnd();

describe('a diff', () => {
  let folder = '';
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'fairlead-diff-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What the program `patch` makes of it. */
  function patched(before: JsonObject | undefined, diff: string): string {
    const file = join(folder, 'object.yaml');
    writeFileSync(file, before === undefined ? '' : `${yaml(before)}\n`);
    execFileSync('patch', ['--quiet', '--fuzz=0', file], { input: `--- a\n+++ b\n${diff}\n` });
    return readFileSync(file, 'utf8').trimEnd();
  }

  const list = (count: number, change: (index: number) => string | undefined) =>
    configMap('a', {
      list: Array.from({ length: count }, (_, index) => change(index)).filter((line) => line !== undefined),
    });
  it.each<[string, JsonObject | undefined, JsonObject]>([
    ['a changed field', deployment('a', 'a:1'), deployment('a', 'a:2')],
    ['a new object', undefined, deployment('a', 'a:1')],
    ['a change of the first line', { a: 1, b: 2 }, { a: 2, b: 2 }],
    ['a change of the last line', { a: 1, b: 2 }, { a: 1, b: 3 }],
    ['lines put in front', { m: 1 }, { a: 1, m: 1 }],
    ['lines put behind', { m: 1 }, { m: 1, z: 1 }],
    ['changes far apart', list(60, (at) => `line ${at}`), list(60, (at) => (at % 20 === 3 ? undefined : `line ${at}`))],
    [
      'changes close together',
      list(60, (at) => `line ${at}`),
      list(60, (at) => (at % 6 === 3 ? `new ${at}` : `line ${at}`)),
    ],
    [
      'text with odd lines',
      configMap('a', { t: '--- a\n+++ b\n@@ -1 +1 @@\n' }),
      configMap('a', { t: '--- a\n@@ -1 +1 @@\n\\ x\n' }),
    ],
    [
      'strings that look like other types',
      configMap('a', { a: 'yes', b: '0644' }),
      configMap('a', { a: 'no', b: '1e3', c: '~' }),
    ],
    ['everything', { a: 1 }, { b: 2 }],
  ])('applies with patch: %s', (_, before, after) => {
    expect(patched(before, unifiedDiff(before, after, unlimited))).toBe(yaml(after));
  });

  it('applies with patch where an object goes away', () => {
    expect(patched(deployment('a', 'a:1'), unifiedDiff(deployment('a', 'a:1'), undefined, unlimited))).toBe('');
  });

  it('applies with patch when the texts are large and differ a lot', () => {
    const before = list(6_000, (at) => `item ${at % 3_100} ${at % 7}`);
    const after = list(6_000, (at) => `item ${(at * 17) % 3_300} ${at % 5}`);
    expect(patched(before, unifiedDiff(before, after, unlimited))).toBe(yaml(after));
  });
});

it('shows three lines of context', () => {
  const before = { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 };
  expect(unifiedDiff(before, { ...before, e: 2 }, unlimited)).toMatchInlineSnapshot(`
    "@@ -2,7 +2,7 @@
     b: 1
     c: 1
     d: 1
    -e: 1
    +e: 2
     f: 1
     g: 1
     h: 1"
  `);
});

it('is empty for equal objects, whatever the order of their keys', () => {
  expect(unifiedDiff({ a: 1, b: [1] }, { b: [1], a: 1 }, unlimited)).toBe('');
});

it('says how many lines it leaves out', () => {
  const before = configMap('a', { list: Array.from({ length: 100 }, (_, at) => `line ${at}`) });
  const after = configMap('a', { list: Array.from({ length: 100 }, (_, at) => (at % 20 === 0 ? 'x' : `line ${at}`)) });
  const whole = unifiedDiff(before, after, unlimited);
  const cut = unifiedDiff(before, after, 150);
  const shown = cut.split('\n').filter((line) => !/^[@#]/.test(line)).length;
  const all = whole.split('\n').filter((line) => !line.startsWith('@')).length;
  expect(shown).toBeGreaterThan(0);
  expect(cut).toContain(`# ${all - shown} more lines left out: the diff is longer than 150 characters`);
});

it('shows the beginning of a new object that is longer than the limit', () => {
  const cut = unifiedDiff(undefined, configMap('a', { text: 'line\n'.repeat(1_000) }), 200);
  expect(cut).toMatch(/^@@ -0,0 \+1,(\d+) @@\n\+apiVersion: v1/);
  const [, counted] = /\+1,(\d+)/.exec(cut) ?? [];
  expect(cut.split('\n').filter((line) => line.startsWith('+'))).toHaveLength(Number(counted));
  expect(cut.length).toBeLessThan(320);
  expect(cut).toMatch(/# \d+ more lines left out/);
});

it('takes undefined members for absent', () => {
  expect(unifiedDiff({ a: 1, b: undefined }, { a: 1 }, unlimited)).toBe('');
});

describe('lineEdits', () => {
  const rebuilt = (old: readonly string[], now: readonly string[]) => {
    const result: string[] = [];
    let at = 0;
    for (const edit of lineEdits(old, now)) {
      expect(edit.oldFrom).toBeGreaterThanOrEqual(at);
      result.push(...old.slice(at, edit.oldFrom), ...now.slice(edit.newFrom, edit.newTo));
      at = edit.oldTo;
    }
    return [...result, ...old.slice(at)];
  };
  let seed = 7;
  const random = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % limit;
  };

  it('leads from one text to the other', () => {
    for (let round = 0; round < 300; round += 1) {
      const text = () => Array.from({ length: random(12) }, () => `line ${random(5)}`);
      const [old, now] = [text(), text()];
      expect(rebuilt(old, now)).toEqual(now);
    }
  });

  it('does so for texts too large for the exact way', () => {
    const old = Array.from({ length: 5_000 }, () => `line ${random(6_000)}`);
    const now = old.flatMap((line) => (random(3) === 0 ? [`new ${random(9_000)}`] : random(9) === 0 ? [] : [line]));
    expect(rebuilt(old, now)).toEqual(now);
    const other = Array.from({ length: 5_000 }, () => `other ${random(4)}`);
    expect(rebuilt(old, other)).toEqual(other);
  });

  it('finds the one changed line of a large text', () => {
    const old = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
    const now = old.with(10_000, 'new');
    expect(lineEdits(old, now)).toEqual([{ oldFrom: 10_000, oldTo: 10_001, newFrom: 10_000, newTo: 10_001 }]);
  });
});
