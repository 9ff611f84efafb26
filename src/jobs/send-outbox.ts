/**
 * Makes the forges say what the outbox holds: the newest words of each slot, within the forge's limits, for as long as it takes. Words are
 * never lost and never doubled: they stay in the outbox until the forge has them, and every effect finds what it did before.
 */
import { assertNever } from '../domain/assert-never.ts';
import type { RepositoryRef } from '../domain/forge.ts';
import type { Clock } from '../ports/clock.ts';
import type { EffectResult, Forge } from '../ports/forge.ts';
import type { Log } from '../ports/log.ts';
import type { Outbox, Words } from '../ports/store.ts';
import { forgePace, pace, type Pace, type PaceLimits } from './pace.ts';

type Speaker = Pick<Forge, 'upsertComment' | 'putCheck' | 'putDeployment'>;
type Due = Awaited<ReturnType<Outbox['due']>>[number];

export interface SenderDeps {
  readonly outbox: Outbox;
  /** By the forge's name in the operator file. */
  readonly forges: Readonly<Record<string, Speaker>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Something was sent, or not: for the metrics. */
  readonly counted: (kind: Words['kind'], result: EffectResult['kind']) => void;
  /** 0 ≤ n < 1, for the jitter. */
  readonly random: () => number;
  readonly limits?: PaceLimits;
}

export interface Sender {
  /** There are new words: look now instead of at the next tick. */
  wake(): void;
  /** Lets what is being sent end and stops. What is left stays in the outbox. */
  stop(): Promise<void>;
}

/** Words sent at once, each to a slot of its own. Far below GitHub's 100 concurrent requests. */
const atOnce = 8;
/** Without a wake-up, for words that became due or another process said. */
const idleMilliseconds = 1_000;
const firstPause = 2;
const longestPause = 300;

/** Starts sending. */
export function startSender(deps: SenderDeps): Sender {
  const speed = pace(deps.limits ?? forgePace);
  const stopping = new AbortController();
  let awake = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const heard = awake.promise;
      const sent = await round().catch((error: unknown) => {
        deps.log.error({ error: messageOf(error) }, 'the outbox could not be read');
        return false;
      });
      if (sent) continue;
      const ended = new AbortController();
      await Promise.race([heard, deps.clock.sleep(idleMilliseconds, ended.signal).catch(() => {})]);
      ended.abort();
      awake = Promise.withResolvers<void>();
    }
  }

  /** False when nothing was due. */
  async function round(): Promise<boolean> {
    const due = await deps.outbox.due(atOnce);
    await Promise.all(
      due.map((item) =>
        deal(item).catch((error: unknown) => {
          // It is due again by itself once the store is back.
          deps.log.error({ slot: item.slot, error: messageOf(error) }, 'the outbox could not be written');
        }),
      ),
    );
    return due.length > 0;
  }

  async function deal(item: Due): Promise<void> {
    const writing = { account: accountOf(item.words), slot: item.slot, progress: isProgress(item.words) };
    const wait = speed.wait(writing, deps.clock.now().getTime());
    if (wait > 0 || stopping.signal.aborted) {
      // Put back rather than waited for: meanwhile newer words may take the slot.
      await deps.outbox.putBack(item.slot, item.version, wait / 1_000);
      return;
    }
    speed.wrote(writing, deps.clock.now().getTime(), requestsOf(item.words));
    const result = await say(deps.forges, item.words).catch((error: unknown): EffectResult => {
      // A bug: told, and tried again slowly, for the next version may do better.
      deps.log.error({ slot: item.slot, error: messageOf(error) }, 'words could not be sent');
      return { kind: 'retry', afterSeconds: longestPause, detail: 'internal error' };
    });
    deps.counted(item.words.kind, result.kind);
    await record(deps, speed, item, writing.account, result);
  }

  const running = run();
  return {
    wake: () => awake.resolve(),
    async stop() {
      stopping.abort();
      awake.resolve();
      await running;
    },
  };
}

/** Puts down what became of the words, and how long the account has to rest. */
async function record(deps: SenderDeps, speed: Pace, item: Due, account: string, result: EffectResult): Promise<void> {
  switch (result.kind) {
    case 'done':
      return deps.outbox.sent(item.slot, item.version);
    case 'retry': {
      // Only a limit names a time of its own longer than ours; it holds for the whole account.
      const own = Math.min(longestPause, firstPause * 2 ** Math.min(item.attempts, 10));
      if (result.afterSeconds > 1) speed.pause(account, result.afterSeconds * 1_000, deps.clock.now().getTime());
      const seconds = Math.max(result.afterSeconds, own * (0.5 + deps.random() / 2));
      deps.log.warn({ slot: item.slot, seconds, attempts: item.attempts }, `not sent yet: ${result.detail}`);
      return deps.outbox.later(item.slot, item.version, seconds, result.detail);
    }
    case 'refused':
      deps.log.error({ slot: item.slot }, `given up: ${result.detail}`);
      return deps.outbox.givenUp(item.slot, item.version, result.detail);
    default:
      return assertNever(result);
  }
}

async function say(forges: SenderDeps['forges'], words: Words): Promise<EffectResult> {
  const forge = Object.hasOwn(forges, words.forge) ? forges[words.forge] : undefined;
  if (forge === undefined) return { kind: 'refused', detail: `no forge ${words.forge} is configured any more` };
  switch (words.kind) {
    case 'comment':
      return forge.upsertComment(words.thread, words.key, words.body, { onlyIfThere: words.onlyIfThere ?? false });
    case 'check':
      return forge.putCheck(words.repository, words.check);
    case 'deployment':
      return forge.putDeployment(words.repository, words.notice);
    default:
      return assertNever(words);
  }
}

/** Writing requests it takes at most: a deployment and its status; 50 annotations with each request of a check. */
function requestsOf(words: Words): number {
  if (words.kind === 'deployment') return 2;
  return words.kind === 'check' ? Math.max(1, Math.ceil(words.check.annotations.length / 50)) : 1;
}

/** Words that newer ones will follow by themselves. */
function isProgress(words: Words): boolean {
  switch (words.kind) {
    case 'comment':
      return words.progress ?? false;
    case 'check':
      return words.check.state === 'queued' || words.check.state === 'running';
    case 'deployment':
      return words.notice.state === 'queued' || words.notice.state === 'in-progress';
    default:
      return assertNever(words);
  }
}

/** GitHub limits each installation, which is one owner's repositories; the owner's name stands for it well enough. */
function accountOf(words: Words): string {
  const owner = repositoryOf(words).fullName.split('/', 1)[0] ?? '';
  return `${words.forge}/${owner}`;
}

function repositoryOf(words: Words): RepositoryRef {
  if (words.kind !== 'comment') return words.repository;
  return words.thread.kind === 'pull-request' ? words.thread.ref.repository : words.thread.repository;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
