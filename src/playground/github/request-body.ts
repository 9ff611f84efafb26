/** Reading the JSON bodies clients send, with GitHub's 422 when a field is missing or of the wrong type. */
import { isJsonObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { ApiError, invalid } from './api-error.ts';

/** Parses JSON text; the cast is the one place where foreign JSON becomes `Json`. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** @throws ApiError 400 for what is not a JSON object; an empty body is an empty object. */
export function parseBody(bytes: Uint8Array): JsonObject {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (value === undefined) throw new ApiError(400, { message: 'Problems parsing JSON' });
  if (!isJsonObject(value)) throw new ApiError(400, { message: 'Body should be a JSON object' });
  return value;
}

function wrongType(field: string, type: string): ApiError {
  return new ApiError(422, { message: `Invalid request.\n\nFor 'properties/${field}', value is not ${type}.` });
}

/** Absent reads as undefined; so does null, which GitHub takes for "not given" in most fields. */
export function optionalText(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(field, 'a string');
  return value;
}

export function text(body: JsonObject, resource: string, field: string): string {
  const value = optionalText(body, field);
  if (value === undefined || value === '') throw invalid(resource, field, 'missing_field');
  return value;
}

export function optionalFlag(body: JsonObject, field: string): boolean | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(field, 'a boolean');
  return value;
}

export function optionalNumber(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType(field, 'an integer');
  return value;
}

export function optionalObject(body: JsonObject, field: string): JsonObject | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw wrongType(field, 'an object');
  return value;
}

export function optionalList(body: JsonObject, field: string): readonly Json[] | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(field, 'an array');
  return value;
}

export function optionalTexts(body: JsonObject, field: string): readonly string[] | undefined {
  return optionalList(body, field)?.map((item) => {
    if (typeof item !== 'string') throw wrongType(field, 'an array of strings');
    return item;
  });
}

/** @throws ApiError 422 when the value is none of `allowed`. */
export function oneOf<T extends string>(resource: string, field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw invalid(resource, field, 'invalid');
  return found;
}

/** @throws ApiError 422 when longer than GitHub takes. */
export function atMost(resource: string, field: string, value: string | undefined, characters: number): void {
  if (value !== undefined && value.length > characters) {
    throw invalid(resource, field, 'custom', `${field} is too long (maximum is ${characters} characters)`);
  }
}
