/** The cluster port's contract against every real thing at hand, and what only a real API server has: RBAC and admission. */
import { readFile } from 'node:fs/promises';

import { controlPlaneForTests } from '../e2e/control-plane-for-tests.ts';
import { describe } from 'vitest';

import { clusterContract } from './cluster-contract.ts';

const controlPlane = await controlPlaneForTests('cluster contract', { controllers: true });

describe.skipIf(controlPlane.unavailable)('real', () => {
  clusterContract('kube-apiserver', { kubeconfig: () => readFile(controlPlane.get().kubeconfig, 'utf8') });
});
