/**
 * A forge's webhook intake: two pure functions. `verify` judges the raw bytes before anything is parsed; `parse` makes jobs out of the
 * body. Jobs carry identity, never facts: a payload can only say that something may have happened, the flow asks the forge what.
 */
import type { JsonObject } from '../domain/json.ts';
import type { Job } from './jobs.ts';

/** As Node gives them: names in lower case, repeated ones as lists. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Intake {
  verify(headers: WebhookHeaders, rawBody: Uint8Array): Verification;
  parse(headers: WebhookHeaders, body: JsonObject): ParsedWebhook;
}

/** `why` is for the log; it never holds a secret, a signature or a part of the body. */
export type Verification = { readonly kind: 'verified' } | { readonly kind: 'refused'; readonly why: string };

export type ParsedWebhook =
  | {
      readonly kind: 'jobs';
      /** The forge's own id of this delivery; the same for a redelivery of it. */
      readonly deliveryId: string;
      /** What happened, independent of the delivery: event, action, repository id, pull request, commit or comment id (H12). */
      readonly contentKey: string;
      /** `pull_request.opened`. */
      readonly event: string;
      readonly jobs: readonly Job[];
    }
  | { readonly kind: 'ignored'; readonly event: string; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string };
