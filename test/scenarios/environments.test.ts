/** Several environments in one repository, what bindings allow, and objects that only the same pull request makes possible. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ensureBinaries } from '../../src/playground/control-plane/ensure-binaries.ts';
import { startWorld, type World } from './conversation-world.ts';
import type { Conversation } from './conversation.ts';
import { configMap, deployment, environmentsYaml, fairleadYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const binaries = await ensureBinaries(['kustomize'], () => undefined);

const two = environmentsYaml(
  'name: staging\n    path: staging\n    cluster: prod-eu\n    namespace: two',
  'name: prod\n    path: overlays/prod\n    cluster: prod-eu\n    namespace: two\n    render: kustomize',
);
const settings = (colour: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: ${colour}}\n`;

await onEachCluster('environments', (cluster) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      kubeconfig: cluster.kubeconfig(),
      ...(binaries.kind === 'ready' ? { kustomize: binaries.path('kustomize') } : {}),
      repositories: {
        two: {
          files: {
            '.fairlead.yaml': two,
            'staging/settings.yaml': configMap('two', 'staging-settings', { colour: 'red' }),
            'base/settings.yaml': settings('red'),
            'base/kustomization.yaml': 'resources: [settings.yaml]\n',
            'overlays/prod/kustomization.yaml': 'namespace: two\nnamePrefix: prod-\nresources: [../../base]\n',
          },
        },
        fenced: {
          files: { '.fairlead.yaml': fairleadYaml('fenced') },
          binding: { kinds: ['ConfigMap', 'Deployment'] },
        },
        nothing: { files: { '.fairlead.yaml': fairleadYaml('nothing') }, binding: { kinds: [] } },
        fresh: { files: { '.fairlead.yaml': fairleadYaml('fresh') }, namespace: false },
      },
    });
  });
  afterAll(() => world.stop());

  describe.skipIf(binaries.kind === 'unavailable')('staging and prod', () => {
    let shop: Conversation;
    beforeAll(() => {
      shop = world.repository('two');
    });

    it('a change of one is planned and deployed there, and the other is left alone', async () => {
      const pull = await shop.open('one', {
        'staging/settings.yaml': configMap('two', 'staging-settings', { colour: 'blue' }),
      });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**Merging this changes \`staging\`** — 1 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`staging\` on \`prod-eu\`, namespace \`two\` | 1 |  |  |  |  |

        ▸ <b>staging</b>: 1 to create

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull, 'staging')).toMatchInlineSnapshot(`"success: Deployed: 1 created"`);
      expect(await shop.comment(pull, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`staging\`** in <n> s — 1 created. Live at \`<commit>\` (deployment 1).

        ▸ <b>staging</b>: 1 object"
      `);
      expect(await shop.cluster.names('configmaps')).not.toContain('prod-settings');
    });

    it('a base outside its path belongs to an environment; a change of both is one comment and two deployments', async () => {
      const pull = await shop.open('both', {
        'staging/settings.yaml': configMap('two', 'staging-settings', { colour: 'green' }),
        'base/settings.yaml': settings('green'),
      });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**Merging this changes 2 environments** — 1 object changed, 1 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`staging\` on \`prod-eu\`, namespace \`two\` |  | 1 |  |  |  |
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`two\` | 1 |  |  |  |  |

        ▸ <b>staging</b>: 1 to change

        ▸ <b>prod</b>: 1 to create

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plans [\`<digest>\`](<plan>) [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.checks(pull.head, 'fairlead', 'fairlead/staging', 'fairlead/prod')).toMatchInlineSnapshot(`
        [
          "fairlead: success: 2 of 2 environments change",
          "fairlead/staging: success: 1 to change",
          "fairlead/prod: success: 1 to create",
        ]
      `);
      const sha = await shop.merge(pull);
      expect(await shop.checks(sha, 'fairlead/staging', 'fairlead/prod')).toMatchInlineSnapshot(`
        [
          "fairlead/staging: success: Deployed: 1 changed",
          "fairlead/prod: success: Deployed: 1 created",
        ]
      `);
      const said = await shop.comment(pull, 'Deployed to `prod`');
      expect(said).toContain('Deployed to `staging`');
      expect(await shop.cluster.get('configmaps/prod-settings')).toMatchObject({ data: { colour: 'green' } });
    });

    it('a change of none gets a green check and no word more', async () => {
      const pull = await shop.open('none', { 'README.md': 'Two of them.\n', 'unused/x.yaml': 'kind: Nothing\n' });
      expect(await shop.check(pull.head)).toMatchInlineSnapshot(`"success: No environment is touched by this change"`);
      await shop.merge(pull);
      const next = await shop.open('after', { 'README.md': 'Still two.\n' });
      expect(await shop.check(next.head)).toContain('No environment is touched');
      expect([...shop.comments(pull), ...shop.comments(next), ...shop.issues()]).toEqual([]);
    });

    it('findings in one leave the other going, and the next pull request frees it', async () => {
      const pull = await shop.open('findings', {
        'staging/settings.yaml': 'kind: ConfigMap\nmetadata: {name: settings, namespace: two}\n',
        'staging/more.yaml': 'apiVersion: v1\nkind: ConfigMap\n  metadata: {name: more}\n',
        'base/settings.yaml': settings('white'),
      });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**2 problems keep \`staging\` from being deployed.** Nothing of it is applied while that is so.

        **To be solved first**
        - \`staging\`: This is not valid YAML: bad indentation of a mapping entry (column 11). Put a value that contains a colon and a blank in quotes. \`staging/more.yaml:3\`
        - \`staging\`: \`apiVersion\` is missing. Add it, for instance \`apiVersion: apps/v1\`. \`staging/settings.yaml:1\`

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✘ | \`staging\` on \`prod-eu\`, namespace \`two\` |  |  |  |  | blocked, see above |
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`two\` |  | 1 |  |  |  |

        ▸ <b>prod</b>: 1 to change

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plans [\`<digest>\`](<plan>) [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      const sha = await shop.merge(pull);
      expect(await shop.checks(sha, 'fairlead/staging', 'fairlead/prod')).toMatchInlineSnapshot(`
        [
          "fairlead/staging: action_required: Held: what is declared is not valid for this cluster",
          "fairlead/prod: success: Deployed: 1 changed",
        ]
      `);
      expect(await shop.comment(pull, '`staging` is held')).toMatchInlineSnapshot(`
        "**\`staging\` is held: what is declared is not valid for this cluster.** These have to be solved first:

        - staging/more.yaml:3: This is not valid YAML: bad indentation of a mapping entry (column 11). Put a value that contains a colon and a blank in quotes.
        - staging/settings.yaml:1: apiVersion is missing. Add it, for instance apiVersion: apps/v1.

        Fix them in a new pull request, or revert this one. Nothing was applied."
      `);
      expect(await shop.cluster.get('configmaps/prod-settings')).toMatchObject({ data: { colour: 'white' } });
      expect(await shop.cluster.get('configmaps/staging-settings')).toMatchObject({ data: { colour: 'green' } });
      const fix = await shop.open('fix', {
        'staging/settings.yaml': configMap('two', 'staging-settings', { colour: 'white' }),
        'staging/more.yaml': null,
      });
      expect(await shop.mergeAndSee(fix, 'staging')).toContain('success');
      expect(await shop.cluster.get('configmaps/staging-settings')).toMatchObject({ data: { colour: 'white' } });
      expect(await shop.comment(pull, 'Deployed to `staging`')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 1 changed. Live at \`<commit>\` (deployment 5).

        **Deployed to \`staging\`** in <n> s — 1 changed. Live at \`<commit>\` (deployment 6).

        ▸ <b>prod</b>: 1 object

        ▸ <b>staging</b>: 1 object"
      `);
    });

    it('a change of `.fairlead.yaml` is judged by the old one, and says so (H39)', async () => {
      const canary = '  - name: canary\n    path: canary\n    cluster: prod-eu\n    namespace: two\n';
      const pull = await shop.open('canary', {
        '.fairlead.yaml': `${two}${canary}`,
        'canary/settings.yaml': configMap('two', 'canary-settings', { colour: 'yellow' }),
      });
      expect(await shop.check(pull.head)).toMatchInlineSnapshot(`"success: No environment is touched by this change"`);
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**Merging this changes nothing in any cluster**: no environment is touched.

        **Worth knowing**
        - This changes .fairlead.yaml: it is judged by the one on the base branch, and what the new one would deploy that nobody has seen waits for a person after the merge. The settings of the base branch apply until this is merged. \`.fairlead.yaml:1\`"
      `);
      const sha = await shop.merge(pull);
      expect(await shop.check(sha, 'fairlead/canary')).toMatchInlineSnapshot(
        `"action_required: Held: nobody has seen its plan"`,
      );
      expect(await shop.comment(pull, '`canary` is held')).toMatchInlineSnapshot(`
        "**\`canary\` is held: nobody has seen its plan.** The merge was made before a plan was shown on the pull request.

        - #7

        Read the plan below, then: \`/fairlead apply <digest>\` (write permission). Nothing was applied.

        ▸ <b>canary</b>: 1 to create

        <sub>[every object](<plan>)</sub>"
      `);
      await shop.alice.comment(
        shop.repo,
        pull.number,
        `/fairlead apply ${await shop.offeredDigest(pull, '`canary` is held')}`,
      );
      expect(await shop.comment(pull, 'Live at')).toContain('Deployed to `canary`');
    });

    it('a configuration that does not validate names line and fix', async () => {
      const pull = await shop.open('wrong', { '.fairlead.yaml': `${two}    dependsOn: [stagng]\n    pruun: true\n` });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**1 problem keeps this from being deployed.** Nothing of it is applied while that is so.

        **To be solved first**
        - \`.fairlead.yaml\` is not valid: environments\\[1] has an unknown key "pruun". Known keys are name, path, cluster, namespace, render, dependsOn, prune, maxPrune, allowReplace, drift, takeOver, ignore, readyTimeout. \`.fairlead.yaml:13\`

        **Worth knowing**
        - This changes .fairlead.yaml: it is judged by the one on the base branch, and what the new one would deploy that nobody has seen waits for a person after the merge. The settings of the base branch apply until this is merged. \`.fairlead.yaml:1\`"
      `);
      expect(await shop.annotations(pull.head)).toMatchInlineSnapshot(`
        [
          ".fairlead.yaml:13 .fairlead.yaml is not valid: environments[1] has an unknown key "pruun". Known keys are name, path, cluster, namespace, render, dependsOn, prune, maxPrune, allowReplace, drift, takeOver, ignore, readyTimeout.",
        ]
      `);
    });
  });

  it('objects outside the namespaces and kinds of the binding are refused by name (H69)', async () => {
    const fenced = world.repository('fenced');
    const pull = await fenced.open('out', {
      'deploy/there.yaml': configMap('kube-system', 'there', { a: 'b' }),
      'deploy/role.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: []\n',
      'deploy/secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: fenced}\n',
      'deploy/fine.yaml': configMap('fenced', 'fine', { a: 'b' }),
    });
    expect(await fenced.planAtAGlance(pull)).toMatchInlineSnapshot(`
      "**3 problems keep \`prod\` from being deployed.** Nothing of it is applied while that is so.

      **To be solved first**
      - \`ClusterRole all\` is of a kind this repository may not change: ClusterRole.rbac.authorization.k8s.io; allowed are ConfigMap, Deployment. Remove it, or ask the operator to extend the binding. \`deploy/role.yaml:1\`
      - \`Secret fenced/s\` is of a kind this repository may not change: Secret; allowed are ConfigMap, Deployment. Remove it, or ask the operator to extend the binding. \`deploy/secret.yaml:1\`
      - \`ConfigMap kube-system/there\` is in a namespace this repository may not change: kube-system; allowed are fenced. Use an allowed namespace, or ask the operator to extend the binding. \`deploy/there.yaml:1\`

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✘ | \`prod\` on \`prod-eu\`, namespace \`fenced\` | 1 |  |  |  | blocked, see above |

      ▸ <b>prod</b>: 1 to create

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await fenced.mergeAndSee(pull)).toMatchInlineSnapshot(
      `"action_required: Held: what is declared is not valid for this cluster"`,
    );
    expect(await fenced.cluster.names('configmaps')).not.toContain('fine');
  });

  it('an empty allow-list allows nothing (H36)', async () => {
    const nothing = world.repository('nothing');
    const pull = await nothing.open('any', { 'deploy/any.yaml': configMap('nothing', 'any', { a: 'b' }) });
    expect(await nothing.planAtAGlance(pull)).toMatchInlineSnapshot(`
      "**1 problem keeps \`prod\` from being deployed.** Nothing of it is applied while that is so.

      **To be solved first**
      - \`ConfigMap nothing/any\` is of a kind this repository may not change: ConfigMap; allowed are none. Remove it, or ask the operator to extend the binding. \`deploy/any.yaml:1\`

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✘ | \`prod\` on \`prod-eu\`, namespace \`nothing\` |  |  |  |  | blocked, see above |

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await nothing.mergeAndSee(pull)).toContain('action_required');
    expect(await nothing.cluster.names('configmaps')).not.toContain('any');
  });

  it('a namespace and what goes into it come with one pull request', async () => {
    const fresh = world.repository('fresh');
    const pull = await fresh.open('namespace', {
      'deploy/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n',
      'deploy/settings.yaml': configMap('fresh', 'settings', { a: 'b' }),
      'deploy/web.yaml': deployment('fresh', 'web', { image: 'web:1', replicas: 1 }),
    });
    const plan = await fresh.planComment(pull);
    expect(plan.split('declared-only').length - 1).toBe(2);
    expect(await fresh.planAtAGlance(pull)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — 3 created.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✔ | \`prod\` on \`prod-eu\`, namespace \`fresh\` | 3 |  |  |  |  |

      ▸ <b>prod</b>: 3 to create

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await fresh.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: 3 created"`);
    expect(await fresh.cluster.get('deployments/web')).toMatchObject({ status: { readyReplicas: 1 } });
  });

  it('a definition and an object of it come with one pull request (H77)', async () => {
    const fresh = world.repository('fresh');
    const pull = await fresh.open('definition', {
      'deploy/a-widget.yaml':
        'apiVersion: fresh.example.com/v1\nkind: Widget\nmetadata: {name: first, namespace: fresh}\nspec: {size: 3}\n',
      'deploy/definition.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.fresh.example.com}
spec:
  group: fresh.example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, properties: {size: {type: integer}}}
`,
    });
    expect(await fresh.planComment(pull)).toContain('declared-only');
    expect(await fresh.planAtAGlance(pull)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — 2 created.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✔ | \`prod\` on \`prod-eu\`, namespace \`fresh\` | 2 |  |  | 3 |  |

      ▸ <b>prod</b>: 2 to create

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await fresh.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: 2 created, 3 same"`);
    expect(await fresh.comment(pull, 'Live at')).toContain('2 created');
  });
});
