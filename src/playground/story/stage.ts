/** What the story is played on: a GitHub with people, two clusters, and the unchanged product between them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type StandInCluster } from '../cluster/start-cluster.ts';
import type { GitHub } from '../github/handle.ts';
import { startWorld, type World } from '../world/start-world.ts';
import { clusterOf, environments, firstCommit, missingImage, repository, type EnvironmentName } from './shop.ts';

export interface Stage {
  readonly world: World;
  readonly github: GitHub;
  readonly clusters: Readonly<Record<EnvironmentName, StandInCluster>>;
  /** Paths. */
  readonly kubeconfigs: Readonly<Record<EnvironmentName, string>>;
  /** For working copies and kubeconfigs; removed by `stop`. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** How soon the product looks again by itself; the shortest an operator may ask for. */
const tickSeconds = 5;

/** Nothing is left running when it rejects. */
export async function startStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-playground-'));
  const started: StandInCluster[] = [];
  const stopClusters = async (): Promise<void> => {
    for (const cluster of started) await cluster.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const open = async (): Promise<StandInCluster> => {
      const cluster = await startCluster({ badImages: [missingImage] });
      started.push(cluster);
      return cluster;
    };
    const clusters = { staging: await open(), prod: await open() };
    const kubeconfigs = {
      staging: join(folder, `${clusterOf.staging}.kubeconfig`),
      prod: join(folder, `${clusterOf.prod}.kubeconfig`),
    };
    for (const name of environments) await writeFile(kubeconfigs[name], clusters[name].kubeconfig, { mode: 0o600 });
    const world = await startWorld({
      tickSeconds,
      clusters: environments.map((name) => ({ name: clusterOf[name], kubeconfig: kubeconfigs[name] })),
      repositories: [{ ...repository, files: firstCommit }],
      bindings: environments.map((name) => ({
        repository: repository.fullName,
        branch: 'main',
        cluster: clusterOf[name],
        namespaces: ['shop'],
        kinds: ['*'],
      })),
    });
    const { github } = world;
    for (const login of ['alice', 'bob', 'mallory']) github.addUser(login, { [repository.fullName]: 'write' });
    const stop = async (): Promise<void> => {
      await world.stop();
      await stopClusters();
    };
    return { world, github, clusters, kubeconfigs, folder, stop };
  } catch (error) {
    await stopClusters();
    throw error;
  }
}
