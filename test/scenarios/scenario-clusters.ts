/**
 * The clusters every conversation is played on: a real control plane, and the stand-in of the playground, held to the same story. And
 * somebody's hands at them: what people and controllers do past the forge, without any of the product's code.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe } from 'vitest';
import { Agent, request } from 'undici';

import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { startCluster } from '../../src/playground/cluster/start-cluster.ts';
import { accessIn } from '../contract/foreign-apply.ts';
import { controlPlaneForTests } from '../e2e/control-plane-for-tests.ts';

export interface ScenarioCluster {
  /** Path of the kubeconfig; call it inside tests and hooks. */
  readonly kubeconfig: () => string;
}

/** Registers the same tests once for each cluster. To be awaited at the top of the file, for a control plane may have to be built. */
export async function onEachCluster(story: string, tests: (cluster: ScenarioCluster) => void): Promise<void> {
  const controlPlane = await controlPlaneForTests(story, { controllers: true });
  const standIn = await startCluster();
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-stand-in-'));
  const standInConfig = join(folder, 'kubeconfig');
  await writeFile(standInConfig, standIn.kubeconfig, { mode: 0o600 });
  afterAll(async () => {
    await standIn.stop();
    await rm(folder, { recursive: true, force: true });
  });
  describe.skipIf(controlPlane.unavailable)(`${story}, on a real control plane`, () => {
    tests({ kubeconfig: () => controlPlane.get().kubeconfig });
  });
  describe(`${story}, on the stand-in cluster`, () => {
    tests({ kubeconfig: () => standInConfig });
  });
}

/** An object by its plural and name: `deployments/checkout`; in the hands' namespace unless it has none. */
export interface Hands {
  get(object: string): Promise<JsonObject | undefined>;
  /** Names of all objects of a kind. */
  names(plural: string): Promise<readonly string[]>;
  /** What `kubectl edit` sends. */
  edit(object: string, patch: JsonObject, manager?: string): Promise<void>;
  /** A server-side apply of fields, by force. */
  apply(object: string, fields: JsonObject, manager: string): Promise<void>;
  create(plural: string, object: JsonObject): Promise<void>;
  remove(object: string): Promise<void>;
  letGo(): Promise<void>;
}

const roots: Readonly<Record<string, string>> = {
  namespaces: '/api/v1',
  customresourcedefinitions: '/apis/apiextensions.k8s.io/v1',
  deployments: '/apis/apps/v1',
  horizontalpodautoscalers: '/apis/autoscaling/v2',
};
const clusterWide = new Set(['namespaces', 'customresourcedefinitions']);

export async function handsAt(kubeconfig: string, namespace: string): Promise<Hands> {
  const { server, ca, token } = accessIn(await readFile(kubeconfig, 'utf8'));
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  const send = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: JsonObject,
    type = 'application/json',
  ) => {
    const answer = await request(`${server}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 404 && method === 'GET') return undefined;
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  };
  const pathOf = (object: string): string => {
    const [plural = ''] = object.split('/');
    const place = clusterWide.has(plural) ? '' : `/namespaces/${namespace}`;
    return `${roots[plural] ?? '/api/v1'}${place}/${object}`;
  };
  return {
    get: (object) => send('GET', pathOf(object)),
    async names(plural) {
      const items = (await send('GET', pathOf(plural)))?.['items'];
      const objects = Array.isArray(items) ? items.filter(isJsonObject) : [];
      return objects.flatMap(nameOf).sort();
    },
    async edit(object, patch, manager = 'kubectl-edit') {
      await send('PATCH', `${pathOf(object)}?fieldManager=${manager}`, patch, 'application/merge-patch+json');
    },
    async apply(object, fields, manager) {
      const path = `${pathOf(object)}?fieldManager=${manager}&force=true`;
      await send('PATCH', path, fields, 'application/apply-patch+yaml');
    },
    async create(plural, object) {
      await send('POST', pathOf(plural), object);
    },
    async remove(object) {
      await send('DELETE', pathOf(object));
    },
    letGo: () => dispatcher.close(),
  };
}

function nameOf({ metadata }: JsonObject): readonly string[] {
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? [name] : [];
}
