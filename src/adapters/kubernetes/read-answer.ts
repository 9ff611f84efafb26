/** From an HTTP response to an answer: read under a size limit, unpacked, parsed. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { Dispatcher } from 'undici';

import { unknown } from '../../domain/evidence.ts';
import type { ApiAnswer } from './api-answer.ts';
import { parseStatus } from './schema.ts';
import { AnswerTooLarge } from './transport-failure.ts';

const unpack = promisify(gunzip);

/** Rejects with `AnswerTooLarge` beyond `mostBytes` (after decompression) and with whatever cuts the connection. */
export async function readAnswer(
  response: Dispatcher.ResponseData,
  request: string,
  mostBytes: number,
): Promise<ApiAnswer> {
  const text = await readText(response, mostBytes);
  const code = response.statusCode;
  const body = parseJson(text);
  if (code >= 200 && code < 300) {
    if (body === undefined) {
      return {
        kind: 'failed',
        because: unknown('malformed', `${request} answered ${code} with something that is not JSON`),
      };
    }
    return { kind: 'ok', status: code, body, warnings: warningTexts(response.headers['warning']) };
  }
  const said = parseStatus(body);
  const status = said ?? {
    reason: '',
    message: text.length <= 200 ? text : '',
    causes: [],
    about: { kind: '', name: '' },
    retryAfterSeconds: 0,
  };
  return {
    kind: 'refused',
    request,
    code,
    status,
    genuine: said !== undefined || response.headers['audit-id'] !== undefined,
    retryAfter: Math.max(secondsOf(response.headers['retry-after']), status.retryAfterSeconds),
  };
}

/** Texts of `Warning: 299 - "text"` headers (RFC 7234 §5.5), in order, without repetition. */
function warningTexts(header: string | string[] | undefined): readonly string[] {
  const line = Array.isArray(header) ? header.join(', ') : (header ?? '');
  const texts = [...line.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? '').replaceAll(/\\(.)/g, '$1'),
  );
  return [...new Set(texts)];
}

async function readText(response: Dispatcher.ResponseData, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > mostBytes) throw tooLarge(mostBytes);
    chunks.push(bytes);
  }
  const packed = Buffer.concat(chunks);
  if (response.headers['content-encoding'] !== 'gzip') return packed.toString('utf8');
  try {
    return (await unpack(packed, { maxOutputLength: mostBytes })).toString('utf8');
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(mostBytes);
    throw error;
  }
}

function tooLarge(mostBytes: number): AnswerTooLarge {
  return new AnswerTooLarge(`the answer is larger than ${Math.round(mostBytes / 1024 / 1024)} MB`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds; its date form is not used by API servers. */
function secondsOf(header: string | string[] | undefined): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}
