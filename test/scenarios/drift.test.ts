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
        edited: { files: { '.fairlead.yaml': fairleadYaml('edited') } },
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
      shop = world.repository('edited');
      const start = {
        ...settings('edited', { colour: 'red', size: 'small' }),
        'deploy/web.yaml': deployment('edited', 'web', { image: 'web:1', replicas: 1 }),
      };
      expect(await shop.mergeAndSee(await shop.open('start', start))).toContain('success');
    });

    it('is reported in an issue by the tick, with who did it', async () => {
      await shop.cluster.edit('configmaps/settings', { data: { colour: 'pink' } });
      await shop.cluster.edit('deployments/web', { spec: { replicas: 2 } }, 'kubectl');
      expect(await shop.issue('differs', 'open', 'replicas')).toMatchInlineSnapshot(`
        "**\`prod\` differs from \`main\` in 2 places**, though Git did not change.

        | object | field | Git says | cluster says | manager | since |
        |---|---|---|---|---|---|
        | \`ConfigMap edited/settings\` | \`data.colour\` | \`red\` | \`pink\` | \`kubectl-edit\` | <time> UTC |
        | \`Deployment edited/web\` | \`spec.replicas\` | \`1\` | \`2\` | \`kubectl\` | <time> UTC |

        To keep it: adopt it by a pull request. To undo it: it is put back with the next deployment whose plan shows it, or at once where the environment says \`drift: heal\`."
      `);
    });

    it('is told apart from what a pull request does, and put back by merging it', async () => {
      const pull = await shop.open('size', settings('edited', { colour: 'red', size: 'large' }));
      expect(await shop.planComment(pull)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed, 1 put back to what Git says.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`edited\` |  | 2 |  |  |  |

        **Worth knowing**
        - Undoes what was changed past Git: \`ConfigMap edited/settings\` \`data.colour\`: \`pink\` → \`red\`, set by \`kubectl-edit\`.
        - Undoes what was changed past Git: \`Deployment edited/web\` \`spec.replicas\`: \`2\` → \`1\`, set by \`kubectl\`.

        <details><summary><b>prod</b>: 1 to change</summary>

        **change · ConfigMap \`edited/settings\`** — \`deploy/settings.yaml:1\`
        - \`data.colour\`: \`pink\` → \`red\` (differed before)
        - \`data.size\`: \`small\` → \`large\`
        - takes fields over from \`kubectl-edit\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -1,7 +1,7 @@
         apiVersion: v1
         data:
        -  colour: pink
        -  size: small
        +  colour: red
        +  size: large
         kind: ConfigMap
         metadata:
           name: settings
        \`\`\`
        </details>

        </details>

        <details><summary>prod: already different before this pull request: 2 objects</summary>

        **put back · \`ConfigMap edited/settings\`**
        - \`data.colour\`: \`pink\` → \`red\`, held by \`kubectl-edit\` since \`<time>\`

        **put back · \`Deployment edited/web\`**
        - \`spec.replicas\`: \`2\` → \`1\`, held by \`kubectl\` since \`<time>\`

        </details>

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: 2 changed"`);
      expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'red', size: 'large' } });
      expect(await shop.cluster.get('deployments/web')).toMatchObject({ spec: { replicas: 1 } });
      expect(await shop.issue('differs', 'closed')).toMatchInlineSnapshot(`"\`prod\` is as \`main\` says again."`);
    });

    it('may be a deletion: the issue is opened again, and the next merge creates the object anew', async () => {
      await shop.cluster.remove('configmaps/settings');
      expect(await shop.issue('differs', 'open', 'is not there')).toMatchInlineSnapshot(`
        "**\`prod\` differs from \`main\` in 1 place**, though Git did not change.

        | object | field | Git says | cluster says | manager | since |
        |---|---|---|---|---|---|
        | \`ConfigMap edited/settings\` | | declared | is not there | | |

        To keep it: adopt it by a pull request. To undo it: it is put back with the next deployment whose plan shows it, or at once where the environment says \`drift: heal\`."
      `);
      const pull = await shop.open('web', {
        'deploy/web.yaml': deployment('edited', 'web', { image: 'web:2', replicas: 1 }),
      });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed, 1 put back to what Git says.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`edited\` | 1 | 1 |  |  |  |

        ▸ <b>prod</b>: 1 to change

        ▸ prod: already different before this pull request: 1 object

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: 1 created, 1 changed"`);
      expect(await shop.cluster.get('configmaps/settings')).toBeDefined();
    });

    it('may be taken over by Git: then nothing differs, and nothing is written', async () => {
      await shop.issue('differs', 'closed');
      await shop.cluster.edit('configmaps/settings', { data: { colour: 'gold' } });
      await shop.issue('differs', 'open', 'gold');
      const pull = await shop.open('adopt', settings('edited', { colour: 'gold', size: 'large' }));
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**Merging this changes nothing in the cluster**: \`prod\` already is as declared.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`edited\` |  |  |  | 2 | nothing to do |

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: nothing had to change, 2 same"`);
      await shop.issue('differs', 'closed');
    });
  });

  it('replicas that an autoscaler owns are neither drift nor put back where Git leaves them to it (H78)', async () => {
    const shop = world.repository('scaled');
    const web = (image: string) => ({ 'deploy/web.yaml': deployment('scaled', 'web', { image, replicas: 1 }) });
    await shop.mergeAndSee(await shop.open('start', web('web:1')));
    await shop.cluster.edit('deployments/web', { spec: { replicas: 3 } }, 'horizontal-pod-autoscaler');
    const pull = await shop.open('image', web('web:2'));
    expect(await shop.planComment(pull)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — 1 object changed.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✔ | \`prod\` on \`prod-eu\`, namespace \`scaled\` |  | 1 |  |  |  |

      <details><summary><b>prod</b>: 1 to change</summary>

      **change · Deployment \`scaled/web\`** — \`deploy/web.yaml:1\`
      - \`spec.template.spec.containers[web].image\`: \`web:1\` → \`web:2\`
      - rolls 3 pods

      <details><summary>diff</summary>

      \`\`\`diff
      @@ -23,7 +23,7 @@
               app: web
           spec:
             containers:
      -        - image: web:1
      +        - image: web:2
                 imagePullPolicy: IfNotPresent
                 name: web
                 resources: {}
      \`\`\`
      </details>

      </details>

      <details><summary>prod: left out</summary>

      - 1 fields left to others by the ignore rules

      </details>

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
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
    expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
      "**1 problem keeps \`prod\` from being deployed.** Nothing of it is applied while that is so.

      **To be solved first**
      - \`ConfigMap shared/settings\` has fields that somebody else manages: colour-operator holds data.colour. Leave the field out here, or list the manager under \`takeOver\` for this environment. \`deploy/settings.yaml:1\`

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✘ | \`prod\` on \`prod-eu\`, namespace \`shared\` |  |  |  |  | blocked, see above |

      ▸ <b>prod</b>: 1 in conflict

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(
      `"action_required: Held: somebody else manages fields it sets"`,
    );
    expect(await shop.comment(pull, 'is held')).toMatchInlineSnapshot(`
      "**\`prod\` is held: somebody else manages fields it sets.** Two managers would keep overwriting each other:

      - deploy/settings.yaml:1: ConfigMap shared/settings has fields that somebody else manages: colour-operator holds data.colour. Leave the field out here, or list the manager under takeOver for this environment.

      Leave those fields out in a new pull request, or list the manager under \`takeOver\` for this environment. Nothing was applied."
    `);
    expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'blue', size: 'small' } });

    await shop.merge(
      await shop.open('allow', { '.fairlead.yaml': fairleadYaml('shared', 'takeOver: [colour-operator]') }),
    );
    const again = await shop.open('greener', settings('shared', { colour: 'green', size: 'larger' }));
    expect(await shop.planComment(again)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — 1 object changed.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✔ | \`prod\` on \`prod-eu\`, namespace \`shared\` |  | 1 |  |  |  |

      **Worth knowing**
      - Undoes what was changed past Git: \`ConfigMap shared/settings\` \`data.colour\`: \`blue\` → \`green\`, set by \`colour-operator\`.

      <details><summary><b>prod</b>: 1 to change</summary>

      **change · ConfigMap \`shared/settings\`** — \`deploy/settings.yaml:1\`
      - \`data.colour\`: \`blue\` → \`green\` (differed before)
      - \`data.size\`: \`small\` → \`larger\`
      - takes fields over from \`colour-operator\`

      <details><summary>diff</summary>

      \`\`\`diff
      @@ -1,7 +1,7 @@
       apiVersion: v1
       data:
      -  colour: blue
      -  size: small
      +  colour: green
      +  size: larger
       kind: ConfigMap
       metadata:
         name: settings
      \`\`\`
      </details>

      </details>

      <details><summary>prod: already different before this pull request: 1 object</summary>

      **put back · \`ConfigMap shared/settings\`**
      - \`data.colour\`: \`blue\` → \`green\`, held by \`colour-operator\` since \`<time>\`

      </details>

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(again)).toMatchInlineSnapshot(`"success: Deployed: 1 changed"`);
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
    expect(await shop.issue('differs', 'closed')).toMatchInlineSnapshot(`"\`prod\` is as \`main\` says again."`);
  });
});
