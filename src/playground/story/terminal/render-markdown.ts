/** A comment as a terminal shows it: headings bold, tables aligned, collapsed sections opened where they are short enough to be read. */
import { readInline } from './read-inline.ts';
import { readMarkdown, type Align, type Block } from './read-markdown.ts';
import { span, widthOf, wrap, type Line, type Look } from './spans.ts';

export interface Rendering {
  /** Characters a line may have. */
  readonly width: number;
  /** Whether a collapsed section is shown opened. */
  readonly open: (summary: string) => boolean;
}

export function renderMarkdown(markdown: string, rendering: Rendering): readonly Line[] {
  return renderBlocks(readMarkdown(markdown), rendering);
}

/** A blank line between blocks. */
function renderBlocks(blocks: readonly Block[], rendering: Rendering): readonly Line[] {
  return blocks.flatMap((block, index) => {
    const lines = renderBlock(block, rendering);
    const tight = index === 0 || standsClose(block, blocks[index - 1]);
    return tight ? lines : [[], ...lines];
  });
}

/** A list belongs to the line above it, and closed sections to each other. */
function standsClose(block: Block, before: Block | undefined): boolean {
  return block.kind === 'list' ? before?.kind === 'paragraph' : false;
}

function renderBlock(block: Block, rendering: Rendering): readonly Line[] {
  const { width } = rendering;
  switch (block.kind) {
    case 'heading':
      return wrap(readInline(block.text, ['bold']), width);
    case 'paragraph':
      return block.lines.flatMap((line) => wrap(readInline(line), width));
    case 'list':
      return block.items.flatMap((item) => hanging(span('• '), wrap(readInline(item), width - 2)));
    case 'table':
      return renderTable(block, width);
    case 'code':
      return block.lines.flatMap((line) => wrap([span(line, ...codeLooks(line, block.language))], width));
    case 'details': {
      const summary = readInline(block.summary);
      const open = rendering.open(summary.map(({ text }) => text).join(''));
      const head = hanging(span(open ? '▾ ' : '▸ '), wrap(summary, width - 2));
      if (!open) return head;
      const inner = renderBlocks(block.blocks, { ...rendering, width: width - 2 });
      return [...head, ...inner.map((line): Line => [span('  '), ...line])];
    }
  }
}

function codeLooks(line: string, language: string): readonly Look[] {
  if (language !== 'diff') return ['code'];
  if (line.startsWith('@@')) return ['place'];
  if (line.startsWith('+')) return ['added'];
  return line.startsWith('-') ? ['removed'] : [];
}

/** The mark before the first line, the others set in by its width. */
function hanging(mark: Line[number], lines: readonly Line[]): readonly Line[] {
  const indent = ' '.repeat(widthOf([mark]));
  return lines.map((line, index) => [index === 0 ? mark : span(indent), ...line]);
}

const gap = 2;
const narrowest = 8;

function renderTable({ head, rows, align }: Extract<Block, { kind: 'table' }>, width: number): readonly Line[] {
  const table = [
    head.map((cell) => readInline(cell, ['bold'])),
    ...rows.map((row) => row.map((cell) => readInline(cell))),
  ];
  const widths = columnWidths(table, width);
  const rule: Line = [span(widths.map((column) => '─'.repeat(column)).join(' '.repeat(gap)), 'dim')];
  const [first = [], ...others] = table.map((row) => renderRow(row, widths, align));
  return [...first, rule, ...others.flat()];
}

/** As wide as the widest cell; where that is too much, the widest columns give. */
function columnWidths(table: readonly (readonly Line[])[], width: number): readonly number[] {
  const count = Math.max(...table.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...table.map((row) => widthOf(row[column] ?? []))),
  );
  for (;;) {
    const total = widths.reduce((sum, one) => sum + one + gap, -gap);
    const widest = Math.max(...widths);
    if (total <= width || widest <= narrowest) return widths;
    widths[widths.indexOf(widest)] = widest - 1;
  }
}

function renderRow(row: readonly Line[], widths: readonly number[], align: readonly Align[]): readonly Line[] {
  const cells = widths.map((width, column) => wrap(row[column] ?? [], width));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, at) =>
    cells.flatMap((cell, column): Line => {
      const line = cell[at] ?? [];
      const room = span(' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(line))));
      const padded = align[column] === 'right' ? [room, ...line] : [...line, room];
      return column === 0 ? padded : [span(' '.repeat(gap)), ...padded];
    }),
  );
}
