/**
 * Requests to GitHub over Probot's Octokit: a timeout for each attempt, retries for reads only, and a schema for every answer. The API's
 * origin comes from the configuration and nothing else (H10).
 */
import { ProbotOctokit } from 'probot';
import type { Log } from '../../ports/log.ts';
import { anything, decode, list, maybe, shape, text, type Decoder } from './decode.ts';
import { faultOf, GitHubFault, plain } from './fault.ts';
import { installationTokens, type Tokens } from './tokens.ts';

export interface ClientOptions {
  readonly appId: string;
  /** PEM. */
  readonly privateKey: string;
  /** `https://api.github.com`, `https://host/api/v3`. */
  readonly baseUrl: string;
  readonly timeoutMilliseconds: number;
  /** First pause before a read is repeated; grows with the square. */
  readonly retryMilliseconds: number;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type Parameters = Readonly<Record<string, string | number | boolean | object | undefined>>;

export interface Client {
  /** One request, one answer by its schema. Reads are repeated twice on 5xx; writes never (see below). Throws GitHubFault. */
  one<T>(route: string, parameters: Parameters, answer: Decoder<T>): Promise<T>;
  /** Every item of a paged list, page by page. Throws GitHubFault when there are more than `maxPages` of 100. */
  each<T>(
    route: string,
    parameters: Parameters,
    answer: Decoder<readonly T[]>,
    maxPages: number,
  ): AsyncGenerator<T, void>;
  graphql<T>(query: string, variables: Readonly<Record<string, string>>, answer: Decoder<T>): Promise<T>;
}

export interface Connection {
  readonly asApp: Client;
  asInstallation(installationId: string): Client;
  /** A token that can read this one repository's contents and nothing else. Throws GitHubFault. */
  readToken(installationId: string, repositoryId: string): Promise<string>;
}

const pageSize = 100;
/** Octokit repeats every other error, POSTs too: a 502 after a comment was made would make a second one. Hence `retries: 0` on writes. */
const neverRepeat = [400, 401, 403, 404, 409, 410, 422, 429, 451];

type Octokit = InstanceType<typeof ProbotOctokit>;
type Send = (request: { headers: Record<string, unknown> }) => Promise<unknown>;

export function connect(options: ClientOptions): Connection {
  const app = new ProbotOctokit({
    ...settings(options),
    auth: { appId: options.appId, privateKey: options.privateKey },
  });
  const tokens = installationTokens(async (route, parameters) => {
    const answer: { data: unknown } = await app.request(route, parameters);
    return answer.data;
  }, options.now);

  const clients = new Map<string, Client>();
  return {
    asApp: clientOver(app),
    asInstallation(installationId) {
      const client = clients.get(installationId) ?? clientOver(installationOctokit(options, tokens, installationId));
      clients.set(installationId, client);
      return client;
    },
    async readToken(installationId, repositoryId) {
      try {
        return await tokens.token(installationId, { repositoryId });
      } catch (error) {
        throw faultOf(error, `POST /app/installations/${installationId}/access_tokens`);
      }
    },
  };
}

function settings(options: ClientOptions) {
  return {
    baseUrl: options.baseUrl,
    // Pacing is the outbox sender's: it knows which words may wait and which are overtaken. Limits become retry or unknown, not sleep.
    throttle: { enabled: false },
    retry: { retries: 2, retryAfterBaseValue: options.retryMilliseconds, doNotRetry: neverRepeat },
    request: { fetch: boundedFetch(options) },
    // Octokit's debug lines hold whole bodies.
    log: {
      debug: () => {},
      info: () => {},
      warn: (message: string) => options.log.warn({}, message),
      error: (message: string) => options.log.error({}, message),
    },
  };
}

function installationOctokit(options: ClientOptions, tokens: Tokens, installationId: string): Octokit {
  const hook = async (send: Send, request: { headers: Record<string, unknown> }): Promise<unknown> => {
    const authorized = async () => {
      const authorization = `token ${await tokens.token(installationId)}`;
      return send({ ...request, headers: { ...request.headers, authorization } });
    };
    try {
      return await authorized();
    } catch (error) {
      // Revoked, or new and not yet known everywhere: once more with a fresh one.
      if (faultOf(error, '').status !== 401) throw error;
      tokens.drop(installationId);
      return authorized();
    }
  };
  const strategy = () => Object.assign(async () => ({ type: 'installation' }), { hook });
  return new ProbotOctokit({ ...settings(options), authStrategy: strategy });
}

function clientOver(octokit: Octokit): Client {
  async function send(route: string, parameters: Parameters): Promise<{ data: unknown; next: boolean }> {
    try {
      const answer: { data: unknown; headers: { link?: string | undefined } } = await octokit.request(route, {
        ...parameters,
        ...(route.startsWith('GET ') ? {} : { request: { retries: 0 } }),
      });
      if (answer.data === '' || answer.data === null || answer.data === undefined) {
        throw new GitHubFault('empty', `${named(route, parameters)} gave an empty answer`);
      }
      return { data: answer.data, next: /rel="next"/.test(answer.headers.link ?? '') };
    } catch (error) {
      throw faultOf(error, named(route, parameters));
    }
  }

  function read<T>(route: string, parameters: Parameters, answer: Decoder<T>, data: unknown): T {
    try {
      return decode(answer, data);
    } catch (error) {
      throw faultOf(error, named(route, parameters));
    }
  }

  return {
    async one(route, parameters, answer) {
      const { data } = await send(route, parameters);
      return read(route, parameters, answer, data);
    },
    async *each(route, parameters, answer, maxPages) {
      for (let page = 1; ; page += 1) {
        const { data, next } = await send(route, { ...parameters, per_page: pageSize, page });
        yield* read(route, parameters, answer, data);
        if (!next) return;
        if (page === maxPages) {
          throw new GitHubFault('malformed', `${named(route, parameters)} lists more than ${maxPages * pageSize}`);
        }
      }
    },
    async graphql(query, variables, answer) {
      try {
        const data: unknown = await octokit.graphql(query, { ...variables, request: { retries: 0 } });
        return decode(answer, data);
      } catch (error) {
        throw graphqlFault(error) ?? faultOf(error, 'POST /graphql');
      }
    },
  };
}

/** `GET /repos/o/r/pulls/7`: path parameters filled in, the query left out. */
function named(route: string, parameters: Parameters): string {
  return route.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
}

const graphqlErrors = shape({ errors: list(shape({ type: maybe(text), message: text })), data: anything });

/** GraphQL answers 200 with a list of errors. */
function graphqlFault(error: unknown): GitHubFault | undefined {
  let first: { type: string | undefined; message: string } | undefined;
  try {
    first = graphqlErrors(error, '').errors[0];
  } catch {
    return undefined;
  }
  const detail = `POST /graphql: ${plain(first?.message ?? 'no data')}`;
  if (first?.type === 'RATE_LIMITED') return new GitHubFault('throttled', detail, { afterSeconds: 60 });
  if (first?.type === 'NOT_FOUND') return new GitHubFault('not-found', detail, { status: 404 });
  if (first?.type === 'FORBIDDEN') return new GitHubFault('forbidden', detail, { status: 403 });
  return new GitHubFault('malformed', detail, { status: 422 });
}

/** A timeout for every attempt, and no answer from any other origin than the configured one, whatever a redirect says. */
function boundedFetch(options: ClientOptions): typeof fetch {
  const origin = new URL(options.baseUrl).origin;
  return async (input, init) => {
    const response = await fetch(input, { ...init, signal: AbortSignal.timeout(options.timeoutMilliseconds) });
    if (new URL(response.url).origin !== origin) {
      await response.body?.cancel();
      throw new Error('redirected to another host');
    }
    return response;
  };
}
