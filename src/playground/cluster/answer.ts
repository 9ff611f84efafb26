/** Sends answers: JSON, compressed where it pays as the server does, or a line of text. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Tree } from './value.ts';

export function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

const gzipFrom = 128 * 1024;

export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Tree,
  headers: Record<string, string | string[]> = {},
): void {
  const text = Buffer.from(JSON.stringify(body), 'utf8');
  const zip = text.length >= gzipFrom && (request.headers['accept-encoding'] ?? '').includes('gzip');
  const bytes = zip ? gzipSync(text, { level: 1 }) : text;
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    ...(zip ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}),
    'content-length': String(bytes.length),
    ...headers,
  });
  response.end(bytes);
}

/** RFC 7234 values, each text once. */
export function warningValues(texts: readonly string[]): string[] {
  return [...new Set(texts)].map((text) => `299 - ${JSON.stringify(text)}`);
}
