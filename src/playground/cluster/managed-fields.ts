/**
 * Who owns which field: reads and writes metadata.managedFields, and computes it anew for an update or an apply.
 * Rules of k8s.io/apimachinery's managedfields package.
 */
import { ApiError } from './api-error.ts';
import {
  difference,
  fromFieldsV1,
  intersection,
  isEmptySet,
  noFields,
  pathText,
  pathsOf,
  recursiveDifference,
  setOf,
  toFieldsV1,
  union,
  withNamedFields,
  type FieldSet,
} from './field-set.ts';
import type { TypedSchema } from './schema.ts';
import { compare, fieldsOf, merge, removeFields, type Comparison } from './typed.ts';
import { isTree, textAt, treeAt, treesAt, type Tree, type Value } from './value.ts';

export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339 in seconds; '' while unknown. */
  readonly time: string;
  readonly fields: FieldSet;
}

export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** Fields this endpoint never changes: `status` on the object itself, `spec` on its status. */
  readonly ignored: FieldSet;
  /** RFC 3339 in seconds. */
  readonly now: string;
}

/** What no manager ever owns. */
const unowned = setOf([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]);

export function ownersOf(object: Tree): readonly Owner[] {
  return treesAt(treeAt(object, 'metadata'), 'managedFields').map((entry) => ({
    manager: textAt(entry, 'manager'),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: textAt(entry, 'apiVersion'),
    subresource: textAt(entry, 'subresource'),
    time: textAt(entry, 'time'),
    fields: fromFieldsV1(treeAt(entry, 'fieldsV1') ?? {}),
  }));
}

