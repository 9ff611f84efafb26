/** What git's failures mean: errors for callers that read, evidence for the one that fetches. */
import { type Unknown, unknown } from '../../domain/evidence.ts';
import type { GitExit } from './git-process.ts';

/** The mirror does not hold this object: it was never fetched, or the mirror was lost. Fetch it, then read again. */
export class MissingObject extends Error {
  constructor(id: string) {
    super(`the mirror does not hold the object ${id}`);
    this.name = 'MissingObject';
  }
}

/** A limit was met; nothing was cut. */
export class GitLimit extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'GitLimit';
  }
}

/** Reading failed in a way that says nothing about the objects asked for. The mirror is rebuilt by the next fetch. */
export class MirrorFault extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'MirrorFault';
  }
}

/** `retry`: trying again at once may help. `fault`: not the remote's doing, so the mirror itself is suspect. */
export type FetchFailure =
  | { readonly kind: 'remote'; readonly evidence: Unknown; readonly retry: boolean }
  | { readonly kind: 'branch-missing' }
  | { readonly kind: 'fault'; readonly evidence: Unknown };

interface Rule {
  readonly when: RegExp;
  readonly why: Unknown['why'];
  readonly retry: boolean;
}

/**
 * In order; the first that matches counts. A repository the token may not see answers 404 on GitHub and GitLab, so "not found" of a
 * repository is `forbidden`: `not-found` is kept for what is certainly absent, a branch or a commit.
 */
const rules: readonly Rule[] = [
  { when: /not our ref|unadvertised object/iu, why: 'not-found', retry: false },
  {
    when: /authentication failed|could not read (?:username|password)|returned error: 40[1347]|access denied|repository .* not found|repository not found|HTTP Basic: Access denied/iu,
    why: 'forbidden',
    retry: false,
  },
  { when: /returned error: 429/iu, why: 'throttled', retry: false },
  { when: /operation too slow|timed out|timeout/iu, why: 'timeout', retry: true },
  {
    when: /could not resolve|failed to connect|couldn't connect|connection (?:refused|reset|closed|was)|returned error: 5\d\d|rpc failed|early eof|hung up|empty reply|\bssl\b|\btls\b|gnutls|certificate|unexpected disconnect|recv failure|send failure|curl \d+/iu,
    why: 'unreachable',
    retry: true,
  },
  { when: /returned error: 3\d\d|redirect/iu, why: 'unreachable', retry: false },
  {
    when: /transport '.*' not allowed|is this a git repository|does not appear to be a git repository|invalid packet|protocol error|bad line length|mismatched algorithms/iu,
    why: 'malformed',
    retry: false,
  },
  // The disk's state, not the mirror's: building it anew would only make it worse.
  {
    when: /no space left|read-only file system|disk quota exceeded|permission denied/iu,
    why: 'unreachable',
    retry: false,
  },
];

/** Sorts a failed fetch. `scrub` takes secrets out of git's words. */
export function fetchFailure(exit: GitExit, scrub: (text: string) => string): FetchFailure {
  const detail = `git fetch: ${plainWords(scrub(exit.words))}`;
  if (exit.kind === 'timeout') {
    return { kind: 'remote', evidence: unknown('timeout', 'git fetch did not end in time'), retry: false };
  }
  if (exit.kind === 'not-started') return { kind: 'remote', evidence: unknown('unreachable', detail), retry: false };
  if (/couldn't find remote ref/iu.test(exit.words)) return { kind: 'branch-missing' };
  const rule = rules.find((candidate) => candidate.when.test(exit.words));
  return rule === undefined
    ? { kind: 'fault', evidence: unknown('malformed', detail) }
    : { kind: 'remote', evidence: unknown(rule.why, detail), retry: rule.retry };
}

const maxDetail = 300;

/** Foreign words in one line: no control characters (H90), at most 300 characters, and said so when there were more. */
export function plainWords(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  return line.length > maxDetail ? `${line.slice(0, maxDetail)}… (${line.length} characters)` : line;
}
