/** Text with looks: what a comment's Markdown becomes before it meets a terminal. Colour is decided at the very end, so that widths are those of the text. */

export type Look = 'bold' | 'dim' | 'italic' | 'code' | 'added' | 'removed' | 'place' | 'good' | 'bad';

export interface Span {
  readonly text: string;
  readonly looks: readonly Look[];
}

export type Line = readonly Span[];

export function span(text: string, ...looks: readonly Look[]): Span {
  return { text, looks };
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** As people count them. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Places it takes in a terminal, near enough: one for each character. */
export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + charactersOf(text).length, 0);
}

/** SGR parameters (ECMA-48). */
const codes: Readonly<Record<Look, string>> = {
  bold: '1',
  dim: '2',
  italic: '3',
  code: '36',
  added: '32',
  removed: '31',
  place: '35',
  good: '32',
  bad: '31',
};

export type Paint = (line: Line) => string;

/** @param colour false: the text alone */
export function painter(colour: boolean): Paint {
  return (line) => line.map(({ looks, text }) => (colour ? painted(text, looks) : text)).join('');
}

function painted(text: string, looks: readonly Look[]): string {
  if (looks.length === 0 || text.trim() === '') return text;
  return `\u001b[${looks.map((look) => codes[look]).join(';')}m${text}\u001b[0m`;
}

/** Breaks between words so that no line is wider; a word that is wider by itself is cut. */
export function wrap(line: Line, width: number): readonly Line[] {
  const lines: Span[][] = [[]];
  let room = width;
  for (const piece of line.flatMap(words)) {
    const size = charactersOf(piece.text).length;
    if (size > room && room < width) {
      lines.push([]);
      room = width;
      if (piece.text.trim() === '') continue;
    }
    for (const part of size > width ? cut(piece, width) : [piece]) {
      if (room < charactersOf(part.text).length) {
        lines.push([]);
        room = width;
      }
      lines.at(-1)?.push(part);
      room -= charactersOf(part.text).length;
    }
  }
  return lines.map(withoutTrailingSpace);
}

function words({ looks, text }: Span): readonly Span[] {
  return text
    .split(/( +)/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word, looks }));
}

function cut({ looks, text }: Span, width: number): readonly Span[] {
  const characters = charactersOf(text);
  const parts: Span[] = [];
  for (let from = 0; from < characters.length; from += width) {
    parts.push({ text: characters.slice(from, from + width).join(''), looks });
  }
  return parts;
}

function withoutTrailingSpace(line: readonly Span[]): Line {
  return line.at(-1)?.text.trim() === '' ? line.slice(0, -1) : line;
}
