/** What was asked of the stand-in, so that tests can say how often. */
import { fits } from './faults.ts';

export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly search: string;
  readonly status: number;
  /** Login, `app` or `anonymous`. */
  readonly by: string;
  readonly body: string;
}

export interface RequestLog {
  add(request: LoggedRequest): void;
  list(): readonly LoggedRequest[];
  /** How many fit a pattern like `POST /repos/*\/issues/*\/comments`. */
  count(pattern: string): number;
  clear(): void;
}

export function createRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  return {
    add: (request) => void requests.push(request),
    list: () => requests,
    count: (pattern) => requests.filter((request) => fits(pattern, `${request.method} ${request.path}`)).length,
    clear: () => void requests.splice(0),
  };
}
