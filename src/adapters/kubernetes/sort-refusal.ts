/**
 * What a refused server-side apply means. The texts are the API server's own, read off v1.36; where a code and a text
 * disagree the text decides, as schema errors come as bare 500s and webhooks choose any code they like.
 */
import type { ApplyOutcome, InvalidCause, ManagerConflict } from '../../domain/apply-outcome.ts';
import type { ResourceType } from '../../domain/kubernetes.ts';
import { type Refusal, unknownFrom } from './api-answer.ts';
import { fieldPath } from './field-path.ts';
import type { StatusCause } from './schema.ts';
import { plainWords, withoutLargeValues, wordsFor } from './server-words.ts';

type Words = (text: string) => string;

export function outcomeOfRefusal(refusal: Refusal, type: ResourceType): ApplyOutcome {
  const words = wordsFor(type);
  const { code, status, genuine } = refusal;
  const detail = words(withoutLargeValues(status.message));
  const unavailable: ApplyOutcome = { kind: 'unavailable', because: unknownFrom(refusal, words) };
  if (!genuine || code === 401) return unavailable;

  const conflicts = status.causes.filter((cause) => cause.reason === 'FieldManagerConflict');
  if (conflicts.length > 0) return { kind: 'conflict', conflicts: byManager(conflicts), detail };
  if (saysTerminating(status.message) || status.causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
    return { kind: 'terminating', detail };
  }
  if (/denied (?:the )?request|does not support dry run/.test(status.message)) return { kind: 'denied', detail };
  const schemaErrors = schemaCauses(status.message, words);
  if (schemaErrors.length > 0) return invalid(schemaErrors);

  switch (code) {
    case 403:
      return isAccessRefusal(status.message) ? unavailable : { kind: 'denied', detail };
    case 404:
      return notFound(refusal, type, detail);
    case 422:
      return unprocessable(status.causes, detail, words);
    case 400:
    case 405:
    case 413:
    case 415:
      return invalid([{ field: '', message: detail }]);
    default:
      return unavailable;
  }
}

/** `User "x" cannot patch resource "y"`: RBAC's words, told apart from admission's, which also come as 403. */
export function isAccessRefusal(message: string): boolean {
  return /\bcannot \w+ (?:resource|path) "/.test(message);
}

function saysTerminating(message: string): boolean {
  return /because it is being terminated|object is being deleted/.test(message);
}

function notFound({ status }: Refusal, type: ResourceType, detail: string): ApplyOutcome {
  const isNamespace = type.group === '' && type.kind === 'Namespace';
  if (status.about.kind === 'namespaces' && !isNamespace) return { kind: 'namespace-missing', detail };
  if (status.about.name === '') return { kind: 'kind-unknown', detail };
  return invalid([{ field: '', message: detail }]);
}

function unprocessable(causes: readonly StatusCause[], detail: string, words: Words): ApplyOutcome {
  const all = distinct(
    causes.map(({ field, message }) => ({ field: pathWords(field), message: words(withoutLargeValues(message)) })),
  );
  if (all.length === 0) return invalid([{ field: '', message: detail }]);
  if (causes.every(isImmutability)) {
    const fields = [...new Set(all.map(({ field }) => field))];
    return { kind: 'immutable', fields, detail: sentence(all) };
  }
  return invalid(all);
}

/**
 * Rules of the kind "this cannot change", which deleting and creating anew would satisfy. Everything the object is refused
 * for must be one, else a replacement would be refused too. Identity (`metadata.uid`) is not a field that replacing changes.
 */
const immutability =
  /\bis immutable\b|may not change once set|may not be changed in an update|cannot change roleRef|updates to statefulset spec for fields other than|pod updates may not change fields other than|updates to \S+ are forbidden/;

function isImmutability({ field, message }: StatusCause): boolean {
  return immutability.test(message) && !field.startsWith('metadata.');
}

/**
 * What the server says before it validates: a patch that does not fit the schema, or cannot be decoded.
 * `failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.replcas: field not declared in schema`, several
 * of them one a line after `errors:`; `strict decoding error: unknown field "spec.x", duplicate field "spec.y"`.
 */
function schemaCauses(message: string, words: Words): readonly InvalidCause[] {
  const strict = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map(([, what, field]) => ({
    field: pathWords(field ?? ''),
    message: `${what} field`,
  }));
  if (strict.length > 0) return strict;
  const opening =
    /failed to (?:create typed (?:patch|live|new) object|convert new object) \([^)]*\)(?: to proper version)?: /.exec(
      message,
    );
  if (opening === null) return [];
  const said = message.slice(opening.index + opening[0].length);
  const lines = said.startsWith('errors:') ? said.split('\n').slice(1) : [said];
  return lines.map((line) => {
    const [, field, reason] = /^\s*(\.\S.*?): (.*)$/.exec(line) ?? [];
    return { field: pathWords(field ?? ''), message: words(withoutLargeValues(reason ?? line)) };
  });
}

function byManager(causes: readonly StatusCause[]): readonly ManagerConflict[] {
  const fields = new Map<string, string[]>();
  for (const { message, field } of causes) {
    // `conflict with "kubectl-edit" using apps/v1`, `conflict with "x" with subresource "scale" …`; the name is quoted as Go quotes.
    const name = /"((?:[^"\\]|\\.)*)"/.exec(message)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? 'unknown';
    const manager = plainWords(name);
    fields.set(manager, [...(fields.get(manager) ?? []), pathWords(field)]);
  }
  return [...fields].map(([manager, paths]) => ({ manager, fields: [...new Set(paths)] }));
}

function invalid(causes: readonly InvalidCause[]): ApplyOutcome {
  return { kind: 'invalid', causes, detail: sentence(causes) };
}

function sentence(causes: readonly InvalidCause[]): string {
  return plainWords(causes.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; '));
}

function pathWords(field: string): string {
  return plainWords(fieldPath(field));
}

/** The server repeats a cause where one value is checked twice. */
function distinct(causes: readonly InvalidCause[]): readonly InvalidCause[] {
  return [...new Map(causes.map((cause) => [`${cause.field}\n${cause.message}`, cause])).values()];
}
