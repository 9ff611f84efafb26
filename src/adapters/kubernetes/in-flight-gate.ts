/**
 * How many requests may be in flight on one cluster. Starts at its maximum, halves when the server says it is
 * too much or takes too long, and comes back step by step: the API server is shared with everything else that runs there.
 */

/** A write that takes longer than this is a sign of load (Kubernetes' own objective: mutating p99 ≤ 1 s). */
const slowMs = 1_000;
/** Quick answers in a row that earn one more place. */
const quickForOneMore = 16;

export class InFlightGate {
  readonly #most: number;
  #places: number;
  #running = 0;
  #quick = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    this.#places = most;
  }

  /** Places open now; between 1 and the maximum. */
  get places(): number {
    return this.#places;
  }

  /** Runs `work` when there is a place. Rejects with the signal's reason when it is aborted while waiting. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  /** The server said 429: half as many from now on. */
  throttled(): void {
    this.#places = Math.max(1, Math.floor(this.#places / 2));
    this.#quick = 0;
  }

  /** A single-object request was answered after `milliseconds`. */
  answered(milliseconds: number): void {
    if (milliseconds > slowMs) {
      this.#places = Math.max(1, this.#places - 1);
      this.#quick = 0;
      return;
    }
    this.#quick += 1;
    if (this.#quick >= quickForOneMore && this.#places < this.#most) {
      this.#places += 1;
      this.#quick = 0;
      this.#admit();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#places) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  #admit(): void {
    while (this.#running < this.#places) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }
}
