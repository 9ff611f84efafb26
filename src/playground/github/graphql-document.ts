/** Parses the part of GraphQL that clients of this API send: one operation with variables, arguments, aliases and nested fields. No fragments. */
import type { Json, JsonObject } from '../../domain/json.ts';

export interface Field {
  readonly name: string;
  readonly alias: string;
  readonly arguments: JsonObject;
  readonly fields: readonly Field[];
}

export class GraphqlSyntaxError extends Error {
  override name = 'GraphqlSyntaxError';
}

const token = /\s+|,|#[^\n]*|("(?:\\.|[^"\\])*"|\.\.\.|[!$():=@[\]{}|]|-?\d+(?:\.\d+)?|\w+)/gy;

function tokens(source: string): string[] {
  const found: string[] = [];
  let at = 0;
  for (const match of source.matchAll(token)) {
    if (match.index !== at) break;
    at += match[0].length;
    if (match[1] !== undefined) found.push(match[1]);
  }
  if (at !== source.length) throw new GraphqlSyntaxError(`Parse error on ${JSON.stringify(source.slice(at, at + 10))}`);
  return found;
}

/** @throws GraphqlSyntaxError for what it cannot read. */
export function parseOperation(
  source: string,
  variables: JsonObject,
): { readonly kind: 'query' | 'mutation'; readonly fields: readonly Field[] } {
  const rest = tokens(source);
  const take = (): string => {
    const next = rest.shift();
    if (next === undefined) throw new GraphqlSyntaxError('Unexpected end of document');
    return next;
  };
  const expect = (wanted: string): void => {
    const got = take();
    if (got !== wanted) throw new GraphqlSyntaxError(`Expected ${wanted}, actual: ${got}`);
  };
  const value = (): Json => {
    const next = take();
    if (next === '$') return variables[take()] ?? null;
    if (next === '{') return pairs('}');
    if (next === '[') {
      const items: Json[] = [];
      while (rest[0] !== ']') items.push(value());
      expect(']');
      return items;
    }
    if (next.startsWith('"')) return String(JSON.parse(next));
    if (/^-?\d/.test(next)) return Number(next);
    if (next === 'true' || next === 'false') return next === 'true';
    return next === 'null' ? null : next;
  };
  const pairs = (end: string): JsonObject => {
    const entries: [string, Json][] = [];
    while (rest[0] !== end) {
      const name = take();
      expect(':');
      entries.push([name, value()]);
    }
    expect(end);
    return Object.fromEntries(entries);
  };
  const selection = (): Field[] => {
    const fields: Field[] = [];
    expect('{');
    while (rest[0] !== '}') {
      const alias = take();
      if (alias === '...') throw new GraphqlSyntaxError('Fragments are not supported by this stand-in');
      const renamed = rest[0] === ':';
      if (renamed) take();
      const name = renamed ? take() : alias;
      const given = rest[0] === '(' ? (take(), pairs(')')) : {};
      fields.push({ name, alias, arguments: given, fields: rest[0] === '{' ? selection() : [] });
    }
    expect('}');
    return fields;
  };

  const kind = rest[0] === 'mutation' ? 'mutation' : 'query';
  while (rest.length > 0 && rest[0] !== '{') {
    if (rest[0] !== '(') take();
    else skipParentheses(take);
  }
  return { kind, fields: selection() };
}

/** Variable definitions say nothing we need: values come with the request. */
function skipParentheses(take: () => string): void {
  for (let depth = 0; ;) {
    const next = take();
    if (next === '(') depth += 1;
    if (next === ')') depth -= 1;
    if (depth === 0) return;
  }
}
