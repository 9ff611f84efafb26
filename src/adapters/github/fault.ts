/**
 * What went wrong with a request to GitHub. Inside the adapter a fault is thrown; at its edge it becomes an Unknown (facts) or a retry or
 * refusal (effects), so that no caller ever sees an exception for something GitHub may well do.
 */
import { unknown, type Evidence, type UnknownReason, known } from '../../domain/evidence.ts';
import type { EffectResult } from '../../ports/forge.ts';
import { anything, Malformed, maybe, shape, text, count } from './decode.ts';

export class GitHubFault extends Error {
  readonly why: UnknownReason;
  readonly status: number | undefined;
  /** How long GitHub asks us to wait, seconds. */
  readonly afterSeconds: number | undefined;

  constructor(why: UnknownReason, detail: string, more: { status?: number; afterSeconds?: number } = {}) {
    super(detail);
    this.name = 'GitHubFault';
    this.why = why;
    this.status = more.status;
    this.afterSeconds = more.afterSeconds;
  }
}

const requestError = shape({
  status: count,
  message: text,
  response: maybe(shape({ headers: anything, data: anything })),
  cause: maybe(anything),
});

/** Without a word from GitHub on how long, its documentation asks for a minute. */
const defaultPause = 60;
const longestPause = 3600;
/** Secondary limits have neither a status nor a header of their own, only this text (Octokit's throttling plugin matches it too). */
const limitText = /\b(?:secondary rate|rate limit|abuse detection)\b/i;

/**
 * Reads an error of Octokit or fetch. `request` is the route as in the documentation, with the repository's name filled in: it never
 * holds a query or a secret.
 */
export function faultOf(error: unknown, request: string): GitHubFault {
  if (error instanceof GitHubFault) return error;
  if (error instanceof Malformed) return new GitHubFault('malformed', `${request}: ${error.message}`);
  const read = readRequestError(error);
  if (read === undefined) {
    const message = error instanceof Error ? error.message : 'unknown error';
    return new GitHubFault('unreachable', `${request} failed: ${plain(message)}`);
  }
  if (read.response === undefined) {
    const timedOut = read.cause instanceof Error && read.cause.name === 'TimeoutError';
    return timedOut
      ? new GitHubFault('timeout', `${request} was not answered in time`)
      : new GitHubFault('unreachable', `${request} failed: ${plain(read.message)}`);
  }
  return answered(request, read.status, read.message, headersOf(read.response.headers));
}

function answered(request: string, status: number, message: string, headers: Readonly<Record<string, string>>) {
  const detail = `${request} answered ${status}: ${plain(message)}`;
  const limited =
    status === 429 ||
    (status === 403 &&
      (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0' || limitText.test(message)));
  if (limited) return new GitHubFault('throttled', detail, { status, afterSeconds: pauseOf(headers) });
  return new GitHubFault(reasonOf(status), detail, { status });
}

function reasonOf(status: number): UnknownReason {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404 || status === 410 || status === 451) return 'not-found';
  if (status === 408 || status >= 500) return 'unreachable';
  return 'malformed';
}

/** `retry-after` in seconds, else until `x-ratelimit-reset`, reckoned by GitHub's own clock (its Date header), not ours. */
function pauseOf(headers: Readonly<Record<string, string>>): number {
  const clamp = (seconds: number): number => Math.min(Math.max(Math.ceil(seconds), 1), longestPause);
  const asked = Number(headers['retry-after']);
  if (Number.isFinite(asked) && headers['retry-after'] !== undefined) return clamp(asked);
  const reset = Number(headers['x-ratelimit-reset']);
  const now = Date.parse(headers['date'] ?? '') / 1000;
  return Number.isFinite(reset) && Number.isFinite(now) ? clamp(reset - now + 1) : defaultPause;
}

function readRequestError(error: unknown): ReturnType<typeof requestError> | undefined {
  try {
    return requestError(error, '');
  } catch {
    return undefined;
  }
}

function headersOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, content]) => [name.toLowerCase(), String(content)]));
}

/** GitHub's words on one line, without control characters and ANSI sequences (H90), at most 200 characters. */
export function plain(message: string): string {
  const line = message
    // Octokit adds where GitHub documents the route.
    .replace(/ - https:\/\/docs\.github\.com\/\S*$/, '')
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** The edge for facts. */
export async function asEvidence<T>(find: () => Promise<T>): Promise<Evidence<T>> {
  try {
    return known(await find());
  } catch (error) {
    if (error instanceof GitHubFault) return unknown(error.why, error.message);
    throw error;
  }
}

/** What an effect left on the forge; both empty where nothing was to be done. */
export interface Standing {
  readonly id: string;
  readonly url: string;
}

/**
 * The edge for effects. A 401 is tried again as well: keys are rotated and clocks corrected. So is an answer that cannot be read, since
 * that is a proxy's doing or an effect that took place unseen, and every effect finds what it did before.
 */
export async function asEffect(act: () => Promise<Standing>): Promise<EffectResult> {
  try {
    return { kind: 'done', ...(await act()) };
  } catch (error) {
    if (!(error instanceof GitHubFault)) throw error;
    const again = error.status === 401 || error.status === undefined || error.why === 'throttled';
    return again || error.why === 'unreachable'
      ? {
          kind: 'retry',
          afterSeconds: error.afterSeconds ?? (error.status === 401 ? defaultPause : 1),
          detail: error.message,
        }
      : { kind: 'refused', detail: error.message };
  }
}

/** Our own limits, or GitHub's that we know of: asking is useless. */
export function refuse(detail: string): GitHubFault {
  return new GitHubFault('malformed', detail, { status: 422 });
}
