/** Errors as the server answers them: a Status object with code, reason, details and message. */
import type { Tree } from './value.ts';

export interface FieldError {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldManagerConflict'
    | 'NamespaceTerminating';
  readonly field: string;
  readonly message: string;
}

export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Tree | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: number, reason: string, message: string, details?: Tree, headers: Record<string, string> = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.headers = headers;
  }

  body(): Tree {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

export interface ResourceName {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** `configmaps`, `deployments.apps`. */
function groupResource(resource: Pick<ResourceName, 'group' | 'plural'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function groupKind(resource: Pick<ResourceName, 'group' | 'kind'>): string {
  return resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
}

function detailsOf(resource: Pick<ResourceName, 'group' | 'plural'>, name: string): Tree {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}

export function notFound(resource: Pick<ResourceName, 'group' | 'plural'>, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${groupResource(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function unsupportedMediaType(): ApiError {
  return new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** An error without a reason, as the server answers what it has no status for. */
export function internalError(message: string): ApiError {
  return new ApiError(500, '', message);
}

export function alreadyExists(resource: ResourceName, name: string): ApiError {
  const message = `${groupResource(resource)} "${name}" already exists`;
  return new ApiError(409, 'AlreadyExists', message, detailsOf(resource, name));
}

const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: Pick<ResourceName, 'group' | 'plural'>, name: string, why = modified): ApiError {
  const message = `Operation cannot be fulfilled on ${groupResource(resource)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(resource, name));
}

export function forbidden(resource: ResourceName, name: string, why: string, cause?: FieldError): ApiError {
  const causes = cause === undefined ? {} : { causes: [{ ...cause }] };
  return new ApiError(403, 'Forbidden', `${groupResource(resource)} "${name}" is forbidden: ${why}`, {
    ...detailsOf(resource, name),
    ...causes,
  });
}

/** 422 with a cause for each field. */
export function invalid(
  resource: Pick<ResourceName, 'group' | 'kind'>,
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const texts = [
    ...new Set(errors.map((error) => (error.field === '' ? error.message : `${error.field}: ${error.message}`))),
  ];
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${groupKind(resource)} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.kind,
    causes: errors.map((error) => ({ reason: error.reason, message: error.message, field: error.field })),
  });
}
