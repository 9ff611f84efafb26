/** The cluster port's contract against the stand-in cluster of the playground. */
import { afterAll, beforeAll } from 'vitest';

import { type StandInCluster, startCluster } from '../../src/playground/cluster/start-cluster.ts';
import { clusterContract } from './cluster-contract.ts';

let standIn: StandInCluster;
beforeAll(async () => {
  standIn = await startCluster();
});
afterAll(() => standIn.stop());

clusterContract('stand-in', { kubeconfig: () => Promise.resolve(standIn.kubeconfig) });
