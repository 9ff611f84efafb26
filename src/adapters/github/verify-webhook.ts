/** Proves that GitHub sent these very bytes: HMAC-SHA256 with the webhook secret, before anything of the body is parsed. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Verification, WebhookHeaders } from '../../ports/intake.ts';

/**
 * `secrets` are those accepted now, more than one while a secret is rotated (H8). No secret verifies nothing: whatever app id or
 * installation a header names, there is never an empty one (H9). The SHA-1 header is not looked at (H3).
 * Source: GitHub, "Validating webhook deliveries".
 */
export function verifyGitHub(headers: WebhookHeaders, rawBody: Uint8Array, secrets: readonly string[]): Verification {
  const usable = secrets.filter((secret) => secret !== '');
  if (usable.length === 0) return { kind: 'refused', why: 'no webhook secret is configured' };
  const header = headers['x-hub-signature-256'];
  if (typeof header !== 'string') return { kind: 'refused', why: 'no X-Hub-Signature-256 header' };
  const digits = /^sha256=([0-9a-f]{64})$/.exec(header)?.[1];
  if (digits === undefined) return { kind: 'refused', why: 'X-Hub-Signature-256 is not a SHA-256 signature' };
  const given = Buffer.from(digits, 'hex');
  // Every secret is tried, so that the time taken does not tell which one fits.
  let fits = false;
  for (const secret of usable) {
    const expected = createHmac('sha256', secret).update(rawBody).digest();
    fits = timingSafeEqual(given, expected) || fits;
  }
  return fits ? { kind: 'verified' } : { kind: 'refused', why: 'the signature does not fit' };
}
