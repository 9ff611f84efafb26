/** Everything a replay runs on: the clusters, the world with the product, the history. Made once, taken down in the other order. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RenderKind } from '../../domain/environment.ts';
import { applySetId } from '../../domain/inventory.ts';
import { ensureBinaries } from '../control-plane/ensure-binaries.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-account.ts';
import { type ControlPlane, startControlPlane, toolsFor } from '../control-plane/start-control-plane.ts';
import { startWorld, type World } from '../world/start-world.ts';
import { chooseCommits, type SourceCommit } from './choose-commits.ts';
import { type ClusterReader, readCluster } from './cluster-reader.ts';
import { ensureNamespace } from './kubectl-apply.ts';
import { kubeconfigInNamespace, type Kubectl, kubectlOn } from './kubectl.ts';
import { configurationFile } from './retell.ts';
import { cloneSource } from './source.ts';

export interface ReplayOptions {
  /** A bundle, a repository of this machine or a URL. */
  readonly from: string;
  /** Directory inside it. */
  readonly path: string;
  readonly commits: number;
  readonly render: RenderKind;
  readonly namespace: string;
  /** Seconds a rollout may take. */
  readonly readyTimeout: number;
  /** Whether an immutable field may be changed by deleting the object and making it anew. */
  readonly allowReplace: boolean;
  /** A cluster to play on, instead of one of our own. It is changed, and left as it is then. */
  readonly kubeconfig?: string;
}

export interface Stage {
  readonly options: ReplayOptions;
  readonly world: World;
  readonly kubectl: Kubectl;
  readonly reader: ClusterReader;
  /** Kubeconfig of the cluster played on. */
  readonly kubeconfig: string;
  /** The clone of the history. */
  readonly history: string;
  readonly commits: readonly SourceCommit[];
  readonly configuration: string;
  readonly applySetId: string;
  readonly kustomize: string;
  /** For files on the way; removed at the end. */
  readonly folder: string;
  /** A second, fresh API server of the pinned version, without controllers. The caller stops it. */
  readonly freshCluster: () => Promise<FreshCluster>;
  /** `keepCluster`: all but the cluster played on ends. */
  stop(keepCluster: boolean): Promise<void>;
  /** Stops a cluster that was kept. */
  readonly cluster: ControlPlane | undefined;
}

export interface FreshCluster {
  readonly kubectl: Kubectl;
  readonly reader: ClusterReader;
  stop(): Promise<void>;
}

export const environmentName = 'replay';
export const repositoryName = 'replay/history';
export const player = 'player';
const clusterName = 'replay';

/** Rejects with a sentence for people when something cannot be had; nothing is left running then. */
export async function setStage(options: ReplayOptions, log: (line: string) => void): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'fl-replay-'));
  const undo: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })];
  const takeDown = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const { history, commits } = await openHistory(options, folder, log);
    const binaries = await ensureBinaries([...toolsFor({ controllers: true }), 'kubectl', 'kustomize'], log);
    if (binaries.kind === 'unavailable') throw new Error(`there is no cluster to play on: ${binaries.why}`);
    const { path } = binaries;
    const start = (controllers: boolean) => startControlPlane({ controllers, path, log: () => undefined });
    log('starting the cluster …');
    const cluster = options.kubeconfig === undefined ? await start(true) : undefined;
    if (cluster !== undefined) undo.push(cluster.stop);
    const kubeconfig = options.kubeconfig ?? cluster?.kubeconfig ?? '';
    const forProduct = cluster === undefined ? kubeconfig : await serviceAccountKubeconfig(cluster);
    const openCluster = (config: string, name: string) =>
      open(path('kubectl'), config, options.namespace, folder, name);
    const { kubectl, reader } = await openCluster(kubeconfig, 'played');
    undo.push(() => reader.close());
    log('starting GitHub and Fairlead …');
    const configuration = environmentFile(options);
    const world = await startReplayWorld(forProduct, path('kustomize'), configuration);
    undo.push(() => world.stop());
    const stage = { options, world, kubectl, reader, kubeconfig, history, commits, configuration, cluster, folder };
    return {
      ...stage,
      applySetId: applySetId({ name: `fairlead-${environmentName}`, namespace: options.namespace }),
      kustomize: path('kustomize'),
      freshCluster: async () => {
        const fresh = await start(false);
        const opened = await openCluster(fresh.kubeconfig, `fresh-${fresh.url.slice(-5)}`);
        return { ...opened, stop: () => opened.reader.close().then(fresh.stop) };
      },
      stop: async (keepCluster) => {
        if (keepCluster && cluster !== undefined) undo.splice(undo.indexOf(cluster.stop), 1);
        await takeDown();
      },
    };
  } catch (error) {
    await takeDown();
    throw error;
  }
}

async function openHistory(
  options: ReplayOptions,
  folder: string,
  log: (line: string) => void,
): Promise<{ readonly history: string; readonly commits: readonly SourceCommit[] }> {
  const history = join(folder, 'history.git');
  const head = await cloneSource(options.from, history);
  const commits = await chooseCommits(history, head, { ...options, count: options.commits });
  if (commits.length === 0) throw new Error(`no commit of ${options.from} touches ${options.path}`);
  const few = commits.length < options.commits ? ' (that is all there are)' : '';
  log(`${commits.length} commits that change what ${options.path} is rendered from${few}`);
  return { history, commits };
}

/** kubectl and a reader on a cluster, with the namespace there and chosen. */
async function open(
  binary: string,
  kubeconfig: string,
  namespace: string,
  folder: string,
  name: string,
): Promise<{ readonly kubectl: Kubectl; readonly reader: ClusterReader }> {
  const home = join(folder, `home-${name}`);
  await mkdir(home);
  const file = join(folder, `kubeconfig-${name}`);
  await writeFile(file, await kubeconfigInNamespace(binary, kubeconfig, namespace, home), { mode: 0o600 });
  const kubectl = kubectlOn(binary, file, home);
  await ensureNamespace(kubectl, namespace);
  return { kubectl, reader: await readCluster(kubectl, folder, name) };
}

function environmentFile({ path, namespace, render, readyTimeout, allowReplace }: ReplayOptions): string {
  const environment = {
    name: environmentName,
    path,
    cluster: clusterName,
    namespace,
    render,
    readyTimeout,
    allowReplace,
  };
  return `${JSON.stringify({ version: 1, environments: [environment] }, null, 2)}\n`;
}

async function startReplayWorld(kubeconfig: string, kustomize: string, configuration: string): Promise<World> {
  const [owner = '', name = ''] = repositoryName.split('/');
  const world = await startWorld({
    clusters: [{ name: clusterName, kubeconfig }],
    repositories: [{ owner, name, files: { [configurationFile]: configuration } }],
    bindings: [{ repository: repositoryName, branch: 'main', cluster: clusterName, namespaces: ['*'], kinds: ['*'] }],
    kustomize,
  });
  world.github.addUser(player, { [repositoryName]: 'write' });
  return world;
}
