/** An HTTP proxy in front of a server that has no bad days of its own: the same faults as the stand-in GitHub's. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createFaults, faultError, type Faults } from '../../src/playground/github/faults.ts';

export interface FaultProxy {
  readonly url: string;
  readonly faults: Faults;
  stop(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults = createFaults();
  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const fault = faults.meet(method, path.split('?')[0] ?? '');
    const error = fault === undefined ? undefined : faultError(fault, Date.now() / 1000);
    if (fault?.done !== true && fault?.drop === true) return void request.socket.destroy();
    if (fault?.done !== true && error !== undefined) return send(response, error.status, error.headers, error.body);
    const answer = await fetch(`${target}${path}`, {
      method,
      headers: headersOf(request),
      redirect: 'manual',
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (fault?.drop === true) return void request.socket.destroy();
    const kept = ['content-type', 'link', 'location'].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value.replaceAll(target, url)] as const];
    });
    response.writeHead(answer.status, Object.fromEntries(kept)).end(body.toString('utf8').replaceAll(target, url));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    faults,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const { authorization, accept, 'content-type': type } = request.headers;
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(accept === undefined ? {} : { accept }),
    ...(type === undefined ? {} : { 'content-type': type }),
  };
}
