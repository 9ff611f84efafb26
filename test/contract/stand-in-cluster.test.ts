/**
 * The stand-in cluster against a real kube-apiserver: one list of cases, run over both. A case that passes on one and not on the
 * other is a fault of the stand-in.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { startCluster } from '../../src/playground/cluster/start-cluster.ts';
import { controlPlaneForTests } from '../e2e/control-plane-for-tests.ts';
import { applyCases } from './stand-in-cluster-apply.ts';
import { customKindCases } from './stand-in-cluster-custom-kinds.ts';
import { kindCases } from './stand-in-cluster-kinds.ts';
import { asking, type Ask, type Server } from './stand-in-cluster-steps.ts';
import { verbCases } from './stand-in-cluster-verbs.ts';

const real = await controlPlaneForTests('the stand-in cluster answers as kube-apiserver does', { controllers: false });

function contract(open: () => Promise<Server>): void {
  let client: ReturnType<typeof asking>;
  const ask: Ask = (...args) => client.ask(...args);
  beforeAll(async () => {
    client = asking(await open());
    await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 't1' } });
  });
  afterAll(() => client.close());
  applyCases(ask);
  verbCases(ask);
  kindCases(ask);
  customKindCases(ask);
}

describe('the stand-in cluster', () => {
  const started = startCluster({ token: 'secret', controllers: false });
  afterAll(async () => (await started).stop());
  contract(() => started);
});

describe.skipIf(real.unavailable)('kube-apiserver v1.36', () => {
  contract(() => Promise.resolve(real.get()));
});
