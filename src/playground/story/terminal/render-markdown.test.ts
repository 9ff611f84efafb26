import { expect, test } from 'vitest';
import { renderMarkdown } from './render-markdown.ts';
import { charactersOf, painter } from './spans.ts';

const shown = (markdown: string, width = 60, open = (_summary: string) => true): string =>
  renderMarkdown(markdown, { width, open })
    .map((line) => painter(false)(line).trimEnd())
    .join('\n');

test('a plan reads as it does on the forge, without its marks', () => {
  const body = [
    '**Merging this changes `prod`** — 1 object changed.',
    '',
    '| | environment | create | same | |',
    '|---|---|--:|--:|---|',
    '| ✔ | `prod` on `eu` | 1 | 41 | |',
    '| ⚠ | `staging` | | 7 | see `a¦b` \\| below |',
    '',
    '**Worth knowing**',
    '- one',
    '- two that is long enough to need a second line in sixty characters',
    '',
    '<details><summary><b>prod</b>: 1 to change</summary>',
    '',
    '**change · Deployment `shop/checkout`**',
    '- `spec.replicas`: `2` → `3`',
    '',
    '<details><summary>diff</summary>',
    '',
    '```diff',
    '@@ -1 +1 @@',
    '-replicas: 2',
    '+replicas: 3',
    '```',
    '</details>',
    '',
    '</details>',
    '',
    '<sub>`3fa8c1e` · [plan `7c1f`](http://127.0.0.1/plans/x)</sub>',
    '',
    '<!-- fairlead:plan -->',
  ].join('\n');
  expect(shown(body)).toMatchInlineSnapshot(`
    "Merging this changes prod — 1 object changed.

       environment  create  same
    ─  ───────────  ──────  ────  ───────────────
    ✔  prod on eu        1    41
    ⚠  staging                 7  see a¦b | below

    Worth knowing
    • one
    • two that is long enough to need a second line in sixty
      characters

    ▾ prod: 1 to change
      change · Deployment shop/checkout
      • spec.replicas: 2 → 3

      ▾ diff
        @@ -1 +1 @@
        -replicas: 2
        +replicas: 3

    3fa8c1e · plan 7c1f"
  `);
});

test('a closed section is its summary alone', () => {
  const body = '<details><summary>diff</summary>\n\n```diff\n+a\n```\n</details>\n\nafter';
  expect(shown(body, 60, () => false)).toBe('▸ diff\n\nafter');
});

test('what was made inert reads as what it was', () => {
  expect(shown('\\*not bold\\* a\u200c@b &amp; &#64;c &lt;d&gt; c\u200close #\u200c1')).toBe(
    '*not bold* a@b & @c <d> close #1',
  );
});

test('code keeps its marks, and a fence inside a longer fence is code', () => {
  expect(shown('`` a`b `` and `**x**`')).toBe('a`b and **x**');
  expect(shown('````\n```\n</details>\n````\nend')).toBe('```\n</details>\n\nend');
});

test('no line is wider than asked, not even of a table or a long word', () => {
  const body = `| a | b |\n|---|---|\n| ${'long words here '.repeat(5)} | ${'x'.repeat(50)} |\n\n${'y'.repeat(100)}`;
  const widths = shown(body, 40)
    .split('\n')
    .map((line) => charactersOf(line).length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(40);
});

test('colour only where it is asked for', () => {
  const [line = []] = renderMarkdown('**a** `b`', { width: 60, open: () => true });
  expect(painter(true)(line)).toBe('\u001b[1ma\u001b[0m \u001b[36mb\u001b[0m');
  expect(painter(false)(line)).toBe('a b');
});

test('sections, fences and tables that never end are read to the end', () => {
  expect(shown('<details><summary>a</summary>\n\n```\nb')).toBe('▾ a\n  b');
  expect(shown('| a |\n|---|')).toBe('a\n─');
});
