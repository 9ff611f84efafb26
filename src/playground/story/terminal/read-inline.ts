/** Markdown inside a line, as GitHub reads it: emphasis, code, links, escapes, the few HTML tags comments use. Not a full reader: enough for our comments. */
import { span, type Look, type Span } from './spans.ts';

const tags: Readonly<Record<string, Look>> = { b: 'bold', strong: 'bold', i: 'italic', em: 'italic', sub: 'dim' };
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

const patterns = {
  code: /(?<fence>`+)(?<code>[^`]|[^`][\s\S]*?[^`])\k<fence>(?!`)/y,
  escape: /\\(?<literal>[!-/:-@[-`{-~])/y,
  emphasis: /\*\*|\*(?=\S)|(?<=\S)\*/y,
  link: /!?\[(?<text>[^\]]*)\]\((?<url>[^)\s]*)\)/y,
  tag: /<(?<end>\/?)(?<tag>[a-z]+)>/y,
  entity: /&(?:#(?<number>\d+)|(?<entity>[a-z]+));/y,
} as const;

/** The text of a line with its looks. Links are their text, for a terminal has no place for the address. */
export function readInline(markdown: string, outer: readonly Look[] = []): readonly Span[] {
  const text = markdown.replaceAll(/<!--[\s\S]*?-->/g, '').replaceAll('\u200c', '');
  const spans: Span[] = [];
  const open = new Set<Look>(outer);
  let plain = '';
  const flush = (): void => {
    if (plain !== '') spans.push({ text: plain, looks: [...open] });
    plain = '';
  };
  const toggle = (look: Look, on = !open.has(look)): void => {
    flush();
    if (on) open.add(look);
    else open.delete(look);
  };
  let at = 0;
  while (at < text.length) {
    const found = tokenAt(text, at);
    if (found === undefined) {
      plain += text.charAt(at);
      at += 1;
      continue;
    }
    at += found.token.length;
    const { code, end, entity, literal, number, tag, text: label } = found.groups;
    if (code !== undefined) {
      flush();
      spans.push(span(unpadded(code), ...open, 'code'));
    } else if (label !== undefined) {
      flush();
      spans.push(...readInline(label, [...open]));
    } else if (tag !== undefined) {
      const look = tags[tag];
      if (look !== undefined) toggle(look, end === '');
    } else if (literal !== undefined) plain += literal;
    else if (number !== undefined) plain += String.fromCodePoint(Number(number));
    else if (entity !== undefined) plain += entities[entity] ?? found.token;
    else toggle(found.token === '**' ? 'bold' : 'italic');
  }
  flush();
  return spans;
}

interface Token {
  readonly token: string;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const pattern of Object.values(patterns)) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { token: match[0], groups: match.groups ?? {} };
  }
  return undefined;
}

/** One space on both sides belongs to the fence. */
function unpadded(code: string): string {
  return /^ .*[^ ].* $/s.test(code) ? code.slice(1, -1) : code;
}
