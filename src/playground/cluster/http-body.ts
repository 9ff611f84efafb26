/** Reads request bodies: JSON, or YAML where a server-side apply sends it. */
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { ApiError, badRequest, unsupportedMediaType } from './api-error.ts';
import { isTree, type Value } from './value.ts';

/** As a server's limit on request bodies. */
const maxBytes = 3 * 1024 * 1024;

/** The parsed body, undefined for an empty one. Throws 400, 413 or 415. */
export async function readBody(request: IncomingMessage, type: string, kind: string): Promise<Value | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > maxBytes)
      throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  if (type === 'application/apply-patch+yaml' || type === 'application/yaml') return readYaml(text);
  if (!type.endsWith('json')) throw unsupportedMediaType();
  try {
    return asValue(JSON.parse(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why}`,
    );
  }
}

function readYaml(text: string): Value {
  try {
    // JSON first: large configurations come as JSON, and it is much faster.
    return text.trimStart().startsWith('{')
      ? asValue(JSON.parse(text))
      : asValue(parse(text, { version: '1.1', merge: true }));
  } catch (error) {
    throw badRequest(
      `error decoding YAML: error converting YAML to JSON: yaml: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function asValue(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(asValue);
  if (isTree(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asValue(item)]));
  throw badRequest('the request body holds something that is not JSON');
}
