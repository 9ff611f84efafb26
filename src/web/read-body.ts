/**
 * Reads a webhook's raw bytes under limits: how many, how long, and how much is held in memory for all requests together. The bytes are
 * kept as they came, for the signature is over them.
 */
import type { IncomingMessage } from 'node:http';

export interface BodyLimits {
  readonly bytes: number;
  readonly milliseconds: number;
  /** Bytes held by all bodies being read. Above it large bodies are turned away; small ones never are. */
  readonly heldBytes: number;
}

/** GitHub sends at most 25 MB. */
export const bodyLimits: BodyLimits = { bytes: 25 * 1024 * 1024, milliseconds: 10_000, heldBytes: 64 * 1024 * 1024 };

export type BodyResult =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly status: 400 | 408 | 413 | 503; readonly why: string };

/** A body of this size is read however full memory is, so that a few huge ones cannot shut out the ordinary. */
const smallBytes = 1024 * 1024;

export interface BodyReader {
  read(request: IncomingMessage): Promise<BodyResult>;
}

export function bodyReader(limits: BodyLimits): BodyReader {
  let held = 0;

  return {
    read(request) {
      const declared = Number(request.headers['content-length'] ?? 0);
      if (declared > limits.bytes) return Promise.resolve(tooLarge(limits));
      return new Promise((resolve) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const timer = setTimeout(() => {
          end({ kind: 'failed', status: 408, why: `the body did not arrive in ${limits.milliseconds} ms` });
        }, limits.milliseconds);

        const end = (result: BodyResult): void => {
          clearTimeout(timer);
          request.off('data', take).off('end', complete).off('error', broken).off('close', broken);
          request.on('error', () => {});
          held -= size;
          size = 0;
          if (result.kind === 'failed') request.pause();
          resolve(result);
        };
        const take = (chunk: Buffer): void => {
          size += chunk.length;
          held += chunk.length;
          if (size > limits.bytes) end(tooLarge(limits));
          else if (held > limits.heldBytes && size > smallBytes) {
            end({ kind: 'failed', status: 503, why: 'too many large bodies at once' });
          } else chunks.push(chunk);
        };
        const complete = (): void => end({ kind: 'read', bytes: Buffer.concat(chunks) });
        const broken = (): void => end({ kind: 'failed', status: 400, why: 'the connection broke' });
        request.on('data', take).on('end', complete).on('error', broken).on('close', broken);
      });
    },
  };
}

function tooLarge(limits: BodyLimits): BodyResult {
  return { kind: 'failed', status: 413, why: `the body is larger than ${limits.bytes} bytes` };
}