/** Appliers first, then by time, manager, version, subresource. */
export function writeOwners(object: Tree, owners: readonly Owner[]): Tree {
  const key = (owner: Owner) =>
    [owner.operation, owner.time, owner.manager, owner.apiVersion, owner.subresource].join(' ');
  const entries = owners
    .toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
    .map((owner) => ({
      manager: owner.manager,
      operation: owner.operation,
      apiVersion: owner.apiVersion,
      ...(owner.time === '' ? {} : { time: owner.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(owner.fields),
      ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
    }));
  const metadata: Tree = { ...treeAt(object, 'metadata'), managedFields: entries };
  if (entries.length === 0) delete metadata['managedFields'];
  return { ...object, metadata };
}

export function withoutOwners(object: Tree): Tree {
  const metadata: Tree = { ...treeAt(object, 'metadata') };
  delete metadata['managedFields'];
  return { ...object, metadata };
}

function isSelf(owner: Owner, writer: Writer, operation: 'Apply' | 'Update'): boolean {
  const same =
    owner.manager === writer.manager && owner.operation === operation && owner.subresource === writer.subresource;
  // An applier keeps its entry over versions, an updater has one for each.
  return same && (operation === 'Apply' || owner.apiVersion === writer.apiVersion);
}

function withoutIgnored(found: Comparison, ignored: FieldSet): Comparison {
  return {
    added: recursiveDifference(found.added, ignored),
    modified: recursiveDifference(found.modified, ignored),
    removed: recursiveDifference(found.removed, ignored),
  };
}

/** Takes what changed away from the others. */
function withoutTaken(owners: readonly Owner[], found: Comparison): readonly Owner[] {
  const taken = union(union(found.modified, found.added), found.removed);
  return owners
    .map((owner) => ({ ...owner, fields: difference(owner.fields, taken) }))
    .filter((owner) => !isEmptySet(owner.fields));
}

/** Owners after `writer` turned `before` into `after` by a create, an update or a patch. */
export function ownersAfterUpdate(
  before: Tree,
  after: Tree,
  owners: readonly Owner[],
  writer: Writer,
  schema: TypedSchema,
): readonly Owner[] {
  const found = withoutIgnored(compare(withoutOwners(before), withoutOwners(after), schema), writer.ignored);
  // An object that nobody's ownership is recorded of (reset, or gone with its last field) stays so until it is applied.
  if (owners.length === 0 && textAt(treeAt(before, 'metadata'), 'uid') !== '') return [];
  // The server computes what this operation took and adds it to what the same manager owned before.
  const self = owners.find((owner) => isSelf(owner, writer, 'Update'));
  const others = withoutTaken(
    owners.filter((owner) => owner !== self),
    found,
  );
  const taken = difference(union(found.modified, found.added), unowned);
  const kept = self === undefined ? noFields : difference(self.fields, found.removed);
  const fields = union(kept, taken);
  if (isEmptySet(fields)) return others;
  const time = isEmptySet(taken) && self !== undefined ? self.time : writer.now;
  const own: Owner = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time,
    fields,
  };
  return capped([...others, own]);
}

const maxUpdaters = 10;

/** More than ten updaters: the oldest become one entry named `ancient-changes`. */
function capped(owners: readonly Owner[]): readonly Owner[] {
  const updaters = owners
    .filter((owner) => owner.operation === 'Update')
    .toSorted((a, b) => (a.time < b.time ? -1 : 1));
  const excess = updaters.slice(0, Math.max(0, updaters.length - maxUpdaters + 1));
  if (updaters.length <= maxUpdaters || excess[0] === undefined) return owners;
  const bucket: Owner = {
    ...excess[0],
    manager: 'ancient-changes',
    subresource: '',
    time: excess.at(-1)?.time ?? '',
    fields: excess.reduce((fields, owner) => union(fields, owner.fields), noFields),
  };
  return [...owners.filter((owner) => !excess.includes(owner)), bucket];
}

export interface Applied {
  readonly object: Tree;
  readonly owners: readonly Owner[];
}

/** Owners at an apply: what nobody is recorded to own belongs to whoever was there before. */
function ownersBeforeApply(live: Tree, empty: Tree, writer: Writer, schema: TypedSchema): readonly Owner[] {
  const owners = ownersOf(live);
  if (owners.length > 0 || textAt(treeAt(live, 'metadata'), 'uid') === '') return owners;
  return ownersAfterUpdate(empty, live, [], { ...writer, manager: 'before-first-apply', subresource: '' }, schema);
}

/** Server-side apply: merges `applied` into `live`, drops what the manager no longer applies. Throws the conflict as ApiError 409. */
export function applyConfiguration(
  live: Tree,
  applied: Tree,
  writer: Writer,
  /** `empty` is an object of the kind with nothing in it. */
  options: { readonly force: boolean; readonly empty: Tree },
  schema: TypedSchema,
): Applied {
  const owners = ownersBeforeApply(live, options.empty, writer, schema);
  const before = withoutOwners(live);
  const self = owners.find((owner) => isSelf(owner, writer, 'Apply'));
  const others = owners.filter((owner) => owner !== self);
  const fields = recursiveDifference(fieldsOf(applied, schema), writer.ignored);
  const merged = merge(before, applied, schema);
  const object =
    self === undefined ? merged : prune(merged, self.fields, [fields, ...others.map((owner) => owner.fields)], schema);
  const found = withoutIgnored(compare(before, object, schema), writer.ignored);
  const contested = union(found.modified, found.added);
  const conflicts = others
    .map((owner) => ({ owner, fields: intersection(owner.fields, contested) }))
    .filter(({ fields: disputed }) => !isEmptySet(disputed));
  if (!options.force && conflicts.length > 0) throw applyConflict(conflicts);
  const rest = withoutTaken(others, found);
  const owned = difference(fields, unowned);
  const own: Owner = {
    manager: writer.manager,
    operation: 'Apply',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: writer.now,
    fields: owned,
  };
  return { object: isTree(object) ? object : {}, owners: isEmptySet(owned) ? rest : [...rest, own] };
}

/** Removes what the manager applied last and nobody claims now; what only hangs on a removed field goes with it. */
function prune(merged: Value, last: FieldSet, claims: readonly FieldSet[], schema: TypedSchema): Value {
  const named = (set: FieldSet) => withNamedFields(set, schema.root, schema.resolve);
  const claimed = named(claims.reduce(union, noFields));
  const mergedSet = named(fieldsOf(merged, schema));
  const setOfPruned = (value: Value) => named(fieldsOf(value ?? {}, schema));
  const bare = removeFields(merged, named(last), schema);
  const withClaims = removeFields(merged, difference(mergedSet, union(setOfPruned(bare), claimed)), schema);
  return removeFields(merged, intersection(difference(mergedSet, setOfPruned(withClaims)), named(last)), schema);
}

function managerText(owner: Owner): string {
  const subresource = owner.subresource === '' ? '' : ` with subresource "${owner.subresource}"`;
  const using = owner.operation === 'Update' ? ` using ${owner.apiVersion}` : '';
  return `"${owner.manager}"${subresource}${using}`;
}

function applyConflict(conflicts: readonly { readonly owner: Owner; readonly fields: FieldSet }[]): ApiError {
  const sorted = conflicts
    .map(({ owner, fields }) => ({ who: managerText(owner), paths: pathsOf(fields).map(pathText) }))
    .toSorted((a, b) => (a.who < b.who ? -1 : 1));
  const causes = sorted.flatMap(({ who, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  const first = causes[0];
  const list = sorted.map(({ who, paths }) =>
    [`conflicts with ${who}:`, ...paths.map((path) => `- ${path}`)].join('\n'),
  );
  const message =
    causes.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${list.join('\n')}`;
  return new ApiError(409, 'Conflict', message, { causes });
}
