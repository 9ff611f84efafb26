/** Every route Fairlead serves: webhooks in, health, metrics, and read-only plan pages. Nothing here changes a cluster. */
import { randomBytes } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { bodyLimits, bodyReader, type BodyLimits } from './read-body.ts';
import { planPage } from './plan-page.ts';
import { receiveWebhook, type WebhookDeps } from './webhooks.ts';

export interface WebDeps extends Omit<WebhookDeps, 'bodies' | 'storeMilliseconds'> {
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Why work cannot be taken right now, in one plain clause; undefined when it can. */
  readonly notReady: () => Promise<string | undefined>;
  readonly bodyLimits?: BodyLimits;
  readonly storeMilliseconds?: number;
}

const tokenPattern = /^[\w-]{16,128}$/;

export function webApp(deps: WebDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  // X-Forwarded-* are anybody's words (H110): no absolute link is ever made of a request.
  app.set('trust proxy', false);
  app.set('query parser', false);
  app.set('etag', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(securityHeaders);

  const webhookDeps = {
    ...deps,
    bodies: bodyReader(deps.bodyLimits ?? bodyLimits),
    storeMilliseconds: deps.storeMilliseconds ?? 8_000,
  };
  for (const kind of ['github', 'gitlab']) {
    app.post(`/webhooks/${kind}{/:forge}`, async (request, response) => {
      await receiveWebhook(webhookDeps, request.params['forge'] ?? kind, request, response);
    });
  }

  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const why = await deps.notReady().catch(() => 'the store is away');
    response
      .status(why === undefined ? 200 : 503)
      .json(why === undefined ? { status: 'ok' } : { status: 'not ready', why });
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, body } = await deps.metrics();
    response.set('Content-Type', contentType).send(body);
  });
  app.get('/plans/:token', (request, response) => showPlan(deps, request.params.token, response));

  app.use((_request: Request, response: Response) => {
    response.status(404).json({ status: 'not found' });
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const message = error instanceof Error ? error.message : 'unknown error';
    const status = statusOf(error);
    if (status === 500) deps.log.error({ error: message }, 'a request failed');
    if (response.headersSent) next(error);
    else response.status(status).json({ status: status === 500 ? 'failed' : 'bad request' });
  });
  return app;
}

/** Express marks what the client did wrong (a malformed percent escape in the path) with a 4xx status. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

async function showPlan(deps: Pick<WebDeps, 'store'>, name: string, response: Response): Promise<void> {
  const asJson = name.endsWith('.json');
  const token = asJson ? name.slice(0, -'.json'.length) : name;
  const shown = tokenPattern.test(token) ? await deps.store.transaction((tx) => tx.planByToken(token)) : undefined;
  if (shown === undefined) {
    response.status(404).json({ status: 'not found' });
    return;
  }
  if (asJson) {
    response.json(shown.plan);
    return;
  }
  const nonce = randomBytes(16).toString('base64');
  response.set('Content-Security-Policy', `${contentPolicy}; style-src 'nonce-${nonce}'`);
  response.type('html').send(planPage(shown, nonce));
}

const contentPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.set({
    'Content-Security-Policy': contentPolicy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  next();
}
