/** Markdown → blocks: paragraphs, lists, tables, code, collapsed sections. What our comments are made of, and nothing more. */

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  /** Lines stay lines, as in a comment on GitHub. */
  | { readonly kind: 'paragraph'; readonly lines: readonly string[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly align: readonly Align[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'code'; readonly language: string; readonly lines: readonly string[] }
  | { readonly kind: 'details'; readonly summary: string; readonly blocks: readonly Block[] };

export type Align = 'left' | 'right';

const fencePattern = /^(`{3,})(\w*)\s*$/;
const detailsPattern = /^<details><summary>(.*)<\/summary>\s*(<\/details>)?\s*$/;
const itemPattern = /^(?:[-*]|\d+\.) +(.*)$/;
const headingPattern = /^#{1,6} +(.*)$/;
const rulePattern = /^\|[\s:|-]+\|\s*$/;

/** Reads a comment's body; its invisible marker is left out. */
export function readMarkdown(markdown: string): readonly Block[] {
  const text = markdown.replaceAll(/<!--[\s\S]*?-->/g, '').replaceAll('\r\n', '\n');
  return readBlocks(text.split('\n'), 0).blocks;
}

interface ReadBlocks {
  readonly blocks: readonly Block[];
  /** The line after the last one read. */
  readonly next: number;
}

/** Until the end, or the `</details>` that closes what the caller opened. */
function readBlocks(lines: readonly string[], from: number): ReadBlocks {
  const blocks: Block[] = [];
  let at = from;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (line.trim() === '</details>') return { blocks, next: at + 1 };
    if (line.trim() === '') {
      at += 1;
      continue;
    }
    const read = readDetails(lines, at) ?? readFence(lines, at) ?? readTable(lines, at) ?? readText(lines, at);
    blocks.push(...read.blocks);
    at = read.next;
  }
  return { blocks, next: at };
}

function readDetails(lines: readonly string[], at: number): ReadBlocks | undefined {
  const match = detailsPattern.exec(lines[at] ?? '');
  if (match === null) return undefined;
  const [, summary = '', closed] = match;
  const inner = closed === undefined ? readBlocks(lines, at + 1) : { blocks: [], next: at + 1 };
  return { blocks: [{ kind: 'details', summary, blocks: inner.blocks }], next: inner.next };
}

function readFence(lines: readonly string[], at: number): ReadBlocks | undefined {
  const match = fencePattern.exec(lines[at] ?? '');
  if (match === null) return undefined;
  const [, fence = '', language = ''] = match;
  const end = lines.findIndex((line, index) => index > at && line.startsWith(fence) && line.trim() === fence);
  const last = end < 0 ? lines.length : end;
  return { blocks: [{ kind: 'code', language, lines: lines.slice(at + 1, last) }], next: last + 1 };
}

function readTable(lines: readonly string[], at: number): ReadBlocks | undefined {
  const rule = lines[at + 1] ?? '';
  if (!(lines[at] ?? '').startsWith('|') || !rulePattern.test(rule)) return undefined;
  const end = lines.findIndex((line, index) => index > at && !line.startsWith('|'));
  const last = end < 0 ? lines.length : end;
  const align = cells(rule).map((cell): Align => (cell.endsWith(':') ? 'right' : 'left'));
  const rows = lines.slice(at + 2, last).map(cells);
  return { blocks: [{ kind: 'table', head: cells(lines[at] ?? ''), align, rows }], next: last };
}

/** A pipe behind a backslash is text. */
function cells(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function readText(lines: readonly string[], at: number): ReadBlocks {
  const line = lines[at] ?? '';
  const heading = headingPattern.exec(line)?.[1];
  if (heading !== undefined) return { blocks: [{ kind: 'heading', text: heading }], next: at + 1 };
  const isItem = itemPattern.test(line);
  const run: string[] = [];
  let next = at;
  while (next < lines.length && belongs(lines, next, isItem, next === at)) {
    const one = lines[next] ?? '';
    run.push(isItem ? (itemPattern.exec(one)?.[1] ?? '') : one);
    next += 1;
  }
  return { blocks: [isItem ? { kind: 'list', items: run } : { kind: 'paragraph', lines: run }], next };
}

function belongs(lines: readonly string[], at: number, isItem: boolean, first: boolean): boolean {
  const line = lines[at] ?? '';
  if (first) return true;
  if (line.trim() === '' || line.trim() === '</details>') return false;
  if (itemPattern.test(line) !== isItem || headingPattern.test(line) || fencePattern.test(line)) return false;
  return !detailsPattern.test(line) && !(line.startsWith('|') && rulePattern.test(lines[at + 1] ?? ''));
}
