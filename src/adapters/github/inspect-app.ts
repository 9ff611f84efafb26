/** How the App is set up on GitHub, for people who look for what is wrong: permissions, events, webhook, installations. Reads only. */
import type { Evidence } from '../../domain/evidence.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { Log } from '../../ports/log.ts';
import { connect } from './client.ts';
import { anything, count, id, list, maybe, shape, text } from './decode.ts';
import { asEvidence, GitHubFault } from './fault.ts';

export interface AppSettings {
  readonly slug: string;
  readonly page: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

export interface DeliveryMade {
  /** RFC 3339. */
  readonly at: string;
  readonly event: string;
  /** Answered with 2xx. */
  readonly ok: boolean;
  /** GitHub's words: `timed out`, `Invalid HTTP Response: 401`. */
  readonly status: string;
}

export interface AppInspection {
  settings(): Promise<Evidence<AppSettings>>;
  /** Where webhooks go; '' for nowhere. */
  webhookUrl(): Promise<Evidence<string>>;
  /** The newest webhook deliveries, the newest first. */
  deliveries(): Promise<Evidence<readonly DeliveryMade[]>>;
  /** Permissions of the installation on `owner/name`: those of the App that the owner has agreed to. */
  installation(fullName: string): Promise<Evidence<Readonly<Record<string, string>>>>;
}

const app = shape({ id, slug: text, html_url: text, permissions: anything, events: list(text) });
const hookConfig = shape({ url: maybe(text) });
const delivery = shape({ delivered_at: text, event: text, status: text, status_code: count });
const installation = shape({ id, permissions: anything });
const newest = 30;

export function inspectApp(options: {
  readonly appId: string;
  readonly privateKey: string;
  readonly baseUrl: string;
  readonly log: Log;
}): AppInspection {
  const { asApp } = connect({ ...options, timeoutMilliseconds: 10_000, retryMilliseconds: 300, now: Date.now });
  return {
    settings: () =>
      asEvidence(async () => {
        const found = await asApp.one('GET /app', {}, app);
        const { slug, html_url: page, events } = found;
        return { slug, page, events, permissions: levels(found.permissions) };
      }),
    webhookUrl: () => asEvidence(async () => (await asApp.one('GET /app/hook/config', {}, hookConfig)).url ?? ''),
    deliveries: () =>
      asEvidence(async () => {
        const found = await asApp.one('GET /app/hook/deliveries', { per_page: newest }, list(delivery));
        return found.map(({ delivered_at: at, event, status, status_code: code }) => ({
          at,
          event,
          status,
          ok: code >= 200 && code < 300,
        }));
      }),
    installation: (fullName) =>
      asEvidence(async () => {
        const [owner = '', repo = ''] = fullName.split('/');
        const found = await asApp.one('GET /repos/{owner}/{repo}/installation', { owner, repo }, installation);
        return levels(found.permissions);
      }),
  };
}

/** `{contents: 'write'}`. */
function levels(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) throw new GitHubFault('malformed', 'the answer names no permissions');
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, level]) => (typeof level === 'string' ? [[name, level]] : [])),
  );
}
