/** The last step of making a GitHub App from a manifest: the code GitHub sent the browser back with becomes the App's secrets. */
import { ProbotOctokit } from 'probot';
import { decode, id, maybe, shape, text } from './decode.ts';
import { faultOf } from './fault.ts';

export interface RegisteredApp {
  readonly appId: string;
  /** The App's page; `/installations/new` below it is where it is installed. */
  readonly url: string;
  /** PEM. */
  readonly privateKey: string;
  /** Absent where the manifest asked for no webhook. */
  readonly webhookSecret?: string;
}

const conversion = shape({ id, html_url: text, pem: text, webhook_secret: maybe(text) });

/**
 * `apiUrl` is `https://api.github.com` or `https://host/api/v3`. A code works once and for an hour, so nothing is tried twice. Throws
 * GitHubFault. https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
 */
export async function registerApp(apiUrl: string, code: string): Promise<RegisteredApp> {
  const octokit = new ProbotOctokit({ baseUrl: apiUrl, throttle: { enabled: false } });
  try {
    const answer: { data: unknown } = await octokit.request('POST /app-manifests/{code}/conversions', {
      code,
      request: { retries: 0, signal: AbortSignal.timeout(20_000) },
    });
    const app = decode(conversion, answer.data);
    const secret = app.webhook_secret === undefined ? {} : { webhookSecret: app.webhook_secret };
    return { appId: app.id, url: app.html_url, privateKey: app.pem, ...secret };
  } catch (error) {
    throw faultOf(error, 'POST /app-manifests/…/conversions');
  }
}
