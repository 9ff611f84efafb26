/** Faults a test or a demonstration puts between client and server: refusals, throttling, slowness, broken connections. */
import { ApiError } from './api-error.ts';

export interface Fault {
  /** All methods when absent. */
  readonly method?: string;
  /** Matched against path and query. */
  readonly path: RegExp;
  readonly effect: FaultEffect;
  /** How many requests it meets; every one when absent. */
  readonly times?: number;
}

export type FaultEffect =
  | {
      readonly kind: 'status';
      readonly status: 403 | 429 | 500 | 503;
      readonly retryAfterSeconds?: number;
      readonly message?: string;
    }
  /** Answers as usual, later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection without an answer. */
  | { readonly kind: 'drop' };

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The effect for a request; counts it. */
  take(method: string, url: string): FaultEffect | undefined;
}

export function createFaults(): Faults {
  let active: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => active.push({ fault, left: fault.times ?? Infinity }),
    clear: () => {
      active = [];
    },
    take(method, url) {
      const found = active.find(
        ({ fault, left }) => left > 0 && (fault.method ?? method) === method && fault.path.test(url),
      );
      if (found === undefined) return undefined;
      found.left--;
      return found.fault.effect;
    },
  };
}

const reasons = { 403: 'Forbidden', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable' } as const;
const messages = {
  403: 'forbidden: User "fairlead" cannot do this',
  429: 'Too many requests, please try again later.',
  500: 'Internal error occurred: etcdserver: request timed out',
  503: 'the server is currently unable to handle the request',
} as const;

export function faultError(effect: Extract<FaultEffect, { kind: 'status' }>): ApiError {
  const after = effect.retryAfterSeconds;
  const details = after === undefined ? undefined : { retryAfterSeconds: after };
  const headers: Record<string, string> = after === undefined ? {} : { 'retry-after': String(after) };
  return new ApiError(
    effect.status,
    reasons[effect.status],
    effect.message ?? messages[effect.status],
    details,
    headers,
  );
}
