/**
 * Webhook deliveries: signed over the exact bytes, sent one after the other, logged, redelivered only when asked, as GitHub does it.
 * The transport can be made as bad as the real one: deliveries dropped, held and released in another order, delayed, doubled.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../domain/json.ts';

export interface Delivery {
  readonly id: number;
  /** `X-GitHub-Delivery`: a redelivery has the same. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly deliveredAt: string;
  readonly redelivery: boolean;
  /** Seconds. */
  readonly duration: number;
  /** `OK`, GitHub's words for a failure, or `dropped`. */
  readonly status: string;
  readonly statusCode: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** The exact text that was signed and sent. */
  readonly body: string;
  readonly responseBody: string;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
}

export interface HookEvent {
  readonly event: string;
  readonly action: string | null;
  readonly payload: JsonObject;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
}

export interface Deliveries {
  emit(event: HookEvent): void;
  /** All attempts, oldest first. */
  list(): readonly Delivery[];
  /** Sends one again with the same guid; false when there is no such attempt. */
  redeliver(id: number): boolean;
  /** Undefined: nothing is sent, only logged. */
  setUrl(url: string | undefined): void;
  url(): string | undefined;
  /** Deliveries for which this answers true are lost, as when the receiver was down: logged, not sent. */
  drop(predicate: ((event: string, action: string | null) => boolean) | undefined): void;
  /** Keeps everything back until `release`. */
  hold(): void;
  release(order?: 'as-sent' | 'reversed'): void;
  /** Waits before each delivery, milliseconds. */
  delay(milliseconds: number): void;
  /** Sends each delivery this many times with the same guid. */
  repeat(times: number): void;
  /** Resolves when nothing waits to be sent (held ones do not count). */
  settled(): Promise<void>;
  /** Breaks off what is being sent and sends nothing more. */
  stop(): Promise<void>;
}

interface Parcel {
  readonly guid: string;
  readonly event: HookEvent;
  readonly body: string;
  readonly redelivery: boolean;
}

export interface DeliveryOptions {
  readonly url: string | undefined;
  readonly secret: string;
  readonly appId: number;
  readonly hookId: number;
  nextId(): number;
  now(): string;
}

/** GitHub gives a receiver ten seconds. */
const answerWithin = 10_000;

function headersOf(parcel: Parcel, options: DeliveryOptions): Record<string, string> {
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': `GitHub-Hookshot/${parcel.guid.slice(0, 7)}`,
    'x-github-delivery': parcel.guid,
    'x-github-event': parcel.event.event,
    'x-github-hook-id': String(options.hookId),
    'x-github-hook-installation-target-id': String(options.appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${createHmac('sha256', options.secret).update(parcel.body).digest('hex')}`,
  };
}

interface Answer {
  readonly status: string;
  readonly statusCode: number;
  readonly body: string;
}

async function post(url: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Answer> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerWithin)]);
    const response = await fetch(url, { method: 'POST', headers, body, signal: limit, redirect: 'manual' });
    const text = await response.text();
    const status = response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`;
    return { status, statusCode: response.status, body: text.slice(0, 10_000) };
  } catch (error) {
    const slow = error instanceof DOMException && error.name === 'TimeoutError';
    return { status: slow ? 'timed out' : 'failed to connect to host', statusCode: slow ? 504 : 502, body: '' };
  }
}

/** One attempt to deliver, as the log keeps it. */
async function attempt(
  parcel: Parcel,
  url: string | undefined,
  options: DeliveryOptions,
  signal: AbortSignal,
): Promise<Delivery> {
  const { event } = parcel;
  const headers = headersOf(parcel, options);
  const started = performance.now();
  const nowhere = { status: 'dropped', statusCode: 0, body: '' };
  const answer = url === undefined ? nowhere : await post(url, headers, parcel.body, signal);
  return {
    id: options.nextId(),
    guid: parcel.guid,
    event: event.event,
    action: event.action,
    deliveredAt: options.now(),
    redelivery: parcel.redelivery,
    duration: Math.round(performance.now() - started) / 1000,
    status: answer.status,
    statusCode: answer.statusCode,
    requestHeaders: headers,
    body: parcel.body,
    responseBody: answer.body,
    installationId: event.installationId,
    repositoryId: event.repositoryId,
  };
}

export function createDeliveries(options: DeliveryOptions): Deliveries {
  const log: Delivery[] = [];
  const held: Parcel[] = [];
  const stopped = new AbortController();
  let { url } = options;
  let dropped: ((event: string, action: string | null) => boolean) | undefined;
  let holding = false;
  let wait = 0;
  let times = 1;
  let queue = Promise.resolve();

  const send = async (parcel: Parcel): Promise<void> => {
    if (wait > 0) await sleep(wait, undefined, { signal: stopped.signal }).catch(() => undefined);
    if (stopped.signal.aborted) return;
    const lost = !parcel.redelivery && dropped?.(parcel.event.event, parcel.event.action) === true;
    log.push(await attempt(parcel, lost ? undefined : url, options, stopped.signal));
  };
  const enqueue = (parcel: Parcel): void => {
    queue = queue.then(() => send(parcel));
  };

  return {
    emit: (event) => {
      const parcel = { guid: randomUUID(), event, body: JSON.stringify(event.payload), redelivery: false };
      for (let copy = 0; copy < times; copy += 1) {
        if (holding) held.push(parcel);
        else enqueue(parcel);
      }
    },
    list: () => log,
    redeliver: (id) => {
      const old = log.find((delivery) => delivery.id === id);
      if (old === undefined) return false;
      enqueue({ guid: old.guid, event: { ...old, payload: {} }, body: old.body, redelivery: true });
      return true;
    },
    setUrl: (next) => (url = next),
    url: () => url,
    drop: (predicate) => (dropped = predicate),
    hold: () => (holding = true),
    release: (order = 'as-sent') => {
      holding = false;
      const parcels = held.splice(0);
      for (const parcel of order === 'reversed' ? parcels.reverse() : parcels) enqueue(parcel);
    },
    delay: (milliseconds) => (wait = milliseconds),
    repeat: (count) => (times = count),
    settled: async () => {
      for (let seen; seen !== queue;) {
        seen = queue;
        await seen;
      }
    },
    stop: async () => {
      stopped.abort();
      await queue;
    },
  };
}
