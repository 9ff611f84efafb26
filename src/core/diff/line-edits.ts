/**
 * Which lines to replace to get from one text to another. Myers' algorithm is exact and takes time in proportion to length × difference,
 * which two large and very different texts turn into minutes: those are first cut into pieces at the lines that occur once on
 * both sides (patience diff), and a piece that is still too large is replaced whole. The result is always right, only not always shortest.
 */
import { diff } from 'fast-myers-diff';

/** 0-based, half-open: lines `oldFrom..oldTo` become lines `newFrom..newTo`. */
export interface Edit {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** Old lines × new lines that Myers' algorithm gets at once. */
const largest = 4_000_000;

/** In order, not touching each other. */
export function lineEdits(old: readonly string[], now: readonly string[]): readonly Edit[] {
  const whole = trimmed({ oldFrom: 0, oldTo: old.length, newFrom: 0, newTo: now.length }, old, now);
  if (isEmpty(whole)) return [];
  const pieces = sizeOf(whole) <= largest ? [whole] : cutAtAnchors(whole, old, now);
  return joined(pieces.flatMap((piece) => editsOf(trimmed(piece, old, now), old, now)));
}

function editsOf(piece: Edit, old: readonly string[], now: readonly string[]): readonly Edit[] {
  if (isEmpty(piece)) return [];
  if (sizeOf(piece) > largest) return [piece];
  const edits: Edit[] = [];
  const { oldFrom: o, newFrom: n } = piece;
  for (const [oldFrom, oldTo, newFrom, newTo] of diff(old.slice(o, piece.oldTo), now.slice(n, piece.newTo))) {
    edits.push({ oldFrom: o + oldFrom, oldTo: o + oldTo, newFrom: n + newFrom, newTo: n + newTo });
  }
  return edits;
}

/** Without the equal lines at both ends. */
function trimmed(piece: Edit, old: readonly string[], now: readonly string[]): Edit {
  let { oldFrom, oldTo, newFrom, newTo } = piece;
  while (oldFrom < oldTo && newFrom < newTo && old[oldFrom] === now[newFrom]) {
    oldFrom += 1;
    newFrom += 1;
  }
  while (oldFrom < oldTo && newFrom < newTo && old[oldTo - 1] === now[newTo - 1]) {
    oldTo -= 1;
    newTo -= 1;
  }
  return { oldFrom, oldTo, newFrom, newTo };
}

function isEmpty(piece: Edit): boolean {
  return piece.oldFrom === piece.oldTo && piece.newFrom === piece.newTo;
}

function sizeOf(piece: Edit): number {
  return (piece.oldTo - piece.oldFrom) * (piece.newTo - piece.newFrom);
}

/** The pieces between lines that stand once on both sides and in the same order. */
function cutAtAnchors(whole: Edit, old: readonly string[], now: readonly string[]): readonly Edit[] {
  const there = onceOnly(now, whole.newFrom, whole.newTo);
  const pairs: (readonly [number, number])[] = [];
  for (const [line, at] of onceOnly(old, whole.oldFrom, whole.oldTo)) {
    const other = there.get(line);
    if (other !== undefined) pairs.push([at, other]);
  }
  const pieces: Edit[] = [];
  let { oldFrom, newFrom } = whole;
  for (const [oldAt, newAt] of risingChain(pairs)) {
    pieces.push({ oldFrom, oldTo: oldAt, newFrom, newTo: newAt });
    oldFrom = oldAt + 1;
    newFrom = newAt + 1;
  }
  return [...pieces, { oldFrom, oldTo: whole.oldTo, newFrom, newTo: whole.newTo }];
}

/** Lines that occur exactly once, with their position, in order. */
function onceOnly(lines: readonly string[], from: number, to: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const repeated = new Set<string>();
  for (let at = from; at < to; at += 1) {
    const line = lines[at] ?? '';
    if (found.has(line)) repeated.add(line);
    else found.set(line, at);
  }
  for (const line of repeated) found.delete(line);
  return found;
}

/** The longest run of pairs that rises on both sides; `pairs` rise on the first (longest increasing subsequence by patience sorting). */
function risingChain(pairs: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const ends: number[] = [];
  const previous: number[] = [];
  const value = (index: number | undefined) => (index === undefined ? -1 : (pairs[index]?.[1] ?? -1));
  for (const index of pairs.keys()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value(ends[middle]) < value(index)) low = middle + 1;
      else high = middle;
    }
    previous[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  }
  const chain: (readonly [number, number])[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) chain.push(pair);
  }
  return chain.reverse();
}

/** Edits that touch become one. */
function joined(edits: readonly Edit[]): readonly Edit[] {
  const result: Edit[] = [];
  for (const edit of edits) {
    const last = result.at(-1);
    if (last !== undefined && last.oldTo === edit.oldFrom && last.newTo === edit.newFrom) {
      result[result.length - 1] = { ...last, oldTo: edit.oldTo, newTo: edit.newTo };
    } else {
      result.push(edit);
    }
  }
  return result;
}
