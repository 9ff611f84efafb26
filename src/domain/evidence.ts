/**
 * What a port could find out. *Unknown* is a result like any other, and every gate treats it as
 * hold (invariant 3): a 403, a 404, an empty answer or a time-out never reads as "nothing is required".
 */
export type Evidence<T> = { readonly known: true; readonly value: T } | Unknown;

export interface Unknown {
  readonly known: false;
  readonly why: UnknownReason;
  /** One plain clause for people, without secrets: "GET /repos/a/b answered 403". */
  readonly detail: string;
}

export type UnknownReason = 'unreachable' | 'timeout' | 'throttled' | 'forbidden' | 'not-found' | 'empty' | 'malformed';

export function known<T>(value: T): Evidence<T> {
  return { known: true, value };
}

export function unknown(why: UnknownReason, detail: string): Unknown {
  return { known: false, why, detail };
}
