/** The few requests that setting up a control plane takes. The product has its own client; this one must not depend on it. */
import { Agent, request } from 'undici';
import type { Json } from '../../domain/json.ts';
import type { Access } from './kubeconfig.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const REQUEST_MS = 15_000;

/** Sends requests to one API server. `close` ends its connections. */
export interface ApiClient {
  /** Throws when no answer comes; any status is an answer. */
  readonly send: (method: 'GET' | 'POST', path: string, body?: Json) => Promise<Answer>;
  /** Creates an object and returns the answer's body; one that exists already is left as it is. Throws on any other answer. */
  readonly create: (path: string, object: Json) => Promise<string>;
  readonly close: () => Promise<void>;
}

export function apiClient(access: Access): ApiClient {
  const dispatcher = new Agent({ connect: { ca: access.caPem } });
  const send = async (method: 'GET' | 'POST', path: string, body?: Json): Promise<Answer> => {
    const response = await request(new URL(path, access.url), {
      method,
      dispatcher,
      signal: AbortSignal.timeout(REQUEST_MS),
      headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.statusCode, body: await response.body.text() };
  };
  return {
    send,
    create: async (path, object) => {
      const { status, body } = await send('POST', path, object);
      if (status !== 201 && status !== 409) throw new Error(`POST ${path}: ${status} ${body}`);
      return body;
    },
    close: () => dispatcher.close(),
  };
}
