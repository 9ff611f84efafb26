/** JSON patch (RFC 6902), merge patch (RFC 7396) and Kubernetes' strategic merge patch. */
import { ApiError, badRequest } from './api-error.ts';
import type { ListSchema, Resolve, Schema, TypedSchema } from './schema.ts';
import { childSchema } from './field-set.ts';
import { copyOf, isTree, sameValue, textAt, type Tree, type Value } from './value.ts';

export function applyMergePatch(target: Value, patch: Value): Value {
  if (!isTree(patch)) return copyOf(patch);
  const out: Tree = isTree(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete out[key];
    else out[key] = applyMergePatch(out[key] ?? {}, value);
  }
  return out;
}

function rejected(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** Throws 422 where a test fails or a path is not there. */
export function applyJsonPatch(target: Tree, patch: Value): Value {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  let root: Value = copyOf(target);
  for (const operation of patch) {
    if (!isTree(operation)) throw rejected();
    root = runOperation(root, operation);
  }
  return root;
}

function runOperation(root: Value, operation: Tree): Value {
  const path = pointer(textAt(operation, 'path'));
  const value = operation['value'];
  switch (textAt(operation, 'op')) {
    case 'add':
      return edit(root, path, value ?? null, 'add');
    case 'replace':
      if (read(root, path) === undefined) throw rejected();
      return edit(root, path, value ?? null, 'replace');
    case 'remove':
      return edit(root, path, undefined, 'remove');
    case 'test':
      if (!sameValue(read(root, path) ?? null, value ?? null)) throw rejected();
      return root;
    case 'copy':
    case 'move': {
      const from = pointer(textAt(operation, 'from'));
      const found = read(root, from);
      if (found === undefined) throw rejected();
      const rest = operation['op'] === 'move' ? edit(root, from, undefined, 'remove') : root;
      return edit(rest, path, copyOf(found), 'add');
    }
    default:
      throw rejected();
  }
}

function pointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(root: Value | undefined, path: readonly string[]): Value | undefined {
  let at = root;
  for (const part of path) at = Array.isArray(at) ? at[Number(part)] : isTree(at) ? at[part] : undefined;
  return at;
}

function edit(
  root: Value,
  path: readonly string[],
  value: Value | undefined,
  how: 'add' | 'replace' | 'remove',
): Value {
  const [head, ...rest] = path;
  if (head === undefined) return value ?? null;
  if (Array.isArray(root)) {
    const index = head === '-' ? root.length : Number(head);
    const known = how === 'add' && rest.length === 0 ? root.length : root.length - 1;
    if (!Number.isInteger(index) || index < 0 || index > known) throw rejected();
    const item = root[index];
    if (rest.length > 0 && item !== undefined) return root.with(index, edit(item, rest, value, how));
    return how === 'replace'
      ? root.with(index, value ?? null)
      : root.toSpliced(index, how === 'add' ? 0 : 1, ...(how === 'add' ? [value ?? null] : []));
  }
  if (!isTree(root)) throw rejected();
  const below = root[head];
  if (rest.length > 0) {
    if (below === undefined) throw rejected();
    return { ...root, [head]: edit(below, rest, value, how) };
  }
  if (how !== 'remove') return { ...root, [head]: value ?? null };
  if (below === undefined) throw rejected();
  const { [head]: _gone, ...others } = root;
  return others;
}

/** Lists with a merge key merge by it; `$patch: delete|replace`, `$retainKeys` and `$deleteFromPrimitiveList/x` are understood. */
export function applyStrategicPatch(target: Tree, patch: Value, schema: TypedSchema): Value {
  if (!isTree(patch)) throw badRequest('error decoding patch: the patch is not an object');
  return mergeTrees(target, patch, schema.root, schema.resolve);
}

function mergeTrees(target: Tree, patch: Tree, schema: Schema, resolve: Resolve): Tree {
  const type = resolve(schema);
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  const retained = patch['$retainKeys'];
  const out: Tree = {};
  for (const [key, value] of Object.entries(target))
    if (!Array.isArray(retained) || retained.includes(key)) out[key] = value;
  for (const [key, value] of Object.entries(patch)) {
    const removal = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1];
    if (removal !== undefined && Array.isArray(value)) {
      const present = out[removal];
      if (Array.isArray(present)) out[removal] = present.filter((item) => !value.some((gone) => sameValue(gone, item)));
    }
    if (key.startsWith('$') || value === undefined) continue;
    const below = childSchema(type, `f:${key}`);
    const belowType = resolve(below);
    const old = out[key];
    if (value === null) delete out[key];
    else if (isTree(value)) out[key] = mergeTrees(isTree(old) ? old : {}, value, below, resolve);
    else if (Array.isArray(value) && belowType.kind === 'list' && belowType.patchKey !== undefined)
      out[key] = mergeLists(Array.isArray(old) ? old : [], value, belowType, resolve);
    else out[key] = copyOf(value);
  }
  return out;
}

function withoutDirectives(patch: Tree): Tree {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

function mergeLists(target: readonly Value[], patch: readonly Value[], list: ListSchema, resolve: Resolve): Value[] {
  const key = list.patchKey ?? '';
  if (key === '') return [...target, ...patch.filter((item) => !target.some((other) => sameValue(other, item)))];
  if (patch.some((item) => isTree(item) && item['$patch'] === 'replace'))
    return patch.filter((item) => !isTree(item) || item['$patch'] !== 'replace');
  let out = [...target];
  const added: Value[] = [];
  for (const item of patch) {
    if (!isTree(item)) continue;
    const same = (other: Value) => isTree(other) && sameValue(other[key], item[key]);
    const at = out.findIndex(same);
    const found = out[at];
    if (item['$patch'] === 'delete') out = out.filter((other) => !same(other));
    else if (isTree(found)) out[at] = mergeTrees(found, item, list.items, resolve);
    else added.push(withoutDirectives(item));
  }
  return [...out, ...added];
}
