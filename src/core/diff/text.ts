/** Unified diffs of objects as YAML, three lines of context. Cut only between hunks, and the cut is said. */
import { diff } from 'fast-myers-diff';
import { dump } from 'js-yaml';

import type { JsonObject } from '../../domain/json.ts';

const context = 3;

/** At most `limit` characters; what does not fit is counted in a last line. `undefined` stands for an object that is not there. */
export function unifiedDiff(before: JsonObject | undefined, after: JsonObject | undefined, limit: number): string {
  const old = before === undefined ? [] : yamlLines(before);
  const now = after === undefined ? [] : yamlLines(after);
  const hunks = hunksOf(old, now);
  const shown: string[] = [];
  let size = 0;
  for (const [index, hunk] of hunks.entries()) {
    const text = renderHunk(hunk, old, now);
    if (size + text.length > limit && limit > 0) {
      shown.push(`# ${hunks.length - index} more hunk(s) not shown here; the full plan has them`);
      break;
    }
    size += text.length;
    shown.push(text);
  }
  return shown.join('\n');
}

function yamlLines(object: JsonObject): string[] {
  return dump(object, { lineWidth: -1, noRefs: true, sortKeys: true }).trimEnd().split('\n');
}

interface Edit {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

function hunksOf(old: readonly string[], now: readonly string[]): readonly (readonly Edit[])[] {
  const hunks: Edit[][] = [];
  for (const [oldFrom, oldTo, newFrom, newTo] of diff(old, now)) {
    const edit = { oldFrom, oldTo, newFrom, newTo };
    const last = hunks.at(-1);
    const previous = last?.at(-1);
    if (last && previous && oldFrom - previous.oldTo <= 2 * context) last.push(edit);
    else hunks.push([edit]);
  }
  return hunks;
}

function renderHunk(edits: readonly Edit[], old: readonly string[], now: readonly string[]): string {
  const first = edits[0];
  const last = edits.at(-1);
  if (!first || !last) return '';
  const oldStart = Math.max(0, first.oldFrom - context);
  const oldEnd = Math.min(old.length, last.oldTo + context);
  const newStart = Math.max(0, first.newFrom - context);
  const newEnd = Math.min(now.length, last.newTo + context);
  const lines = [`@@ -${range(oldStart, oldEnd)} +${range(newStart, newEnd)} @@`];
  let at = oldStart;
  for (const edit of edits) {
    for (; at < edit.oldFrom; at += 1) lines.push(` ${old[at] ?? ''}`);
    for (; at < edit.oldTo; at += 1) lines.push(`-${old[at] ?? ''}`);
    for (let line = edit.newFrom; line < edit.newTo; line += 1) lines.push(`+${now[line] ?? ''}`);
  }
  for (; at < oldEnd; at += 1) lines.push(` ${old[at] ?? ''}`);
  return lines.join('\n');
}

function range(start: number, end: number): string {
  return start === end ? `${start},0` : `${start + 1},${end - start}`;
}
