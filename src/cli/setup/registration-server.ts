/**
 * The manifest flow, for one App: a page on this machine that sends the browser to GitHub, and the address GitHub sends it back to with a
 * code. A process of its own and on the loopback address only; the server that receives webhooks has none of it (H110).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../../web/listen.ts';
import { type AppManifest, manifestToPost } from '../app-manifest.ts';
import { donePage, failedPage, startPage } from './pages.ts';

export interface Registration {
  /** The page to open. */
  readonly url: string;
  /** Resolves when a code was exchanged; a code that fails leaves the page open for another try. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

export interface RegistrationOptions {
  readonly port: number;
  readonly manifest: AppManifest;
  /** `https://github.com`, `https://ghe.example.com`. */
  readonly gitHubUrl: string;
  /** The organization that will own the App; absent: the person. */
  readonly organization?: string;
  /** Where Fairlead will be reached from GitHub. */
  readonly publicUrl?: string;
  /** Makes the App's secrets of a code and keeps them; gives the page where the App is installed. */
  readonly exchange: (code: string) => Promise<string>;
}

const page = '/probot';
const callback = '/probot/setup';

export async function startRegistration(options: RegistrationOptions): Promise<Registration> {
  // Only the browser that came from our page may bring a code: anybody else's would make us somebody else's App.
  const state = randomBytes(24).toString('base64url');
  const nonce = randomBytes(16).toString('base64');
  const finished = Promise.withResolvers<void>();
  let port = options.port;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const given = new URLSearchParams(query);
    // Another name for this address would be a page of somebody else, reading ours (DNS rebinding).
    if (![`localhost:${port}`, `127.0.0.1:${port}`].includes(request.headers.host ?? '')) {
      return send(response, 421, failedPage('Open this page as localhost.', nonce), nonce);
    }
    if (request.method !== 'GET') return send(response, 405, failedPage('Open this page in a browser.', nonce), nonce);
    if (path === page) {
      const organization = options.organization === undefined ? '' : `/organizations/${options.organization}`;
      const action = `${options.gitHubUrl}${organization}/settings/apps/new?state=${state}`;
      const manifest = manifestToPost(options.manifest, `http://localhost:${port}${callback}`, options.publicUrl);
      return send(response, 200, startPage(action, manifest, nonce), nonce, options.gitHubUrl);
    }
    if (path !== callback) return send(response, 404, failedPage('There is nothing here.', nonce), nonce);
    if (!same(given.get('state') ?? '', state)) {
      return send(response, 400, failedPage(`This did not begin on this page: open ${page}.`, nonce), nonce);
    }
    try {
      const next = await options.exchange(given.get('code') ?? '');
      send(response, 200, donePage(next, nonce), nonce);
      response.once('close', finished.resolve);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      send(response, 502, failedPage(`${why}. Open ${page} to try again.`, nonce), nonce);
      console.error(why);
    }
  };

  const server = await listen((request, response) => void answer(request, response), { host: '127.0.0.1', port });
  port = Number(new URL(server.url).port);
  return { url: `http://localhost:${port}${page}`, done: finished.promise, close: () => server.close(2) };
}

function same(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function send(response: ServerResponse, status: number, html: string, nonce: string, formTarget?: string): void {
  const target = formTarget === undefined ? "'none'" : new URL(formTarget).origin;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'; form-action ${target}`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(html);
}
