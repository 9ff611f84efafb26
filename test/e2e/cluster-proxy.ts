/**
 * Stands between the product and a real API server, and lets a test decide what becomes of each request: passed on, refused, kept without
 * an answer, cut, or passed on with something happening before its answer arrives. Where nothing is decided it is only a longer wire.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

import { Agent } from 'undici';

import type { ControlPlane } from '../../src/playground/control-plane/start-control-plane.ts';

export interface Call {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Would change the cluster: no read and no dry run. */
  readonly writes: boolean;
}

export type Fate =
  | 'forward'
  /** The connection is closed without an answer. */
  | 'cut'
  /** No answer, ever. */
  | 'hang'
  | { readonly status: number; readonly reason: string; readonly message: string; readonly retryAfter?: number }
  /** Carried out by the API server; what this does happens before the answer would be passed on, and there is none. */
  | { readonly carriedOutThen: () => void };

export interface ClusterProxy {
  /** Path of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  /** Every request that would change the cluster and was passed on, as `PATCH /api/v1/…`, in order. */
  readonly written: readonly string[];
  /** Decides over every request from now on; without one all are passed on. */
  decide(by?: (call: Call) => Fate): void;
  /** Resolves when every request passed on has been answered by the API server. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** @param folder where the kubeconfig goes */
export async function clusterProxy(cluster: ControlPlane, folder: string): Promise<ClusterProxy> {
  const upstream = new Agent({ connect: { ca: cluster.caPem }, headersTimeout: 0, bodyTimeout: 0 });
  const written: string[] = [];
  const passing = new Set<Promise<void>>();
  let decide: (call: Call) => Fate = () => 'forward';

  const server = createServer((request, response) => {
    const call = callOf(request);
    const fate = decide(call);
    if (fate === 'hang') return;
    if (fate === 'cut') request.socket.destroy();
    else if (fate !== 'forward' && 'status' in fate) refuse(response, fate);
    else {
      if (call.writes) written.push(`${call.method} ${call.path}`);
      const passed = pass(
        upstream,
        cluster.url,
        request,
        response,
        fate === 'forward' ? undefined : fate.carriedOutThen,
      );
      passing.add(passed);
      void passed.finally(() => passing.delete(passed));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const kubeconfig = join(folder, 'proxied-kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(url, cluster.token), { mode: 0o600 });
  return {
    kubeconfig,
    written,
    decide: (by = () => 'forward') => {
      decide = by;
    },
    settled: async () => {
      await Promise.all(passing);
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await upstream.destroy();
    },
  };
}

function callOf(request: IncomingMessage): Call {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://cluster');
  const method = request.method ?? 'GET';
  const dryRun = searchParams.get('dryRun') === 'All';
  return { method, path: pathname, writes: method !== 'GET' && method !== 'HEAD' && !dryRun };
}

function refuse(response: ServerResponse, fate: Extract<Fate, { status: number }>): void {
  const { status, reason, message, retryAfter } = fate;
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: status, reason, message };
  response.end(JSON.stringify(body));
}

/** Never rejects: an answer that cannot be passed on is a cut connection. */
async function pass(
  upstream: Agent,
  origin: string,
  request: IncomingMessage,
  response: ServerResponse,
  instead: (() => void) | undefined,
): Promise<void> {
  const gone = new AbortController();
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    // A write that has begun is carried out even if whoever sent it dies; a watch would otherwise never end.
    if (request.method === 'GET') response.on('close', () => gone.abort());
    const { host: _proxy, connection: _hop, ...headers } = request.headers;
    const answer = await upstream.request({
      origin,
      path: request.url ?? '/',
      method:
        request.method === 'PATCH' || request.method === 'DELETE' || request.method === 'POST' ? request.method : 'GET',
      headers,
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
      signal: gone.signal,
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    if (instead !== undefined) {
      instead();
      request.socket.destroy();
      return;
    }
    const { 'transfer-encoding': _chunked, 'content-length': _length, connection: _next, ...rest } = answer.headers;
    response.writeHead(answer.statusCode, { ...rest, 'content-length': String(body.length) });
    response.end(body);
  } catch {
    request.socket.destroy();
  }
}

function kubeconfigText(url: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: url } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
