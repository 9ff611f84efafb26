/**
 * The webhook intake: limits → verify the raw bytes → parse → one transaction that records the delivery and enqueues its jobs → 202.
 * Nothing else happens before the answer. Secrets, signatures and payloads are never logged.
 */
import type { Request, Response } from 'express';
import type { Intake, ParsedWebhook } from '../ports/intake.ts';
import type { Log } from '../ports/log.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { readJson } from './read-json.ts';
import type { BodyReader } from './read-body.ts';

/** What of the store the web uses. */
export interface WebStore {
  transaction<T>(
    work: (tx: Pick<StoreTransaction, 'recordDelivery' | 'enqueue' | 'planByToken'>) => Promise<T>,
  ): Promise<T>;
}

export interface WebhookDeps {
  readonly store: WebStore;
  /** By the forge's name in the operator file. */
  readonly intakes: Readonly<Record<string, Intake>>;
  readonly log: Log;
  readonly bodies: BodyReader;
  /** One delivery was dealt with: for the metrics. */
  readonly counted: (forge: string, outcome: WebhookOutcome) => void;
  /** The forges wait 10 s for an answer; the store gets this long. */
  readonly storeMilliseconds: number;
}

export type WebhookOutcome = 'accepted' | 'seen' | 'ignored' | 'refused' | 'malformed' | 'unavailable';

type Answer = { readonly status: number; readonly outcome: WebhookOutcome; readonly why: string };

/** Handles one request for the forge of this name; undefined names none that is configured. */
export async function receiveWebhook(
  deps: WebhookDeps,
  forge: string | undefined,
  request: Request,
  response: Response,
): Promise<void> {
  const intake = forge !== undefined && Object.hasOwn(deps.intakes, forge) ? deps.intakes[forge] : undefined;
  const answer =
    intake === undefined || forge === undefined
      ? ({ status: 404, outcome: 'refused', why: 'no such forge' } as const)
      : await receive(deps, forge, intake, request);
  deps.counted(intake === undefined ? 'unknown' : (forge ?? 'unknown'), answer.outcome);
  if (answer.status >= 400) {
    deps.log.warn({ forge: intake === undefined ? 'unknown' : forge, status: answer.status }, `webhook: ${answer.why}`);
    // What is left of the body is not read: the connection cannot be used again.
    if (!request.complete) response.set('Connection', 'close');
    if (answer.status === 503) response.set('Retry-After', '30');
  }
  response.status(answer.status).json({ outcome: answer.outcome, detail: answer.why });
}

async function receive(deps: WebhookDeps, forge: string, intake: Intake, request: Request): Promise<Answer> {
  const refused = refusedByHead(request);
  if (refused !== undefined) return refused;
  const body = await deps.bodies.read(request);
  if (body.kind === 'failed') {
    return { status: body.status, outcome: body.status === 503 ? 'unavailable' : 'refused', why: body.why };
  }
  const verification = intake.verify(request.headers, body.bytes);
  if (verification.kind === 'refused') return { status: 401, outcome: 'refused', why: verification.why };
  const json = readJson(body.bytes);
  if (json.kind === 'refused') return { status: 400, outcome: 'malformed', why: json.why };
  const parsed = intake.parse(request.headers, json.value);
  if (parsed.kind === 'malformed') return { status: 400, outcome: 'malformed', why: parsed.why };
  if (parsed.kind === 'ignored') {
    return { status: 202, outcome: 'ignored', why: parsed.why };
  }
  return store(deps, forge, parsed);
}

/** What can be told from the head alone, before a byte of the body is read. */
function refusedByHead(request: Request): Answer | undefined {
  const refuse = (status: number, why: string): Answer => ({ status, outcome: 'refused', why });
  const headers = request.headers;
  // Forges send neither; a secret put there would end up in access logs (H24).
  if (request.originalUrl.includes('?')) return refuse(400, 'a webhook has no query');
  if (headers.authorization !== undefined) return refuse(400, 'a webhook has no Authorization header');
  if (headers['x-github-event'] !== undefined && headers['x-gitlab-event'] !== undefined) {
    return refuse(400, 'headers of two forges');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return refuse(415, 'no content encoding is taken');
  const type = headers['content-type'] ?? '';
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(type)) {
    return refuse(415, 'only application/json is taken');
  }
  return undefined;
}

async function store(
  deps: WebhookDeps,
  forge: string,
  parsed: Extract<ParsedWebhook, { kind: 'jobs' }>,
): Promise<Answer> {
  const { deliveryId, contentKey, event, jobs } = parsed;
  const work = deps.store.transaction(async (tx) => {
    const recorded = await tx.recordDelivery({ id: `${forge}/${deliveryId}`, contentKey, event });
    if (recorded === 'new') for (const job of jobs) await tx.enqueue({ job });
    return recorded;
  });
  try {
    const recorded = await within(deps.storeMilliseconds, work);
    const kinds = jobs.map(({ kind }) => kind).join(',');
    deps.log.info({ forge, event, delivery: deliveryId, jobs: kinds, recorded }, 'webhook taken');
    return recorded === 'new'
      ? { status: 202, outcome: 'accepted', why: kinds }
      : { status: 202, outcome: 'seen', why: 'this was delivered before' };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    deps.log.error({ forge, event, delivery: deliveryId, error: why }, 'the store did not take a webhook');
    return { status: 503, outcome: 'unavailable', why: 'the store is away' };
  }
}

/** A transaction that ends after all does no harm: the redelivery finds it recorded. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
