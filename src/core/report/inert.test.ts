import { describe, expect, it } from 'vitest';
import { cell, clipped, code, fenced, htmlText, inert } from './inert.ts';

/** What people read, without the joints that break references. */
const read = (text: string) => text.replaceAll('\u200c', '');

describe('inert', () => {
  it.each([
    'ConfigMap "x" is invalid',
    'spec.replicas',
    'spec.template.spec.containers(order)',
    'deployments.apps "my_app_v2" not found',
    'apps/my_service/base_file.yaml:9',
    'the connection was closed: EOF; it was fixed by nobody',
    'Invalid value: 5: must be less than 3 (100% of 3)',
    'ghcr.io/acme/shop@sha256:abc',
    'cannot create resource "pods" in API group ""',
    'a > b, x => y, 1 + 1 = 2!',
    'name: "Ünïcödé 😀"',
  ])('leaves ordinary words as they are: %s', (text) => {
    expect(inert(text)).toBe(text);
  });

  it('keeps what stands between backticks as code', () => {
    expect(read(inert('set `spec.x[y]` to `a*b`, not ``c``'))).toBe('set `spec.x[y]` to `a*b`, not \\`\\`c\\`\\`');
  });

  it('makes addresses code, so that they link nowhere and can be copied', () => {
    expect(inert('Post "https://hook.svc:443/x?timeout=10s": refused')).toBe(
      'Post "`https://hook.svc:443/x?timeout=10s`": refused',
    );
    expect(inert('[x](http://evil.example)')).toBe('\\[x](`http://evil.example`)');
  });

  it.each([
    ['a mention', '@acme/everyone look', /@\w/],
    ['a mention after a bracket', '(@ann)', /@\w/],
    ['an issue', 'see #123 and a/b#4', /#\d/],
    ['a merge request', 'see !12', /!\d/],
    ['an issue by letters', 'see GH-12', /GH-\d/],
    ['a closing keyword', 'fixes #1, Closes: #2 and resolved a/b#3', /\b(?:fixes|Closes|resolved)\b/],
    ['a picture', '![x](https://evil/x.png)', /!\[/],
    ['an HTML picture', '<img src=https://evil/x.png>', /(?<!\\)</],
    ['a comment', '<!-- hidden -->', /(?<!\\)<!--/],
    ['the end of a section', '</details>', /(?<!\\)<\//],
    ['an entity', '&lt;b&gt;', /&(?!amp;)/],
    ['a link', '[x](javascript:alert(1))', /(?<!\\)\[/],
    ['a command', '/approve', /^\//],
    ['a heading', '# big', /^#/],
    ['a quote', '> x', /^>/],
    ['a list', '- x', /^-/],
    ['a numbered list', '1. x', /^\d/],
    ['emphasis', '**x** _y_ ~z~', /(?<!\\)[*~]|(?<!\\)_/],
    ['a table cell', 'a|b', /(?<!\\)\|/],
    ['a bare address', 'www.evil.example ftp://evil', /www\.|ftp:\/\//],
    ['reversed text', 'a\u202eb\u200bc', /[\u202e\u200b]/],
  ])('breaks %s', (_, text, active) => {
    expect(inert(text)).not.toMatch(active);
  });

  it('breaks colours', () => {
    expect(inert('\u001b[31mred')).toBe('\\[31mred');
  });

  it('is one line', () => {
    expect(inert('a\nb\r\n/approve\n\n# c\u2028d')).toMatch(/^a b \/approve # cd$/);
  });

  it('leaves no odd backtick that could open code', () => {
    for (const text of ['a ` b', '` `` ```', '`https://x.example/`y`', 'x`https://x.example', '`a`b`']) {
      const outside = read(inert(text)).replace(/\\`/g, '');
      expect((outside.match(/`/g) ?? []).length % 2).toBe(0);
    }
  });

  it('is at most 1,000 characters long, and says how long it was', () => {
    expect(inert('x'.repeat(5_000))).toBe(`${'x'.repeat(1_000)}… (5000 characters)`);
  });
});

describe('code', () => {
  it.each([
    ['a', '`a`'],
    ['', '` `'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['``` x', '```` ``` x ````'],
    ['@org #1 <b>', '`@org #1 <b>`'],
    ['two\nlines', '`two lines`'],
  ])('%j is %s', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it('shows characters that are not seen', () => {
    expect(code('shop\u200b')).toBe('`shop⟨U+200B⟩`');
    expect(code('\u202etxt.exe\u0007')).toBe('`⟨U+202E⟩txt.exe⟨U+0007⟩`');
  });

  it('cuts a name of 4 kB between characters', () => {
    const long = code('😀'.repeat(2_000));
    expect(long.length).toBeLessThan(450);
    expect(long.isWellFormed()).toBe(true);
  });

  it('holds no pipe inside a table', () => {
    expect(cell('a|b')).toBe('`a¦b`');
  });
});

describe('fenced', () => {
  it.each(['```', '~~~', '````````', '</details>', '<!-- x', '@org fixes #1', '/approve', 'a\n```js\nb'])(
    'holds %j',
    (text) => {
      const block = fenced(`+${text}`, 'diff');
      const fence = /^`+/.exec(block)?.[0] ?? '';
      expect(block.startsWith(`${fence}diff\n`)).toBe(true);
      expect(block.endsWith(`\n${fence}`)).toBe(true);
      expect(block.slice(fence.length, -fence.length)).not.toContain(fence);
    },
  );

  it('has no line that begins with a slash, and no hidden characters', () => {
    const block = fenced('/approve\n+x\u202e\n/close', '');
    expect(block).not.toMatch(/^\//m);
    expect(block).toContain('⟨U+202E⟩');
  });
});

it('htmlText neither ends the element nor mentions anybody', () => {
  const text = htmlText(`</summary><img src="x"> @org #12 &amp; 'q'\u202e`);
  expect(text).not.toMatch(/[<>"'\u202e]|@\w|(?<!&)#\d/);
});

it('clipped never cuts a character in half', () => {
  for (let limit = 0; limit < 9; limit += 1) expect(clipped('a😀b😀c', limit).isWellFormed()).toBe(true);
  expect(clipped('abc', 3)).toBe('abc');
});
