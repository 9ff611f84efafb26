/** LIST with selectors and pages. */
import { randomUUID } from 'node:crypto';
import { ApiError, badRequest } from './api-error.ts';
import { apiVersionOf, storageKey, type Resource } from './registry.ts';
import { parseFieldSelector, parseLabelSelector, type Predicate } from './selectors.ts';
import type { Storage } from './storage.ts';
import { isTree, textAt, type Tree } from './value.ts';

export interface ListQuery {
  readonly namespace: string | undefined;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
}

export function selection(query: Pick<ListQuery, 'labelSelector' | 'fieldSelector'>, resource: Resource): Predicate {
  const byLabel = parseLabelSelector(query.labelSelector);
  const byField = parseFieldSelector(query.fieldSelector, resource.plural);
  return (object) => byLabel(object) && byField(object);
}

/** Snapshots that continue tokens point into; a token is good for one hour of revisions, here for the last hundred lists. */
export interface Pages {
  readonly snapshots: Map<string, { readonly objects: readonly Tree[]; readonly revision: number }>;
}

const keptSnapshots = 100;

export function list(storage: Storage, resource: Resource, query: ListQuery, pages: Pages): Tree {
  const { objects, revision, from, id } = startingPoint(storage, resource, query, pages);
  const page = query.limit > 0 ? objects.slice(from, from + query.limit) : objects.slice(from);
  const left = objects.length - from - page.length;
  const metadata: Tree = {
    resourceVersion: String(revision),
    ...(resource.custom === undefined ? {} : { continue: '' }),
  };
  if (left > 0) {
    const snapshot = id === '' ? keep(pages, objects, revision) : id;
    metadata['continue'] = Buffer.from(JSON.stringify({ id: snapshot, from: from + page.length })).toString(
      'base64url',
    );
    if (query.labelSelector === '' && query.fieldSelector === '') metadata['remainingItemCount'] = left;
  }
  return {
    kind: resource.listKind,
    apiVersion: apiVersionOf(resource),
    metadata,
    items: page.map((object) => listed(object, resource)),
  };
}

function startingPoint(storage: Storage, resource: Resource, query: ListQuery, pages: Pages) {
  if (query.continueToken === '') {
    const objects = storage.list(storageKey(resource), query.namespace).filter(selection(query, resource));
    return { objects, revision: storage.revision(), from: 0, id: '' };
  }
  const token = readToken(query.continueToken);
  const snapshot = pages.snapshots.get(token.id);
  if (snapshot === undefined)
    throw new ApiError(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
  return { ...snapshot, from: token.from, id: token.id };
}

function readToken(text: string): { readonly id: string; readonly from: number } {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (isTree(value) && typeof value['from'] === 'number') return { id: textAt(value, 'id'), from: value['from'] };
  } catch {
    // Falls through to the same answer.
  }
  throw badRequest('continue key is not valid: encoded data is not valid');
}

function keep(pages: Pages, objects: readonly Tree[], revision: number): string {
  const id = randomUUID();
  pages.snapshots.set(id, { objects, revision });
  for (const old of pages.snapshots.keys()) {
    if (pages.snapshots.size <= keptSnapshots) break;
    pages.snapshots.delete(old);
  }
  return id;
}

/** In a list of a built-in kind the items carry neither apiVersion nor kind. */
function listed(object: Tree, resource: Resource): Tree {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return resource.custom === undefined ? rest : inVersion(object, resource);
}

/** A custom object as the asked version writes it: only apiVersion differs (conversion strategy None). */
export function inVersion(object: Tree, resource: Resource): Tree {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
