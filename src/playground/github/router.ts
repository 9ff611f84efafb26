/** Routes and their lookup: which handler answers a method and path, and what it needs. The table itself stands in routes/. */
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Needs } from './access.ts';
import { notFound } from './api-error.ts';
import type { Actor, Repository } from './model.ts';
import type { World } from './world.ts';

export interface Call {
  readonly world: World;
  readonly actor: Actor;
  readonly body: JsonObject;
  readonly query: URLSearchParams;
  param(name: string): string;
  /** @throws ApiError 404 when it is no number */
  number(name: string): number;
}

export interface RepositoryCall extends Call {
  readonly repository: Repository;
}

/** A list is cut into pages by the server and answered with a Link header; `wrap` puts the page into an object. */
export type Reply =
  | { readonly status: number; readonly body?: Json; readonly headers?: Readonly<Record<string, string>> }
  | { readonly list: readonly Json[]; readonly wrap?: string };

export interface Route {
  readonly method: string;
  /** `{name}` is one segment, `{name+}` is the rest of the path (or up to the next fixed part). */
  readonly pattern: string;
  /** Absent: the handler looks at the actor itself. */
  readonly needs?: Needs;
  readonly handle: (call: Call) => Promise<Reply> | Reply;
}

/** A route below `/repos/{owner}/{repo}`: the repository is found and the actor's right checked before. */
export interface RepositoryRoute {
  readonly method: string;
  readonly pattern: string;
  readonly needs: Needs;
  readonly handle: (call: RepositoryCall) => Promise<Reply> | Reply;
}

export function needs(permission: string, level: Needs['level'], role: Needs['role'] = level): Needs {
  return { permission, level, role };
}

export interface Matched {
  readonly parameters: ReadonlyMap<string, string>;
}

/** Path parameters when the path fits the pattern. */
export function matchPath(pattern: string, path: string): Matched | undefined {
  const names: string[] = [];
  const source = pattern.replaceAll(/\{(\w+)(\+?)\}|[.*+?^$()|[\]\\]/g, (found, name?: string, rest?: string) => {
    if (name === undefined) return `\\${found}`;
    names.push(name);
    return rest === '+' ? '(.+)' : '([^/]+)';
  });
  const match = new RegExp(`^${source}$`).exec(path);
  if (match === null) return undefined;
  const parameters = new Map(names.map((name, index) => [name, decoded(match[index + 1] ?? '')]));
  return { parameters };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notFound();
  }
}

/** Reads path parameters; a missing one is a bug in the route table. */
export function parameterReader(parameters: ReadonlyMap<string, string>): Pick<Call, 'param' | 'number'> {
  const param = (name: string): string => {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`no path parameter ${name}`);
    return value;
  };
  return {
    param,
    number: (name) => {
      const value = param(name);
      if (!/^\d{1,15}$/.test(value)) throw notFound();
      return Number(value);
    },
  };
}
