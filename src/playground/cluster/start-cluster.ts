/** Starts the stand-in cluster and gives the handle tests and the playground hold it by. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { startControllers } from './controllers/controllers.ts';
import { createFaults, type Faults } from './faults.ts';
import type { RequestLine } from './face.ts';
import { createHttpServer } from './http-server.ts';
import { create, patch } from './objects.ts';
import type { Cluster, Target } from './store-object.ts';
import { createRegistry, type Registry } from './registry.ts';
import { storageKey } from './registry.ts';
import { createStorage, uidOf } from './storage.ts';
import { textAt, treeAt, type Tree } from './value.ts';

export interface ClusterOptions {
  /**
   * Bearer token every request must carry. When absent a random one stands in the kubeconfig and requests without any pass too:
   * kubectl sends no credentials over plain HTTP.
   */
  readonly token?: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** False: nothing rolls out, as with an API server alone. */
  readonly controllers?: boolean;
  /** Images besides `*:*does-not-exist*` that cannot be pulled. */
  readonly badImages?: readonly string[];
}

/** Names an object for the handle's helpers: group '' is the core group, namespace '' cluster scope. */
export interface Reference {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface StandInCluster {
  /** `http://127.0.0.1:…`. */
  readonly url: string;
  readonly token: string;
  /** Text of a kubeconfig. */
  readonly kubeconfig: string;
  readonly kubeSystemUid: string;
  readonly faults: Faults;
  /** Every request since the start or the last `clear`. */
  readonly requests: { all(): readonly RequestLine[]; count(): number; clear(): void };
  get(reference: Reference): Tree | undefined;
  /** All of a kind, in one namespace or everywhere. */
  list(kind: Omit<Reference, 'name' | 'namespace'>, namespace?: string): readonly Tree[];
  /** What `kubectl edit` does: a merge patch owned by the manager (operation Update). Throws ApiError. */
  edit(reference: Reference, mergePatch: Tree, manager?: string): Tree;
  /** Makes an aggregated group one whose server never answers (or lets it go again). */
  breakGroup(groupVersion: string, broken?: boolean): void;
  stop(): Promise<void>;
}

export async function startCluster(options: ClusterOptions = {}): Promise<StandInCluster> {
  const token = options.token ?? randomBytes(16).toString('hex');
  const registry = createRegistry();
  const cluster: Cluster = { storage: createStorage(), allocator: createAllocator(), now };
  const faults = createFaults();
  const log: RequestLine[] = [];
  seed(cluster, registry);
  const controllers = startControllers(cluster, registry, {
    workloads: options.controllers !== false,
    badImages: options.badImages ?? [],
  });
  const server = createHttpServer({
    cluster,
    registry,
    faults,
    token,
    tokenRequired: options.token !== undefined,
    log,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in cluster has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    token,
    kubeconfig: kubeconfigText(url, token),
    kubeSystemUid: uidOf(cluster.storage.get('/namespaces', '', 'kube-system') ?? {}),
    faults,
    requests: { all: () => log, count: () => log.length, clear: () => log.splice(0) },
    ...helpers(cluster, registry),
    breakGroup: (groupVersion, broken = true) => {
      if (broken) registry.broken.add(groupVersion);
      else registry.broken.delete(groupVersion);
    },
    stop: async () => {
      controllers.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function helpers(cluster: Cluster, registry: Registry): Pick<StandInCluster, 'get' | 'list' | 'edit'> {
  const resourceOf = (kind: Omit<Reference, 'name' | 'namespace'>) => {
    const found = registry
      .all()
      .find((r) => r.group === kind.group && r.version === kind.version && r.kind === kind.kind);
    if (found === undefined) throw new Error(`the stand-in serves no ${kind.group}/${kind.version} ${kind.kind}`);
    return found;
  };
  return {
    get: (reference) => cluster.storage.get(storageKey(resourceOf(reference)), reference.namespace, reference.name),
    list: (kind, namespace) => cluster.storage.list(storageKey(resourceOf(kind)), namespace),
    edit(reference, mergePatch, manager = 'kubectl-edit') {
      const target: Target = {
        resource: resourceOf(reference),
        namespace: reference.namespace,
        name: reference.name,
        subresource: '',
      };
      return patch(cluster, target, 'merge', mergePatch, writeAs(manager)).object;
    },
  };
}

function writeAs(manager: string) {
  return { manager, dryRun: false, force: false, validation: 'Warn' as const, warn: () => undefined };
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function createAllocator() {
  let address = 10;
  let port = 30_100;
  return {
    clusterIp: () => {
      address++;
      return `10.96.${Math.floor(address / 250)}.${(address % 250) + 1}`;
    },
    nodePort: () => port++,
  };
}

/** What a fresh cluster has: four namespaces, the API service, a node to run on, a default storage class. */
function seed(cluster: Cluster, registry: Registry): void {
  const make = (plural: string, group: string, version: string, object: Tree) => {
    const resource = registry.find(group, version, plural);
    if (resource === undefined) throw new Error(`no ${plural}`);
    const namespace = textAt(treeAt(object, 'metadata'), 'namespace');
    return create(cluster, { resource, namespace, name: '', subresource: '' }, object, writeAs('kube-apiserver'));
  };
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    make('namespaces', '', 'v1', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  make('services', '', 'v1', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
  make('nodes', '', 'v1', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'stand-in', labels: { 'kubernetes.io/hostname': 'stand-in' } },
  });
}

function kubeconfigText(url: string, token: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster: { server: url } }],
    users: [{ name: 'stand-in', user: { token } }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'stand-in' } }],
    'current-context': 'stand-in',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
