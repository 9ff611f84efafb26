/** A request that got no answer: what that means, and whether asking again may help. */
import { type Unknown, unknown } from '../../domain/evidence.ts';
import { ClusterConfigError } from './kubeconfig.ts';

export interface TransportFailure {
  readonly because: Unknown;
  readonly retry: boolean;
}

/** An answer larger than the limit it was read under. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** `request` is the line that names it: `GET /api/v1/pods`. */
export function transportFailure(error: unknown, request: string): TransportFailure {
  if (error instanceof AnswerTooLarge)
    return { because: unknown('malformed', `${request}: ${error.message}`), retry: false };
  if (error instanceof ClusterConfigError)
    return { because: unknown('forbidden', `${request}: ${error.message}`), retry: false };
  const code = codeOf(error);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return { because: unknown('timeout', `${request}: no answer in time`), retry: false };
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return { because: unknown('timeout', `${request}: cannot connect in time`), retry: true };
  if (code === 'ETIMEDOUT') return { because: unknown('timeout', `${request}: no answer in time`), retry: false };
  if (/CERT|^ERR_(?:TLS|SSL)|^EPROTO$|UNABLE_TO/.test(code)) {
    return {
      because: unknown('unreachable', `${request}: the server's certificate is not trusted (${code})`),
      retry: false,
    };
  }
  return { because: unknown('unreachable', `${request}: the connection failed (${code})`), retry: true };
}

/** The innermost code: undici and node wrap what happened in what they were doing. */
function codeOf(error: unknown): string {
  let code = 'no code';
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') code = current.code;
    const inner: unknown = current instanceof AggregateError ? current.errors[0] : current.cause;
    current = inner;
  }
  return code;
}
