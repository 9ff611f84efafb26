/** Programmable faults: what a forge does on a bad day, at chosen requests, a chosen number of times. */
import { ApiError, primaryRateLimit, secondaryRateLimit } from './api-error.ts';

export interface Fault {
  /** Method and path, `*` for any run of characters: `POST /repos/*\/issues/*\/comments`, `* /graphql`. */
  readonly match: string;
  /** How often it happens; default always. */
  readonly times?: number;
  /** Requests let through first. */
  readonly after?: number;
  /** Answer with this status and body. */
  readonly status?: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** 403 with `retry-after`, seconds. */
  readonly secondaryRateLimit?: number;
  /** 403 with nothing remaining for so many seconds (`x-ratelimit-reset`). */
  readonly rateLimit?: number;
  /** Close the connection without an answer. */
  readonly drop?: boolean;
  /** Wait first, milliseconds. */
  readonly delay?: number;
  /** Carry the request out, then answer as above all the same: the answer that got lost. */
  readonly done?: boolean;
}

export interface Faults {
  /** @returns a function that takes the fault back */
  add(fault: Fault): () => void;
  clear(): void;
  /** The fault this request meets, counted; undefined when none does. */
  meet(method: string, path: string): Fault | undefined;
}

/** Whether `text` fits a pattern in which `*` stands for any run of characters. Linear in the text for each star. */
export function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  if (rest.length === 0) return text === first;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

export function createFaults(): Faults {
  const active = new Set<{ readonly fault: Fault; skip: number; left: number }>();
  return {
    add: (fault) => {
      const entry = { fault, skip: fault.after ?? 0, left: fault.times ?? Infinity };
      active.add(entry);
      return () => void active.delete(entry);
    },
    clear: () => active.clear(),
    meet: (method, path) => {
      for (const entry of active) {
        if (!fits(entry.fault.match, `${method} ${path}`)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.left -= 1;
        if (entry.left <= 0) active.delete(entry);
        return entry.fault;
      }
      return undefined;
    },
  };
}

/**
 * The error a fault answers with; undefined when it only delays.
 * @param now seconds since 1970
 */
export function faultError(fault: Fault, now: number): ApiError | undefined {
  if (fault.rateLimit !== undefined) return primaryRateLimit(now + fault.rateLimit);
  if (fault.secondaryRateLimit !== undefined) return secondaryRateLimit(fault.secondaryRateLimit);
  if (fault.status === undefined) return undefined;
  return new ApiError(fault.status, { message: fault.message ?? 'Server Error' }, fault.headers ?? {});
}
