/** The errors of GitHub's REST API, with the bodies it gives them. */
import type { JsonObject } from '../../domain/json.ts';

const documentation = 'https://docs.github.com/rest';

export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}) {
    super(`${status}: ${JSON.stringify(body)}`);
    this.status = status;
    this.body = { ...body, documentation_url: documentation, status: String(status) };
    this.headers = headers;
  }
}

export function notFound(): ApiError {
  return new ApiError(404, { message: 'Not Found' });
}

export function badCredentials(): ApiError {
  return new ApiError(401, { message: 'Bad credentials' });
}

export function forbidden(message: string): ApiError {
  return new ApiError(403, { message });
}

/** 422 with `errors` as GitHub lists them: `code` is `missing_field`, `invalid`, `already_exists` or `custom` (then with a message). */
export function invalid(resource: string, field: string, code: string, message?: string): ApiError {
  const error = message === undefined ? { resource, field, code } : { resource, field, code, message };
  return new ApiError(422, { message: 'Validation Failed', errors: [error] });
}

/** 422 with only a sentence. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, { message });
}

/** The secondary rate limit: 403 with retry-after in seconds. */
export function secondaryRateLimit(seconds: number): ApiError {
  return new ApiError(
    403,
    { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
    { 'retry-after': String(seconds) },
  );
}

/** The primary rate limit: 403 with nothing remaining until `reset` (seconds since 1970). */
export function primaryRateLimit(reset: number): ApiError {
  return new ApiError(
    403,
    { message: 'API rate limit exceeded for installation.' },
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
  );
}
