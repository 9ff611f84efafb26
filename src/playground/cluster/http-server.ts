/** The HTTP face: the log, faults and authentication every request passes, then reading, writing or discovery. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer, plain, warningValues } from './answer.ts';
import { ApiError } from './api-error.ts';
import type { Face } from './face.ts';
import { faultError } from './faults.ts';
import type { Pages } from './list.ts';
import { route } from './route.ts';
import { serveDiscovery } from './serve-discovery.ts';
import { serveRead } from './serve-reads.ts';
import { serveWrite } from './serve-writes.ts';
import { kindWarnings } from './warnings.ts';

const keptLines = 20_000;

export function createHttpServer(face: Face): Server {
  const pages: Pages = { snapshots: new Map() };
  return createServer((request, response) => {
    // The real server puts it on everything it says, plain-text errors included; clients know it by that.
    response.setHeader('audit-id', randomUUID());
    serve(face, pages, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof ApiError) answer(request, response, error.code, error.body(), error.headers);
      else
        answer(
          request,
          response,
          500,
          new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`).body(),
        );
    });
  });
}

async function serve(face: Face, pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const method = request.method ?? 'GET';
  face.log.push({ method, url: request.url ?? '/' });
  if (face.log.length > keptLines) face.log.shift();
  const fault = face.faults.take(method, request.url ?? '/');
  if (fault?.kind === 'drop') {
    request.socket.destroy();
    return;
  }
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
  if (fault?.kind === 'status') throw faultError(fault);
  if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) {
    plain(response, 200, 'ok');
    return;
  }
  const credentials = request.headers.authorization ?? (face.tokenRequired ? '' : `Bearer ${face.token}`);
  if (credentials !== `Bearer ${face.token}`) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const found = route(url.pathname, face.registry);
  if (found.kind !== 'resource') {
    serveDiscovery(face, found, url, request, response);
    return;
  }
  const standing = kindWarnings(found.resource);
  if (standing.length > 0) response.setHeader('warning', warningValues(standing));
  if (method === 'GET') serveRead(face, pages, found, url, request, response);
  else await serveWrite(face, found, url, request, response, standing);
}
