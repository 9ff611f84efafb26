/** Reads a cluster without anything of the product: what is served, single objects, lists. */
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { at } from '../../domain/json-path.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes.ts';
import { startProxy } from './kubectl-proxy.ts';
import type { Kubectl } from './kubectl.ts';
import { type Kinds, kindsIn, type ServedKind } from './served-kinds.ts';

export interface ClusterReader {
  /** Every kind that can be listed, in the server's preferred version; asked anew each time, for definitions come and go. */
  kinds(): Promise<Kinds>;
  /** The object, or undefined when it is not there. Throws on any other answer. */
  get(kind: ServedKind, ref: Pick<ObjectRef, 'namespace' | 'name'>): Promise<KubernetesObject | undefined>;
  /** All objects of a kind everywhere, or those with a label. Throws on any other answer than a list. */
  list(kind: ServedKind, labelSelector?: string): Promise<readonly KubernetesObject[]>;
  close(): Promise<void>;
}

const pageSize = 500;
const discoveryAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** @param folder only the user may open, for a socket; its path must be short (sockets have 104 bytes) */
export async function readCluster(kubectl: Kubectl, folder: string, name: string): Promise<ClusterReader> {
  const proxy = await startProxy(kubectl, join(folder, `${name}.sock`));
  const json = async (path: string, accept?: string): Promise<JsonObject> => {
    const { status, text } = await proxy.get(path, accept);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 300)}`);
    return asObject(JSON.parse(text), path);
  };
  return {
    kinds: async () => {
      const [core, groups] = await Promise.all([json('/api', discoveryAccept), json('/apis', discoveryAccept)]);
      return kindsIn([core, groups]);
    },
    get: async (kind, ref) => {
      const path = `${pathOf(kind, ref.namespace)}/${encodeURIComponent(ref.name)}`;
      const { status, text } = await proxy.get(path);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 300)}`);
      return objectOf(JSON.parse(text), kind, path);
    },
    list: async (kind, labelSelector) => {
      const objects: KubernetesObject[] = [];
      for (let more: string | undefined = ''; more !== undefined;) {
        const query = new URLSearchParams({ limit: String(pageSize) });
        if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
        if (more !== '') query.set('continue', more);
        const path = `${pathOf(kind, '')}?${query.toString()}`;
        const page = await json(path);
        const items = page['items'];
        for (const item of Array.isArray(items) ? items : []) objects.push(objectOf(item, kind, path));
        const next = at(page, 'metadata', 'continue');
        more = typeof next === 'string' && next !== '' ? next : undefined;
      }
      return objects;
    },
    close: () => proxy.close(),
  };
}

function pathOf({ group, version, plural }: ServedKind, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

function asObject(value: unknown, path: string): JsonObject {
  if (!isJsonObject(value)) throw new Error(`GET ${path} answered with something else than an object`);
  return value;
}

/** Items of a built-in list name neither apiVersion nor kind. */
function objectOf(value: unknown, kind: ServedKind, path: string): KubernetesObject {
  const object = asObject(value, path);
  const { metadata } = object;
  const name = at(object, 'metadata', 'name');
  if (!isJsonObject(metadata) || typeof name !== 'string')
    throw new Error(`GET ${path} answered an object without name`);
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  return { ...object, apiVersion, kind: kind.kind, metadata: { ...metadata, name } };
}
