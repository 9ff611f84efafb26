/** From a request body to an object of a kind: type checks, unknown fields as the request wants them told, defaults. */
import { badRequest, internalError } from './api-error.ts';
import { setKindDefaults } from './default-kinds.ts';
import { apiVersionOf, type Resource } from './registry.ts';
import { roundTrip, TypeMismatch } from './round-trip.ts';
import { pruneCustom } from './structural.ts';
import { objectMeta } from './type-table.ts';
import { copyTree, isTree, textAt, treeAt, type Tree } from './value.ts';

export interface Decoding {
  readonly validation: 'Strict' | 'Warn' | 'Ignore';
  readonly warn: (text: string) => void;
  readonly strictPrefix?: 'patch';
}

/** The defaulted object. Throws 400 in the words of the server's decoder. */
export function decode(body: Tree, resource: Resource, options: Decoding): Tree {
  const apiVersion = textAt(body, 'apiVersion') || apiVersionOf(resource);
  const kind = textAt(body, 'kind') || resource.kind;
  const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
  const subject = `${kind} in version "${version}" cannot be handled as a ${resource.kind}`;
  if (apiVersion !== apiVersionOf(resource))
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(resource)})`,
    );
  if (kind !== resource.kind)
    throw badRequest(`${subject}: converting (v1.${kind}) to (core.${resource.kind}): unknown conversion`);
  const whole = { ...copyTree(body), apiVersion, kind };
  const read = readTyped(whole, resource, (why) => badRequest(`${subject}: ${why}`));
  const unknown = read.unknown.map((path) => `unknown field "${path}"`);
  if (unknown.length > 0 && options.validation === 'Strict')
    throw badRequest(
      options.strictPrefix === 'patch'
        ? `error decoding patch: ${unknown.join(', ')}`
        : `${subject}: strict decoding error: ${unknown.join(', ')}`,
    );
  if (options.validation === 'Warn') for (const text of unknown) options.warn(text);
  return read.object;
}

/** The object of a server-side apply after merging, typed and defaulted. Throws 500. */
export function withDefaults(object: Tree, resource: Resource, prefix: string): Tree {
  return readTyped(object, resource, (why) =>
    internalError(`${prefix}${why.startsWith('illegal base64') ? 'error decoding from json: ' : ''}${why}`),
  ).object;
}

function readTyped(
  object: Tree,
  resource: Resource,
  fail: (why: string) => Error,
): { readonly object: Tree; readonly unknown: readonly string[] } {
  try {
    if (resource.custom !== undefined) return readCustom(object, resource);
    const read = roundTrip(object, resource.schema);
    const typed = read.object;
    setKindDefaults(resource.group, resource.kind, typed);
    const again = roundTrip(typed, resource.schema);
    return { object: again.object, unknown: read.unknown };
  } catch (error) {
    if (error instanceof TypeMismatch) throw fail(error.message);
    throw error;
  }
}

function readCustom(object: Tree, resource: Resource): { readonly object: Tree; readonly unknown: readonly string[] } {
  const pruned = pruneCustom(object, resource.custom?.openApi);
  const given = treeAt(pruned.object, 'metadata');
  const metadata = roundTrip(given ?? {}, { root: objectMeta, resolve: resource.schema.resolve });
  const whole = { ...pruned.object, metadata: metadata.object };
  return {
    object: isTree(whole) ? whole : object,
    unknown: [...metadata.unknown.map((path) => `metadata.${path}`), ...pruned.unknown],
  };
}
