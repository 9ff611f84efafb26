/** Brings a branch head and named commits into a mirror, with bounded retries, a size limit and one repair. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Evidence, known, type Unknown, unknown } from '../../domain/evidence.ts';
import { parseSha, type Sha } from '../../domain/forge.ts';
import { type FetchFailure, fetchFailure, MirrorFault } from './git-failure.ts';
import { type GitExit, type Protocol, runGit } from './git-process.ts';
import { type Mirror, packBytes, prepareMirror, rebuildMirror, tidyMirror } from './mirror.ts';
import { absentObjects } from './read-objects.ts';
import type { RemoteAccess } from './remote-access.ts';

export interface FetchLimits {
  /** Milliseconds for one git fetch. */
  readonly timeout: number;
  /** Bytes of packs a mirror may hold (H63). */
  readonly mirrorBytes: number;
  /** Milliseconds to wait before each further try at an unreachable remote. */
  readonly retryDelays: readonly number[];
}

export interface FetchOrder {
  readonly access: RemoteAccess;
  readonly protocols: readonly Protocol[];
  readonly branch: string;
  readonly commits: readonly Sha[];
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
}

/** A fault that is not the mirror's after all must not make us clone again at every tick. */
const rebuildEvery = 10 * 60_000;

/**
 * Fetches and says where the branch is. Call it for one mirror at a time.
 * A mirror found broken is built anew, once; throws the signal's reason when aborted.
 */
export async function fetchCommits(mirror: Mirror, order: FetchOrder): Promise<Evidence<{ readonly head: Sha }>> {
  let delays = order.limits.retryDelays;
  for (;;) {
    order.signal.throwIfAborted();
    await prepareMirror(mirror);
    await tidyMirror(mirror);
    const outcome = await fetchOnce(mirror, order).catch(faultOnly);
    if (outcome.kind === 'fetched') return known({ head: outcome.head });
    if (outcome.kind === 'branch-missing') return unknown('not-found', `there is no branch ${order.branch}`);
    if (outcome.kind === 'fault') {
      if (Date.now() - mirror.rebuiltAt < rebuildEvery) return outcome.evidence;
      await rebuildMirror(mirror);
      continue;
    }
    const [delay, ...later] = delays;
    if (!outcome.retry || delay === undefined) return outcome.evidence;
    delays = later;
    // An abort ends the wait; the loop then throws the signal's own reason.
    await sleep(delay, undefined, { signal: order.signal }).catch(() => undefined);
  }
}

function faultOnly(error: unknown): FetchOutcome {
  if (error instanceof MirrorFault) return { kind: 'fault', evidence: unknown('malformed', error.message) };
  throw error;
}

type FetchOutcome = { readonly kind: 'fetched'; readonly head: Sha } | FetchFailure;

async function fetchOnce(mirror: Mirror, order: FetchOrder): Promise<FetchOutcome> {
  const ref = trackingRef(order.branch);
  // A commit that is there came in a whole pack, with everything it needs (fetch.unpackLimit).
  const absent = await absentObjects(mirror, order.commits);
  const { exit, overLimit } = await guarded(mirror, order, [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--',
    order.access.url,
    `+refs/heads/${order.branch}:${ref}`,
    ...absent,
  ]);
  order.signal.throwIfAborted();
  if (overLimit) {
    const detail = `the repository holds more than ${order.limits.mirrorBytes} bytes, the most a mirror may hold`;
    return remoteFailure(unknown('malformed', detail));
  }
  if (exit.code !== 0) return failureOf(exit, mirror, order);
  return headOf(mirror, ref);
}

async function headOf(mirror: Mirror, ref: string): Promise<FetchOutcome> {
  const exit = await runGit({
    folder: mirror.folder,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
    timeout: 30_000,
    maxBytes: 10_000,
  });
  const head = parseSha(exit.stdout.toString('utf8').trim());
  return exit.code === 0 && head !== undefined
    ? { kind: 'fetched', head }
    : { kind: 'fault', evidence: unknown('malformed', 'the fetched branch cannot be read from the mirror') };
}

/** "Couldn't find remote ref" is asked for again: only an answer without the branch is proof that there is none. */
async function failureOf(exit: GitExit, mirror: Mirror, order: FetchOrder): Promise<FetchOutcome> {
  const failure = fetchFailure(exit, order.access.scrub);
  if (failure.kind !== 'branch-missing') return failure;
  const { exit: listing } = await guarded(mirror, order, [
    'ls-remote',
    '--quiet',
    '--',
    order.access.url,
    `refs/heads/${order.branch}`,
  ]);
  order.signal.throwIfAborted();
  if (listing.code !== 0) return fetchFailure(listing, order.access.scrub);
  const there = listing.stdout
    .toString('utf8')
    .split('\n')
    .some((line) => line.endsWith(`\trefs/heads/${order.branch}`));
  return there ? { ...remoteFailure(unknown('unreachable', 'the branch appeared just now')), retry: true } : failure;
}

function remoteFailure(evidence: Unknown): Extract<FetchFailure, { kind: 'remote' }> {
  return { kind: 'remote', evidence, retry: false };
}

/** Runs git against the remote and ends it when the mirror grows over its limit. */
async function guarded(
  mirror: Mirror,
  order: FetchOrder,
  args: readonly string[],
): Promise<{ readonly exit: GitExit; readonly overLimit: boolean }> {
  const tooBig = new AbortController();
  const watch = setInterval(() => {
    void packBytes(mirror).then((bytes) => {
      if (bytes > order.limits.mirrorBytes) tooBig.abort();
    });
  }, 1_000);
  try {
    const exit = await runGit({
      folder: mirror.folder,
      args,
      timeout: order.limits.timeout,
      maxBytes: 1_000_000,
      signal: AbortSignal.any([order.signal, tooBig.signal]),
      config: order.access.config,
      protocols: order.protocols,
    });
    return { exit, overLimit: tooBig.signal.aborted || (await packBytes(mirror)) > order.limits.mirrorBytes };
  } finally {
    clearInterval(watch);
  }
}

/**
 * Where the mirror keeps a branch. Not under the branch's name: `a` and `a/b` cannot stand beside each other as files (one may have
 * replaced the other on the remote), and names that differ only in case or in Unicode form are one file on some disks.
 */
function trackingRef(branch: string): string {
  return `refs/fairlead/branches/${createHash('sha256').update(branch).digest('hex')}`;
}
