/** Drift: what others did at the cluster is told apart from what a pull request does, reported in one issue, and healed only where asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorld, type World } from './conversation-world.ts';
import type { Conversation } from './conversation.ts';
import { eventually } from './eventually.ts';
import { configMap, deployment, fairleadYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const settings = (name: string, data: Readonly<Record<string, string>>) => ({
  'deploy/settings.yaml': configMap(name, 'settings', data),
});

await onEachCluster('drift', (cluster) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      kubeconfig: cluster.kubeconfig(),
      tickSeconds: 3,
      repositories: {
        drift: { files: { '.fairlead.yaml': fairleadYaml('drift') } },
        scaled: {
          files: { '.fairlead.yaml': fairleadYaml('scaled', 'ignore: [{kind: Deployment, field: spec.replicas}]') },
        },
        shared: { files: { '.fairlead.yaml': fairleadYaml('shared') } },
        healed: { files: { '.fairlead.yaml': fairleadYaml('healed', 'drift: heal') } },
      },
    });
  });
  afterAll(() => world.stop());

  describe('a change by hand', () => {
    let shop: Conversation;
    beforeAll(async () => {
      shop = world.repository('drift');
      const start = {
        ...settings('drift', { colour: 'red', size: 'small' }),
        'deploy/web.yaml': deployment('drift', 'web', { image: 'web:1', replicas: 1 }),
      };
      expect(await shop.mergeAndSee(await shop.open('start', start))).toContain('success');
    });

    it('is reported in an issue by the tick, with who did it', async () => {
      await shop.cluster.edit('configmaps/settings', { data: { colour: 'pink' } });
      await shop.cluster.edit('deployments/web', { spec: { replicas: 2 } }, 'kubectl');
      expect(await shop.issue('differs', 'open', 'replicas')).toMatchInlineSnapshot();
    });

    it('is told apart from what a pull request does, and put back by merging it', async () => {
      const pull = await shop.open('size', settings('drift', { colour: 'red', size: 'large' }));
      expect(await shop.planComment(pull)).toMatchInlineSnapshot();
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot();
      expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'red', size: 'large' } });
      expect(await shop.cluster.get('deployments/web')).toMatchObject({ spec: { replicas: 1 } });
      expect(await shop.issue('differs', 'closed')).toMatchInlineSnapshot();
    });

    it('may be a deletion: the issue is opened again, and the next merge creates the object anew', async () => {
      await shop.cluster.remove('configmaps/settings');
      expect(await shop.issue('differs', 'open', 'is not there')).toMatchInlineSnapshot();
      const pull = await shop.open('web', {
        'deploy/web.yaml': deployment('drift', 'web', { image: 'web:2', replicas: 1 }),
      });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot();
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot();
      expect(await shop.cluster.get('configmaps/settings')).toBeDefined();
    });

    it('may be taken over by Git: then nothing differs, and nothing is written', async () => {
      await shop.issue('differs', 'closed');
      await shop.cluster.edit('configmaps/settings', { data: { colour: 'gold' } });
      await shop.issue('differs', 'open', 'gold');
      const pull = await shop.open('adopt', settings('drift', { colour: 'gold', size: 'large' }));
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot();
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot();
      await shop.issue('differs', 'closed');
    });
  });

  it('replicas that an autoscaler owns are neither drift nor put back where Git leaves them to it (H78)', async () => {
    const shop = world.repository('scaled');
    const web = (image: string) => ({ 'deploy/web.yaml': deployment('scaled', 'web', { image, replicas: 1 }) });
    await shop.mergeAndSee(await shop.open('start', web('web:1')));
    await shop.cluster.edit('deployments/web', { spec: { replicas: 3 } }, 'horizontal-pod-autoscaler');
    const pull = await shop.open('image', web('web:2'));
    expect(await shop.planComment(pull)).toMatchInlineSnapshot();
    expect(await shop.mergeAndSee(pull)).toContain('success');
    expect(await shop.cluster.get('deployments/web')).toMatchObject({
      spec: { replicas: 3, template: { spec: { containers: [{ image: 'web:2' }] } } },
    });
    expect(shop.issues()).toEqual([]);
  });

  it('a field that another controller applies is a conflict, until the environment says to take it over (H78)', async () => {
    const shop = world.repository('shared');
    await shop.mergeAndSee(await shop.open('start', settings('shared', { colour: 'red', size: 'small' })));
    await shop.cluster.apply(
      'configmaps/settings',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'shared' },
        data: { colour: 'blue' },
      },
      'colour-operator',
    );
    const pull = await shop.open('green', settings('shared', { colour: 'green', size: 'large' }));
    expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot();
    expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot();
    expect(await shop.comment(pull, 'is held')).toMatchInlineSnapshot();
    expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'blue', size: 'small' } });

    await shop.merge(
      await shop.open('allow', { '.fairlead.yaml': fairleadYaml('shared', 'takeOver: [colour-operator]') }),
    );
    const again = await shop.open('greener', settings('shared', { colour: 'green', size: 'larger' }));
    expect(await shop.planComment(again)).toMatchInlineSnapshot();
    expect(await shop.mergeAndSee(again)).toMatchInlineSnapshot();
    expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'green', size: 'larger' } });
  });

  it('heals itself where the environment says so, and says that it did', async () => {
    const shop = world.repository('healed');
    await shop.mergeAndSee(await shop.open('start', settings('healed', { colour: 'red' })));
    await shop.cluster.edit('configmaps/settings', { data: { colour: 'pink' } });
    await eventually('the colour to be put back', async () => {
      const found = await shop.cluster.get('configmaps/settings');
      return JSON.stringify(found?.['data']) === '{"colour":"red"}' ? found : undefined;
    });
    expect(await shop.issue('differs', 'closed')).toMatchInlineSnapshot();
  });
});
