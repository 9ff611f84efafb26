/** A plan as it is read from the product's page: the parts that can be checked against a cluster. Anything else about its form is the product's own business. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { ChangeAction } from '../../domain/plan.ts';
import type { ObjectRef } from '../../domain/kubernetes.ts';

export interface SaidPlan {
  readonly planDigest: string;
  readonly changes: readonly SaidChange[];
  /** Object keys, as `objectKey` makes them. */
  readonly unchanged: readonly string[];
  readonly findings: readonly {
    readonly code: string;
    readonly file: string;
    readonly line: number;
    readonly detail: string;
  }[];
  /** What could not be read, in words. */
  readonly incomplete: readonly string[];
  /** What a person has to say yes to, in words. */
  readonly dangers: readonly string[];
  readonly milliseconds: number;
  readonly requests: number;
}

export interface SaidChange {
  readonly ref: ObjectRef;
  readonly action: ChangeAction;
  readonly fields: readonly SaidField[];
}

export interface SaidField {
  readonly path: string;
  /** Undefined = the field is absent. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

const actions: readonly ChangeAction[] = ['create', 'update', 'replace', 'prune', 'unchanged', 'conflict'];

/** Throws, naming the part, when it is not a plan of version 1. */
export function parseSaidPlan(value: unknown): SaidPlan {
  const plan = object(value, 'the plan');
  if (plan['version'] !== 1) throw new Error(`the plan is of version ${JSON.stringify(plan['version'])}, not 1`);
  const cost = object(plan['cost'], 'cost');
  return {
    planDigest: text(plan, 'planDigest'),
    changes: list(plan['changes'], 'changes').map(changeOf),
    unchanged: list(plan['unchanged'], 'unchanged').map(String),
    findings: list(plan['findings'], 'findings')
      .map((one) => object(one, 'findings'))
      .filter(({ severity }) => severity === 'error')
      .map((one) => ({
        code: text(one, 'code'),
        file: optional(one, 'file'),
        line: Number(one['line'] ?? 0),
        detail: text(one, 'detail'),
      })),
    incomplete: details(plan, 'incomplete'),
    dangers: details(plan, 'dangers'),
    milliseconds: Number(cost['milliseconds']),
    requests: Number(cost['requests']),
  };
}

function changeOf(value: unknown): SaidChange {
  const change = object(value, 'changes');
  const ref = object(change['ref'], 'ref');
  const action = actions.find((one) => one === change['action']);
  if (action === undefined) throw new Error(`the plan has an action ${JSON.stringify(change['action'])}`);
  return {
    ref: {
      group: text(ref, 'group'),
      version: text(ref, 'version'),
      kind: text(ref, 'kind'),
      namespace: text(ref, 'namespace'),
      name: text(ref, 'name'),
    },
    action,
    fields: list(change['fields'], 'fields').map((one) => {
      const field = object(one, 'fields');
      return { path: text(field, 'path'), before: jsonIn(field, 'before'), after: jsonIn(field, 'after') };
    }),
  };
}

/** Values stand in plans as the text of their JSON. */
function jsonIn(field: JsonObject, name: string): Json | undefined {
  const value = field[name];
  if (typeof value !== 'string') return undefined;
  const parsed: unknown = JSON.parse(value);
  // What JSON.parse gives is JSON.
  return parsed as Json;
}

function details(plan: JsonObject, name: string): readonly string[] {
  return list(plan[name], name).map((one) => text(object(one, name), 'detail'));
}

function object(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw new Error(`${what} is not an object`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`);
  return value;
}

function text(from: JsonObject, name: string): string {
  const value = from[name];
  if (typeof value !== 'string') throw new Error(`${name} is not a text`);
  return value;
}

function optional(from: JsonObject, name: string): string {
  const value = from[name];
  return typeof value === 'string' ? value : '';
}
