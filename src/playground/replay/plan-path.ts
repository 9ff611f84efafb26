/**
 * Field paths as plans write them (`spec.containers[checkout].image`), followed in an object: words and quoted names between dots,
 * list items in brackets by their key, `[order]` for the order of a list's items.
 */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

export type PathStep = { readonly member: string } | { readonly item: string };

/** Throws on a text that is no path. */
export function parsePath(path: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  let rest = path;
  while (rest !== '') {
    const match = /^(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^.[\]"]+)/.exec(rest);
    if (match === null) throw new Error(`${path} is not a field path`);
    const [text] = match;
    if (text.startsWith('[')) steps.push({ item: text.slice(1, -1) });
    else steps.push({ member: text.startsWith('"') ? quoted(text) : text });
    rest = rest.slice(text.length).replace(/^\./, '');
  }
  return steps;
}

function quoted(text: string): string {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? value : text;
}

/** The value at the path; undefined when it is not there. */
export function valueAt(value: Json, steps: readonly PathStep[]): Json | undefined {
  let current: Json | undefined = value;
  for (const step of steps) {
    if ('member' in step) current = isJsonObject(current) ? current[step.member] : undefined;
    else current = Array.isArray(current) ? current[indexOf(current, step.item)] : undefined;
  }
  return current;
}

/** The value without what is at the path, and without the maps and lists on the way to it that are empty then, whether it was there or not. */
export function erase(value: JsonObject, steps: readonly PathStep[]): JsonObject {
  const result = eraseIn(value, steps);
  return isJsonObject(result) ? result : {};
}

function eraseIn(value: Json | undefined, steps: readonly PathStep[]): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined || value === undefined) return undefined;
  if ('member' in step) {
    if (!isJsonObject(value)) return value;
    const { [step.member]: member, ...others } = value;
    const next = eraseIn(member, rest);
    const result = next === undefined ? others : { ...others, [step.member]: next };
    return Object.keys(result).length === 0 ? undefined : result;
  }
  if (!Array.isArray(value)) return value;
  const index = indexOf(value, step.item);
  if (index < 0) return value.length === 0 ? undefined : value;
  const next = eraseIn(value[index], rest);
  const result: readonly Json[] = value.flatMap((item: Json, at) =>
    at !== index ? [item] : next === undefined ? [] : [next],
  );
  return result.length === 0 ? undefined : result;
}

/** Whether the named items stand in this order in the list at the path; false when one is missing. */
export function standInOrder(value: Json, list: readonly PathStep[], keys: readonly string[]): boolean {
  const items = valueAt(value, list);
  if (!Array.isArray(items)) return false;
  const places = keys.map((key) => indexOf(items, key));
  return places.every((place, index) => place >= 0 && (index === 0 || place > (places[index - 1] ?? 0)));
}

/** The members Kubernetes' API reference names as keys of its lists (`x-kubernetes-list-map-keys`, patch merge keys). */
const itemKeys: readonly (readonly string[])[] = [
  ['name'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['port'],
  ['mountPath'],
  ['devicePath'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['type'],
  ['key'],
  ['ip'],
  ['uid'],
];

function indexOf(items: readonly Json[], item: string): number {
  for (const names of itemKeys) {
    const keys = items.map((one) => keyOf(one, names));
    const complete = keys.every((key) => key !== undefined) && new Set(keys).size === keys.length;
    if (complete && keys.includes(item)) return keys.indexOf(item);
  }
  return -1;
}

function keyOf(item: Json, names: readonly string[]): string | undefined {
  if (!isJsonObject(item)) return undefined;
  const parts = names.map((name) => (name === 'protocol' ? (item[name] ?? 'TCP') : item[name]));
  return parts.every((part) => typeof part === 'string' || typeof part === 'number') ? parts.join('/') : undefined;
}
