/** The JSON web token by which an app proves itself: RS256 over header and claims, ten minutes at most. */
import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isJsonObject } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import { ApiError } from './api-error.ts';
import { parseJson } from './request-body.ts';

const longest = 600;
/** Clock drift GitHub forgives, seconds. */
const drift = 60;

function decoded(part: string): JsonObject | undefined {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return value !== undefined && isJsonObject(value) ? value : undefined;
}

function refused(message: string): ApiError {
  return new ApiError(401, { message });
}

export function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}

/**
 * @param now seconds since 1970
 * @throws ApiError 401 with GitHub's sentences
 */
export function verifyAppJwt(token: string, publicKey: KeyObject, appId: number, now: number): void {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const header = decoded(head);
  const payload = decoded(claims);
  if (header?.['alg'] !== 'RS256' || payload === undefined) throw refused('A JSON web token could not be decoded');
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))) {
    throw refused('A JSON web token could not be decoded');
  }
  const { iss, iat, exp } = payload;
  if (iss !== appId && iss !== String(appId)) throw refused("'Issuer' claim ('iss') must be the App ID or client ID");
  if (typeof exp !== 'number') throw refused("Missing 'expiration time' claim ('exp') in assertion");
  if (exp <= now)
    throw refused(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + longest + drift) throw refused("'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > now + drift) {
    throw refused("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  }
}
