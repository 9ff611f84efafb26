/** What a cluster holds, read past the product and past its proxy, and told so that two places can be compared. */
import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, request } from 'undici';

import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import type { Access } from '../../src/playground/control-plane/kubeconfig.ts';

export interface ClusterView {
  /** The object at a path; undefined when there is none. */
  get(path: string): Promise<JsonObject | undefined>;
  /** Items of the list at a path; none where the kind is not served. */
  list(path: string): Promise<readonly JsonObject[]>;
  /** Creates an object; throws when the server refuses. */
  create(path: string, object: JsonObject): Promise<JsonObject>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

export function clusterView(access: Access): ClusterView {
  const dispatcher = new Agent({ connect: { ca: access.caPem } });
  const send = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: Json,
  ): Promise<JsonObject | undefined> => {
    const answer = await request(new URL(path, access.url), {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    // A kind just defined answers 429 for a moment.
    if (answer.statusCode === 429) {
      await sleep(200);
      return send(method, path, body);
    }
    if (answer.statusCode === 404) return undefined;
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed)) throw new Error(`${method} ${path} answered no object`);
    return parsed;
  };
  return {
    get: (path) => send('GET', path),
    async list(path) {
      const items = (await send('GET', path))?.['items'];
      return Array.isArray(items) ? items.filter(isJsonObject) : [];
    },
    async create(path, object) {
      const made = await send('POST', path, object);
      if (made === undefined) throw new Error(`POST ${path}: 404`);
      return made;
    },
    async remove(path) {
      await send('DELETE', path);
    },
    close: () => dispatcher.destroy(),
  };
}

export function at(object: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let value = object;
  for (const key of keys) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}
