import { expect, it } from 'vitest';
import { fenced } from './inert.ts';
import { splitComment, type CommentSection } from './split-comment.ts';

const link = 'https://fairlead.example/plan/abc';
const section = (summary: string, ...blocks: string[]): CommentSection => ({ summary, blocks });
const block = (name: string, size: number) =>
  `**${name}**\n<details><summary>diff</summary>\n\n${fenced('+x'.repeat(size), 'diff')}\n</details>`;
const count = (text: string, what: RegExp) => (text.match(what) ?? []).length;

/** Whatever is given: parts within the limit, sections closed, every block there once or counted. */
function checked(
  head: string,
  sections: readonly CommentSection[],
  footer: string,
  characters: number,
  parts = 3,
): readonly string[] {
  const split = splitComment(head, sections, footer, link, { characters, parts });
  const all = split.join('\n');
  expect(split.length).toBeLessThanOrEqual(parts);
  for (const part of split) {
    expect(part.length).toBeLessThanOrEqual(characters);
    expect(count(part, /<details>/g)).toBe(count(part, /<\/details>/g));
    expect(count(part, /^```/gm) % 2).toBe(0);
  }
  const blocks = sections.flatMap((one) => one.blocks);
  const there = blocks.filter((one) => all.includes(`\n${one}\n`)).length;
  const left = Number(/\*\*(\d+) more objects? do/.exec(all)?.[1] ?? 0);
  expect(there + left).toBe(blocks.length);
  return split;
}

it('is one comment where it fits: head, sections, footer', () => {
  expect(
    checked('head', [section('<b>prod</b>', 'one', 'two'), section('drift', 'three')], '<sub>foot</sub>', 5_000),
  ).toEqual([
    'head\n\n<details><summary><b>prod</b></summary>\n\none\n\ntwo\n\n</details>\n\n<details><summary>drift</summary>\n\nthree\n\n</details>\n\n<sub>foot</sub>',
  ]);
});

it('is head and footer alone where there is nothing more', () => {
  expect(checked('head', [], 'foot', 5_000)).toEqual(['head\n\nfoot']);
  expect(checked('head', [section('empty')], '', 5_000)).toEqual(['head']);
});

it('goes on in another comment, with the section opened again', () => {
  const [first = '', second = ''] = checked(
    'head',
    [section('<b>prod</b>', block('a', 600), block('b', 600))],
    'foot',
    2_000,
  );
  expect(first).toContain('**a**');
  expect(first.endsWith('foot')).toBe(true);
  expect(second).toMatch(/^\*continued from the comment above\*\n\n<details><summary><b>prod<\/b><\/summary>\n/);
  expect(second).toContain('**b**');
});

it('counts what does not fit and links it', () => {
  const blocks = Array.from({ length: 5_000 }, (_, index) => block(`object ${index}`, 20));
  const split = checked('head', [section('prod', ...blocks)], 'foot', 5_000);
  expect(split).toHaveLength(3);
  expect(split[2]).toMatch(
    /\*\*\d+ more objects do not fit into comments here\*\*: \[the full plan has them\]\(https:/,
  );
});

it('leaves out one block that is too long for any comment, and nothing else', () => {
  const [first = ''] = checked(
    'head',
    [section('prod', block('a', 10), block('huge', 50_000), block('b', 10))],
    'foot',
    5_000,
  );
  expect(first).toContain('**a**');
  expect(first).toContain('**b**');
  expect(first).toContain('**1 more object does not fit');
});

it('cuts a head that is too long between its lines, and says so', () => {
  const head = ['verdict', ...Array.from({ length: 500 }, (_, index) => `- line ${index}`)].join('\n');
  const [first = ''] = checked(head, [section('prod', 'one')], 'foot', 3_000);
  expect(first.startsWith('verdict\n- line 0\n')).toBe(true);
  expect(first).toMatch(/\*\*\d+ more lines do not fit here\*\*/);
  expect(first).toContain('\none\n');
});

it('holds for any sizes', () => {
  let seed = 11;
  const random = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % limit;
  };
  for (let round = 0; round < 200; round += 1) {
    const sections = Array.from({ length: random(6) }, (_, at) =>
      section(
        `section ${at}`,
        ...Array.from({ length: random(12) }, (_, index) => block(`r${round} s${at} b${index}`, random(700))),
      ),
    );
    checked('h'.repeat(random(400)), sections, 'f'.repeat(random(200)), 1_500 + random(1_500), 1 + random(4));
  }
});
