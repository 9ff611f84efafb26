/** One thin line through the whole house, on a real control plane: open → plan → merge → apply → a bad change → revert → rollback. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorld, type World } from '../scenarios/conversation-world.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';

const cluster = await controlPlaneForTests('the main job end to end', { controllers: true });

const config = `version: 1
environments:
  - name: prod
    path: deploy
    cluster: prod-eu
    namespace: shop
    readyTimeout: 60
`;
const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels: {app: checkout}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      containers:
        - name: checkout
          image: ${image}
`;

describe.skipIf(cluster.unavailable)('the main job', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ kubeconfig: cluster.get().kubeconfig, files: { '.fairlead.yaml': config, 'README.md': 'shop' } });
  });
  afterAll(() => world.stop());

  it('plans, deploys, and rolls back', async () => {
    const first = await world.open('start', {
      'deploy/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
      'deploy/checkout.yaml': deployment('checkout:1.4.2'),
    });
    console.log(world.comments(first.number).join('\n=====\n'));
    const merged = await world.merge(first.number, 'prod');
    console.log(merged, world.comments(first.number).join('\n=====\n'));
    expect(merged.conclusion).toBe('success');

    const bad = await world.open('bad', { 'deploy/checkout.yaml': deployment('checkout:does-not-exist') });
    console.log(world.comments(bad.number).join('\n=====\n'));
    const broken = await world.merge(bad.number, 'prod');
    console.log(broken, world.comments(bad.number).join('\n=====\n'));
    expect(broken.conclusion).toBe('failure');

    const revert = await world.github.as('alice').revert(world.repo, bad.number);
    await world.check(revert.head, 'fairlead');
    console.log(world.comments(revert.number).join('\n=====\n'));
    const back = await world.merge(revert.number, 'prod');
    console.log(back, world.comments(revert.number).join('\n=====\n'));
    expect(back.conclusion).toBe('success');
  }, 120_000);
});
