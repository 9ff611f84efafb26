/** Runs queued jobs, several at once: one loop claims them, each runs on its own, a timer says that they live. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from './engines.ts';
import { longKinds, repositoryKey } from './lanes.ts';
import { heartbeatSeconds, jobOf, type Claim, type JobQueue } from './queue.ts';
import { Signal } from './signal.ts';
import type { Job } from '../../ports/jobs.ts';
import type { JobResult, JobRunner } from '../../ports/store.ts';

type Run = (job: Job, signal: AbortSignal) => Promise<JobResult>;

interface Running {
  readonly claim: Claim;
  readonly kind: Job['kind'];
  readonly abort: AbortController;
  /** Somebody else may run it by now: its outcome is not ours to record. */
  lost: boolean;
  readonly ended: Promise<void>;
}

/** Without a signal, for jobs that become due and jobs that other processes queue. */
const pollMilliseconds = 1_000;
const touchMilliseconds = (heartbeatSeconds / 3) * 1_000;
/** What a job has to end in after it was told to. */
const abortGraceMilliseconds = 5_000;
/** Repositories whose last turn is remembered; one that is forgotten goes first. */
const maxServed = 1_000;

export interface RunnerOptions {
  /** Jobs at once in this process, at least 1. */
  readonly concurrency: number;
  /** True where other processes may hold claims too: then theirs expire, and are looked for. */
  readonly shared: boolean;
  readonly report: Report;
}

export class QueueRunner implements JobRunner {
  readonly #queue: JobQueue;
  readonly #options: RunnerOptions;
  readonly #signal = new Signal();
  readonly #running = new Set<Running>();
  /** Repositories by when they had their last turn, the newest last. */
  readonly #served = new Set<string>();
  #state: 'new' | 'started' | 'stopping' | 'stopped' = 'new';
  #loop: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: JobQueue, options: RunnerOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /** Something was queued in this process. */
  wake(): void {
    this.#signal.give();
  }

  async start(run: Run): Promise<void> {
    if (this.#state !== 'new') throw new Error('the job runner was started before');
    this.#state = 'started';
    await this.#queue.recover(!this.#options.shared);
    this.#loop = this.#claimLoop(run);
    this.#timer = setInterval(() => void this.#touch(), touchMilliseconds);
  }

  async stop(seconds: number): Promise<void> {
    if (this.#state === 'started') {
      this.#state = 'stopping';
      this.#signal.give();
      await this.#loop;
      await this.#drain(seconds * 1_000);
      for (const each of this.#running) each.abort.abort(new Error('the process is stopping'));
      await this.#drain(abortGraceMilliseconds);
      // Whatever does not end keeps its claim, which is void once its heartbeat is old or the folder is opened anew.
      for (const each of this.#running) each.lost = true;
      clearInterval(this.#timer);
    }
    this.#state = 'stopped';
  }

  async depth(): Promise<readonly { readonly kind: string; readonly state: string; readonly count: number }[]> {
    return await this.#queue.depth();
  }

  async #drain(milliseconds: number): Promise<void> {
    if (this.#running.size === 0) return;
    const timeout = new AbortController();
    const ended = Promise.all([...this.#running].map((each) => each.ended));
    await Promise.race([ended, sleep(milliseconds, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
  }

  async #claimLoop(run: Run): Promise<void> {
    while (this.#state === 'started') {
      const claim = this.#running.size < this.#options.concurrency ? await this.#claim() : undefined;
      if (claim === undefined) await this.#signal.wait(pollMilliseconds);
      else await this.#begin(claim, run);
    }
  }

  async #claim(): Promise<Claim | undefined> {
    const long = [...this.#running].filter(({ kind }) => longKinds.includes(kind)).length;
    const full = long >= Math.max(1, this.#options.concurrency - 1);
    try {
      return await this.#queue.claim([...this.#served], full ? longKinds : []);
    } catch (error) {
      this.#options.report('claiming a job', error);
      return undefined;
    }
  }

  async #begin(claim: Claim, run: Run): Promise<void> {
    let job: Job;
    try {
      job = jobOf(claim);
    } catch (error) {
      this.#options.report('reading a job', error);
      await this.#settle(() => this.#queue.failed(claim, String(error)));
      return;
    }
    this.#countTurn(repositoryKey(job));
    const abort = new AbortController();
    const running: Running = {
      claim,
      kind: job.kind,
      abort,
      lost: false,
      ended: Promise.resolve().then(async () => {
        await this.#run(running, job, run);
        this.#running.delete(running);
        this.#signal.give();
      }),
    };
    this.#running.add(running);
  }

  #countTurn(repository: string): void {
    this.#served.delete(repository);
    this.#served.add(repository);
    for (const oldest of this.#served) {
      if (this.#served.size <= maxServed) break;
      this.#served.delete(oldest);
    }
  }

  async #run(running: Running, job: Job, run: Run): Promise<void> {
    const { claim, abort } = running;
    let settle: () => Promise<void>;
    try {
      const result = await run(job, abort.signal);
      settle =
        result.kind === 'done'
          ? () => this.#queue.done(claim)
          : () => this.#queue.again(claim, job, result.afterSeconds);
    } catch (error) {
      if (abort.signal.aborted) {
        settle = () => this.#queue.again(claim, job, 0);
      } else {
        this.#options.report(`a job of kind ${job.kind}`, error);
        settle = () => this.#queue.failed(claim, error instanceof Error ? error.message : String(error));
      }
    }
    if (!running.lost) await this.#settle(settle);
  }

  /** Tries until the database takes it: a claim that is neither settled nor given up would block its lane. */
  async #settle(settle: () => Promise<void>): Promise<void> {
    for (let delay = 250; ; delay = Math.min(delay * 2, 10_000)) {
      try {
        await settle();
        return;
      } catch (error) {
        this.#options.report('recording the end of a job', error);
        if (this.#state !== 'started') return;
        await sleep(delay);
      }
    }
  }

  async #touch(): Promise<void> {
    try {
      for (const each of this.#running) {
        if (each.lost || (await this.#queue.touch(each.claim)) || !this.#running.has(each)) continue;
        each.lost = true;
        each.abort.abort(new Error('another process took the job over'));
      }
      if (this.#options.shared) await this.#queue.recover(false);
    } catch (error) {
      this.#options.report('the heartbeat of jobs', error);
    }
  }
}
