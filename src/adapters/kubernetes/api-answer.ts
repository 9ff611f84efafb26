/** The three ways a request can end, and what a refusal means where nothing more particular is known. */
import { type Unknown, type UnknownReason, unknown } from '../../domain/evidence.ts';
import type { ApiStatus } from './schema.ts';

export type ApiAnswer =
  | { readonly kind: 'ok'; readonly status: number; readonly body: unknown; readonly warnings: readonly string[] }
  | Refusal
  /** No answer, or none that can be read. */
  | { readonly kind: 'failed'; readonly because: Unknown; readonly tooLarge?: boolean };

export interface Refusal {
  readonly kind: 'refused';
  /** `GET /api/v1/namespaces/shop/configmaps`, for people. */
  readonly request: string;
  readonly code: number;
  readonly status: ApiStatus;
  /**
   * True when the API server itself said it: a `Status` object, or the `audit-id` header it puts on everything. A 404 of
   * something in between (a load balancer, a wrong URL) must never read as "there is no such object".
   */
  readonly genuine: boolean;
  /** Seconds the server asks us to wait; 0 = it did not say. */
  readonly retryAfter: number;
}

/** A refusal as an unknown: `GET …: 403 Forbidden: configmaps is forbidden …`. `words` decides what may be repeated. */
export function unknownFrom(refusal: Refusal, words: (text: string) => string): Unknown {
  const { request, code, status, genuine } = refusal;
  const said = status.message === '' ? '' : `: ${words(status.message)}`;
  if (!genuine)
    return unknown(reasonFor(code, false), `${request} answered ${code}, but not as a Kubernetes API server does`);
  return unknown(reasonFor(code, true), `${request} answered ${code}${said}`);
}

function reasonFor(code: number, genuine: boolean): UnknownReason {
  if (code === 401 || code === 403) return 'forbidden';
  if (code === 429) return 'throttled';
  if (code === 408 || code === 504) return 'timeout';
  // A 409 that outlived its retries is another writer in the way: the same as not getting through.
  if (code >= 500 || code === 409) return 'unreachable';
  return code === 404 && genuine ? 'not-found' : 'malformed';
}
