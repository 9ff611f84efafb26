/**
 * Installation tokens: asked for with the App's JWT, kept until shortly before they end. Not auth-app's own cache, because that shares
 * requests under way between all Apps of a process by installation id alone, and two forges may number their installations alike.
 */
import { decode, shape, text, type Decoder } from './decode.ts';

/** Sends one request as the App and gives the body of the answer. */
export type AsApp = (route: string, parameters: Record<string, unknown>) => Promise<unknown>;

export interface Tokens {
  /** A token of the whole installation, or one narrowed to reading one repository's contents. Fails as the request fails. */
  token(installationId: string, onlyRead?: { readonly repositoryId: string }): Promise<string>;
  /** Forgets a token GitHub no longer takes. */
  drop(installationId: string): void;
}

const grant: Decoder<{ token: string; expires_at: string }> = shape({ token: text, expires_at: text });
/** A token lives an hour. Git and long listings get one that is good for at least this long, whatever the clocks say. */
const marginMilliseconds = 10 * 60_000;
const lifeMilliseconds = 50 * 60_000;

export function installationTokens(asApp: AsApp, now: () => number): Tokens {
  const held = new Map<string, { token: Promise<string>; until: number }>();

  async function ask(installationId: string, body: object, key: string): Promise<string> {
    const answer = await asApp('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installationId,
      ...body,
    });
    const { token, expires_at: expires } = decode(grant, answer);
    // Our clock may be wrong (H106): the length of life is trusted only as far as an hour, and never longer than 50 minutes of ours.
    const until = Math.min(Date.parse(expires) - marginMilliseconds, now() + lifeMilliseconds);
    const entry = held.get(key);
    if (entry !== undefined && Number.isFinite(until)) entry.until = Math.max(until, now() + 60_000);
    return token;
  }

  return {
    token(installationId, onlyRead) {
      const key = `${installationId}/${onlyRead?.repositoryId ?? ''}`;
      const entry = held.get(key);
      if (entry !== undefined && entry.until > now()) return entry.token;
      for (const [old, { until }] of held) if (until <= now()) held.delete(old);
      const body =
        onlyRead === undefined
          ? {}
          : { repository_ids: [Number(onlyRead.repositoryId)], permissions: { contents: 'read' } };
      const token = ask(installationId, body, key);
      held.set(key, { token, until: now() + lifeMilliseconds });
      token.catch(() => held.delete(key));
      return token;
    },
    drop(installationId) {
      for (const key of held.keys()) if (key.startsWith(`${installationId}/`)) held.delete(key);
    },
  };
}
