/**
 * One cluster's API over HTTP: bounded in flight, in time and in size, with retries that are safe because every request sent
 * here may be sent twice (reads, server-side applies, deletes by uid). Knows HTTP and `Status`, nothing of single kinds.
 */
import { setTimeout as pause } from 'node:timers/promises';

import type { Dispatcher } from 'undici';

import type { ApiAnswer } from './api-answer.ts';
import { readAnswer } from './read-answer.ts';
import type { Connector } from './connector.ts';
import type { InFlightGate } from './in-flight-gate.ts';
import type { ClusterLimits } from './limits.ts';
import { AnswerTooLarge, transportFailure } from './transport-failure.ts';

export interface ApiRequest {
  /** POST only for reviews, which store nothing. */
  readonly method: 'GET' | 'PATCH' | 'DELETE' | 'POST';
  /** Begins with `/`; segments are encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Bytes this answer may have; the connection's limit where not given. */
  readonly mostBytes?: number;
  /** Answers with many objects take long for good reason: they are no sign of load. */
  readonly bulk?: boolean;
}

export class ApiClient {
  readonly #connector: Connector;
  readonly #gate: InFlightGate;
  readonly #limits: ClusterLimits;
  #sent = 0;

  constructor(connector: Connector, gate: InFlightGate, limits: ClusterLimits) {
    this.#connector = connector;
    this.#gate = gate;
    this.#limits = limits;
  }

  /** Requests sent so far, retries included. */
  get sent(): number {
    return this.#sent;
  }

  get limits(): ClusterLimits {
    return this.#limits;
  }

  /**
   * Sends, and sends again where that may help. Refusals and failures are answers; it rejects only when `signal` was aborted
   * for another reason than a time-out, with that reason.
   */
  async send(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    let renewed = false;
    let left = this.#limits.totalMs;
    for (let attempt = 1; ; attempt += 1) {
      const started = performance.now();
      const tried = await this.#try(request, signal, left);
      left -= performance.now() - started - tried.waited;
      if (tried.answer.kind === 'refused' && tried.answer.code === 401 && !renewed) {
        renewed = true;
        this.#connector.renew();
        continue;
      }
      const wait = this.#pauseAfter(tried, attempt);
      if (wait === undefined || wait > left) return tried.answer;
      await pause(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) {
        if (isTimeout(signal.reason)) return tried.answer;
        throw signal.reason;
      }
      left -= wait;
    }
  }

  async #try(request: ApiRequest, signal: AbortSignal, left: number): Promise<Tried> {
    const asked = performance.now();
    let waited = 0;
    try {
      return await this.#gate.run(signal, async () => {
        const started = performance.now();
        waited = started - asked;
        const limit = AbortSignal.timeout(Math.max(1, Math.min(this.#limits.requestMs, Math.ceil(left))));
        const answer = await this.#once(request, AbortSignal.any([signal, limit]));
        if (answer.kind === 'refused' && answer.code === 429) this.#gate.throttled();
        else if (request.bulk !== true) this.#gate.answered(performance.now() - started);
        return { answer, retry: answer.kind === 'refused' && mayPass(answer), waited };
      });
    } catch (error) {
      if (signal.aborted && !isTimeout(signal.reason)) throw signal.reason;
      const failure = transportFailure(error, `${request.method} ${request.path}`);
      const tooLarge = error instanceof AnswerTooLarge;
      return {
        answer: { kind: 'failed', because: failure.because, tooLarge },
        retry: failure.retry && !signal.aborted,
        waited,
      };
    }
  }

  async #once(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const { dispatcher, origin, prefix, headers } = await abortable(this.#connector.connection(), signal);
    const query = new URLSearchParams(request.query).toString();
    this.#sent += 1;
    try {
      const response = await dispatcher.request({
        origin,
        path: `${prefix}${request.path}${query === '' ? '' : `?${query}`}`,
        method: request.method,
        headers: {
          ...headers,
          accept: request.accept ?? 'application/json',
          'accept-encoding': 'gzip',
          'user-agent': 'fairlead',
          ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
        },
        body: request.body ?? null,
        signal,
      } satisfies Dispatcher.RequestOptions);
      const mostBytes = request.mostBytes ?? this.#limits.responseBytes;
      return await readAnswer(response, `${request.method} ${request.path}`, mostBytes);
    } catch (error) {
      if (isTimeout(signal.reason)) this.#connector.abandon(dispatcher);
      throw error;
    }
  }

  /** Milliseconds to wait before trying again; `undefined` = do not. */
  #pauseAfter(tried: Tried, attempt: number): number | undefined {
    if (!tried.retry || attempt >= this.#limits.attempts) return undefined;
    const asked = tried.answer.kind === 'refused' ? tried.answer.retryAfter * 1_000 : 0;
    const most = this.#limits.backoffMs * 2 ** (attempt - 1);
    // Jitter, so that what was refused together does not come back together.
    return asked + most * (0.5 + Math.random() / 2);
  }
}

interface Tried {
  readonly answer: ApiAnswer;
  readonly retry: boolean;
  /** Milliseconds spent waiting for a place; they do not count against the request's own time. */
  readonly waited: number;
}

/**
 * Whether the same request may be answered otherwise in a moment. A bare 500 is not: the API server answers it, without a
 * reason, for a patch that does not fit its schema (measured on 1.36).
 */
function mayPass({ code, status }: Extract<ApiAnswer, { kind: 'refused' }>): boolean {
  if (code === 429 || code === 502 || code === 503 || code === 504 || code === 408) return true;
  if (code === 500) return status.reason === 'InternalError' || status.reason === 'ServerTimeout';
  return code === 409 && status.causes.length === 0 && status.message.includes('the object has been modified');
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

/** Credential plugins cannot be interrupted; waiting for them can. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
