/** How the stand-in's contract is written: plain requests and what a Kubernetes API server answers to them. */
import { Agent, request } from 'undici';

export type JsonMap = Readonly<Record<string, unknown>>;

/** An API server to ask. */
export interface Server {
  readonly url: string;
  readonly token: string;
  /** PEM; absent for plain HTTP. */
  readonly caPem?: string;
}

export interface Reply {
  readonly status: number;
  readonly body: JsonMap;
  readonly warnings: readonly string[];
}

export type Ask = (method: string, path: string, body?: unknown, type?: string) => Promise<Reply>;

export const applyType = 'application/apply-patch+yaml';
export const mergeType = 'application/merge-patch+json';
export const jsonPatchType = 'application/json-patch+json';
export const strategicType = 'application/strategic-merge-patch+json';

/** A client that turns nothing into anything: status, body and Warning headers as they come. */
export function asking(server: Server): { readonly ask: Ask; readonly close: () => Promise<void> } {
  const dispatcher = new Agent(server.caPem === undefined ? {} : { connect: { ca: server.caPem } });
  const ask: Ask = async (method, path, body, type = 'application/json') => {
    const response = await request(new URL(path, server.url), {
      method: method as 'GET',
      dispatcher,
      headers: {
        authorization: `Bearer ${server.token}`,
        accept: 'application/json',
        'user-agent': 'contract/1',
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.body.text();
    const warning = response.headers['warning'] ?? [];
    return {
      status: response.statusCode,
      body: readText(text, path.includes('watch=true')),
      warnings: Array.isArray(warning) ? warning : [warning],
    };
  };
  return { ask, close: () => dispatcher.close() };
}

function readText(text: string, isWatch: boolean): JsonMap {
  if (isWatch)
    return {
      events: text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonMap),
    };
  return text.startsWith('{') ? (JSON.parse(text) as JsonMap) : { text };
}

export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) here = typeof here === 'object' && here !== null ? (here as JsonMap)[String(key)] : undefined;
  return here;
}

/** Ownership as `manager Operation[/subresource]` → FieldsV1. */
export function owners(body: JsonMap): Record<string, unknown> {
  const entries = at(body, 'metadata', 'managedFields');
  const out: Record<string, unknown> = {};
  for (const entry of Array.isArray(entries) ? entries : []) {
    const subresource = at(entry, 'subresource');
    const key = `${String(at(entry, 'manager'))} ${String(at(entry, 'operation'))}`;
    out[typeof subresource === 'string' ? `${key}/${subresource}` : key] = at(entry, 'fieldsV1');
  }
  return out;
}

export function configMap(name: string, data: JsonMap, rest: JsonMap = {}): JsonMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, ...rest };
}

export function podTemplate(container: JsonMap = {}, spec: JsonMap = {}): JsonMap {
  return {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27', ...container }], ...spec },
  };
}

export function deployment(name: string, spec: JsonMap = {}, container: JsonMap = {}): JsonMap {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: { app: 'web' } }, template: podTemplate(container), ...spec },
  };
}

export function object(apiVersion: string, kind: string, name: string, rest: JsonMap = {}): JsonMap {
  return { apiVersion, kind, metadata: { name }, ...rest };
}
