/** Unified diffs of objects as YAML, three lines of context. What is cut away is counted in a last line. */
import { dump } from 'js-yaml';

import type { JsonObject } from '../../domain/json.ts';
import { lineEdits, type Edit } from './line-edits.ts';

const context = 3;
/** Room kept for the line that opens a hunk. */
const hunkHeader = 40;

/**
 * At most `limit` characters and a line that says what is left out. Cut between hunks; a first hunk that is too long on its own is cut
 * between lines, its header counting what is shown. `undefined` stands for an object that is not there.
 */
export function unifiedDiff(before: JsonObject | undefined, after: JsonObject | undefined, limit: number): string {
  const old = before === undefined ? [] : yamlLines(before);
  const now = after === undefined ? [] : yamlLines(after);
  const hunks = hunksOf(old, now).map((edits) => hunkOf(edits, old, now));
  const shown: string[] = [];
  let room = limit;
  for (const [index, hunk] of hunks.entries()) {
    const fitting = fit(hunk, room);
    const whole = fitting.lines.length === hunk.lines.length;
    if (whole || index === 0) shown.push(hunkText(fitting));
    if (!whole) {
      const left =
        hunks.slice(index).reduce((sum, one) => sum + one.lines.length, 0) - (index === 0 ? fitting.lines.length : 0);
      shown.push(
        `# ${left} more ${left === 1 ? 'line' : 'lines'} left out: the diff is longer than ${limit} characters`,
      );
      break;
    }
    room -= sizeOf(hunk.lines) + hunkHeader;
  }
  return shown.join('\n');
}

function yamlLines(object: JsonObject): string[] {
  return dump(object, { lineWidth: -1, noRefs: true, sortKeys: true }).trimEnd().split('\n');
}

interface Hunk {
  /** 0-based first line on either side. */
  readonly oldStart: number;
  readonly newStart: number;
  /** With their mark: ` `, `-` or `+`. */
  readonly lines: readonly string[];
}

function hunksOf(old: readonly string[], now: readonly string[]): readonly (readonly Edit[])[] {
  const hunks: Edit[][] = [];
  for (const edit of lineEdits(old, now)) {
    const last = hunks.at(-1);
    const previous = last?.at(-1);
    if (last && previous && edit.oldFrom - previous.oldTo <= 2 * context) last.push(edit);
    else hunks.push([edit]);
  }
  return hunks;
}

function hunkOf(edits: readonly Edit[], old: readonly string[], now: readonly string[]): Hunk {
  const first = edits[0] ?? { oldFrom: 0, oldTo: 0, newFrom: 0, newTo: 0 };
  const last = edits.at(-1) ?? first;
  const oldStart = Math.max(0, first.oldFrom - context);
  const newStart = Math.max(0, first.newFrom - context);
  const oldEnd = Math.min(old.length, last.oldTo + context);
  const lines: string[] = [];
  let at = oldStart;
  for (const edit of edits) {
    for (; at < edit.oldFrom; at += 1) lines.push(` ${old[at] ?? ''}`);
    for (; at < edit.oldTo; at += 1) lines.push(`-${old[at] ?? ''}`);
    for (let line = edit.newFrom; line < edit.newTo; line += 1) lines.push(`+${now[line] ?? ''}`);
  }
  for (; at < oldEnd; at += 1) lines.push(` ${old[at] ?? ''}`);
  return { oldStart, newStart, lines };
}

/** As many of the hunk's lines as there is room for. */
function fit(hunk: Hunk, room: number): Hunk {
  if (sizeOf(hunk.lines) <= room) return hunk;
  const lines: string[] = [];
  let left = room;
  for (const line of hunk.lines) {
    left -= line.length + 1;
    if (left < 0) break;
    lines.push(line);
  }
  return { ...hunk, lines };
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function hunkText({ oldStart, newStart, lines }: Hunk): string {
  const count = (marks: string) => lines.filter((line) => marks.includes(line.charAt(0))).length;
  return [`@@ -${range(oldStart, count(' -'))} +${range(newStart, count(' +'))} @@`, ...lines].join('\n');
}

/** An empty range names the line before it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start : start + 1},${count}`;
}
