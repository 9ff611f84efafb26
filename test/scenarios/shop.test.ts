/** The shop: deployed, broken by a bad image, rolled back by the Revert button, brought back, reverted in part, undone by hand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorld, type World } from './conversation-world.ts';
import type { Conversation, Pull } from './conversation.ts';
import { configMap, deployment, fairleadYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const start = (name: string) => ({
  'deploy/branding.yaml': configMap(name, 'branding', { greeting: 'hello' }),
  'deploy/checkout.yaml': deployment(name, 'checkout', { image: 'checkout:1.4.2', reads: 'branding' }),
});

await onEachCluster('the shop', (cluster) => {
  let world: World;
  beforeAll(async () => {
    const files = (name: string) => ({ '.fairlead.yaml': fairleadYaml(name), 'README.md': 'A shop.\n' });
    world = await startWorld({
      kubeconfig: cluster.kubeconfig(),
      repositories: { shop: { files: files('shop') }, corner: { files: files('corner') } },
    });
  });
  afterAll(() => world.stop());

  describe('a bad image', () => {
    let shop: Conversation;
    let bad: Pull;
    let revert: Pull;
    beforeAll(() => {
      shop = world.repository('shop');
    });

    it('is deployed when the pull request is merged', async () => {
      const first = await shop.open('start', start('shop'), { title: 'Open the shop' });
      expect(await shop.planComment(first)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 2 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`shop\` | 2 |  |  |  |  |

        <details><summary><b>prod</b>: 2 to create</summary>

        **create · ConfigMap \`shop/branding\`** — \`deploy/branding.yaml:1\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  greeting: hello
        +kind: ConfigMap
        +metadata:
        +  name: branding
        +  namespace: shop
        \`\`\`
        </details>

        **create · Deployment \`shop/checkout\`** — \`deploy/checkout.yaml:1\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -0,0 +1,37 @@
        +apiVersion: apps/v1
        +kind: Deployment
        +metadata:
        +  name: checkout
        +  namespace: shop
        +spec:
        +  progressDeadlineSeconds: 600
        +  replicas: 2
        +  revisionHistoryLimit: 10
        +  selector:
        +    matchLabels:
        +      app: checkout
        +  strategy:
        +    rollingUpdate:
        +      maxSurge: 25%
        +      maxUnavailable: 25%
        +    type: RollingUpdate
        +  template:
        +    metadata:
        +      labels:
        +        app: checkout
        +    spec:
        +      containers:
        +        - envFrom:
        +            - configMapRef:
        +                name: branding
        +          image: checkout:1.4.2
        +          imagePullPolicy: IfNotPresent
        +          name: checkout
        +          resources: {}
        +          terminationMessagePath: /dev/termination-log
        +          terminationMessagePolicy: File
        +      dnsPolicy: ClusterFirst
        +      restartPolicy: Always
        +      schedulerName: default-scheduler
        +      securityContext: {}
        +      terminationGracePeriodSeconds: 30
        \`\`\`
        </details>

        </details>

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.checks(first.head)).toMatchInlineSnapshot(`[]`);
      expect(await shop.mergeAndSee(first)).toMatchInlineSnapshot(`"success: Deployed: 2 created"`);
      expect(await shop.comment(first, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 2 created. Live at \`<commit>\` (deployment 1).

        ▸ <b>prod</b>: 2 objects"
      `);
      expect(await shop.cluster.get('deployments/checkout')).toMatchObject({ status: { readyReplicas: 2 } });
    });

    it('fails loudly, and the old pods go on', async () => {
      bad = await shop.open('bad', {
        'deploy/banner.yaml': configMap('shop', 'banner', { text: 'sale' }),
        'deploy/checkout.yaml': deployment('shop', 'checkout', { image: 'checkout:does-not-exist', reads: 'branding' }),
      });
      expect(await shop.planComment(bad)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed, 1 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`shop\` | 1 | 1 |  | 1 |  |

        <details><summary><b>prod</b>: 1 to create, 1 to change</summary>

        **create · ConfigMap \`shop/banner\`** — \`deploy/banner.yaml:1\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  text: sale
        +kind: ConfigMap
        +metadata:
        +  name: banner
        +  namespace: shop
        \`\`\`
        </details>

        **change · Deployment \`shop/checkout\`** — \`deploy/checkout.yaml:1\`
        - \`spec.template.spec.containers[checkout].image\`: \`checkout:1.4.2\` → \`checkout:does-not-exist\`
        - rolls 2 pods

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -26,7 +26,7 @@
                 - envFrom:
                     - configMapRef:
                         name: branding
        -          image: checkout:1.4.2
        +          image: checkout:does-not-exist
                   imagePullPolicy: IfNotPresent
                   name: checkout
                   resources: {}
        \`\`\`
        </details>

        </details>

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(bad)).toMatchInlineSnapshot(
        `"failure: Did not become ready: Deployment shop/checkout"`,
      );
      expect(await shop.comment(bad, 'did not become ready')).toMatchInlineSnapshot(`
        "**\`prod\` did not become ready** (merged by alice) — deployment 2, 1 created, 1 changed, 1 same.

        - \`Deployment shop/checkout\`: 1 of 2 pods are updated; checkout-<pod>: cannot pull checkout:does-not-exist (ImagePullBackOff): not found; 2 pods still serve

        Nothing was deleted. To go back: revert this pull request; its plan will say what returns. To go on: fix it in a new pull request.

        ▸ <b>prod</b>: 2 objects"
      `);
      expect(await shop.cluster.get('configmaps/banner')).toBeDefined();
    });

    it('is rolled back by the Revert button', async () => {
      revert = await shop.revert(bad);
      expect(await shop.planAtAGlance(revert)).toMatchInlineSnapshot(`
        "**Merging this rolls \`prod\` back to deployment 1** (#1, <time>) — 1 changed back, **1 deleted** that came since.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`shop\` |  | 1 | **1** | 1 |  |

        ▸ <b>prod</b>: 1 to delete, 1 to change

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.planComment(revert)).toContain('delete · ConfigMap `shop/banner`');
      expect(await shop.mergeAndSee(revert)).toMatchInlineSnapshot(`"success: Deployed: 1 changed, 1 deleted, 1 same"`);
      expect(await shop.comment(revert, 'Live at')).toMatchInlineSnapshot(`
        "**Rolled \`prod\` back to deployment 1** in <n> s — 1 changed, 1 deleted, 1 same. Live at \`<commit>\` (deployment 3).

        ▸ <b>prod</b>: 2 objects"
      `);
      expect(await shop.cluster.get('configmaps/banner')).toBeUndefined();
      expect(await shop.cluster.get('deployments/checkout')).toMatchObject({
        spec: { template: { spec: { containers: [{ image: 'checkout:1.4.2' }] } } },
        status: { readyReplicas: 2, updatedReplicas: 2 },
      });
    });
  });

  describe('going to and fro', () => {
    let shop: Conversation;
    const greeting = (text: string) => ({
      'deploy/branding.yaml': configMap('corner', 'branding', { greeting: text }),
    });
    beforeAll(async () => {
      shop = world.repository('corner');
      expect(await shop.mergeAndSee(await shop.open('start', start('corner')))).toContain('success');
    });

    it('a revert of a revert brings the change back (H91)', async () => {
      const change = await shop.open('hi', greeting('hi'));
      await shop.mergeAndSee(change);
      const revert = await shop.revert(change);
      expect(await shop.planAtAGlance(revert)).toContain('rolls `prod` back to deployment 1');
      await shop.mergeAndSee(revert);
      const again = await shop.revert(revert);
      expect(await shop.planAtAGlance(again)).toMatchInlineSnapshot(`
        "**Merging this brings \`prod\` back to deployment 2** (#2, <time>) — 1 changed back.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`corner\` |  | 1 |  | 1 |  |

        **Worth knowing**
        - \`ConfigMap corner/branding\` changes, but \`Deployment corner/checkout\` reads it as environment variables and will not restart: its pods keep the old value.

        ▸ <b>prod</b>: 1 to change

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(again)).toMatchInlineSnapshot(`"success: Deployed: 1 changed, 1 same"`);
      expect(await shop.comment(again, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 1 changed, 1 same. Live at \`<commit>\` (deployment 3).

        ▸ <b>prod</b>: 1 object"
      `);
      expect(await shop.cluster.get('configmaps/branding')).toMatchObject({ data: { greeting: 'hi' } });
    });

    it('a partial revert is an ordinary change that says what it is (H92)', async () => {
      const two = await shop.open('two', {
        ...greeting('hey'),
        'deploy/banner.yaml': configMap('corner', 'banner', { text: 'sale' }),
      });
      await shop.mergeAndSee(two);
      const part = await shop.open('part', greeting('hi'), {
        title: 'Revert "Change two"',
        body: `Reverts ${shop.repo}#${two.number}, but keeps the banner`,
      });
      expect(await shop.planAtAGlance(part)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`corner\` |  | 1 |  | 2 |  |

        **Worth knowing**
        - \`ConfigMap corner/branding\` changes, but \`Deployment corner/checkout\` reads it as environment variables and will not restart: its pods keep the old value.
        - This is called a revert, but what it gives was never deployed to \`prod\` as a whole: it is planned as any other change.

        ▸ <b>prod</b>: 1 to change

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(part)).toMatchInlineSnapshot(`"success: Deployed: 1 changed, 2 same"`);
      expect(await shop.comment(part, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 1 changed, 2 same. Live at \`<commit>\` (deployment 4).

        ▸ <b>prod</b>: 1 object"
      `);
      expect(await shop.cluster.names('configmaps')).toContain('banner');
    });

    it('an inverse made by hand is recognised by what it restores, not by its words (H94)', async () => {
      const undo = await shop.open('undo', { 'deploy/banner.yaml': null }, { title: 'Tidy up' });
      expect(await shop.planAtAGlance(undo)).toMatchInlineSnapshot(`
        "**Merging this brings \`prod\` back to deployment 3** (#4, <time>) — **1 deleted** that came since.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`corner\` |  |  | **1** | 2 |  |

        ▸ <b>prod</b>: 1 to delete

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(undo)).toMatchInlineSnapshot(`"success: Deployed: 1 deleted, 2 same"`);
      expect(await shop.comment(undo, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 1 deleted, 2 same. Live at \`<commit>\` (deployment 5).

        ▸ <b>prod</b>: 1 object"
      `);
      expect(await shop.cluster.names('configmaps')).not.toContain('banner');
    });

    it('a "Revert" that is none proves nothing (H95, H99)', async () => {
      const lie = await shop.open('lie', greeting('surprise'), {
        title: 'Revert "Open the shop"',
        body: `This reverts commit ${'0123456789abcdef'.repeat(3).slice(0, 40)}.`,
      });
      expect(await shop.planAtAGlance(lie)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`corner\` |  | 1 |  | 1 |  |

        **Worth knowing**
        - \`ConfigMap corner/branding\` changes, but \`Deployment corner/checkout\` reads it as environment variables and will not restart: its pods keep the old value.
        - This is called a revert, but what it gives was never deployed to \`prod\` as a whole: it is planned as any other change.

        ▸ <b>prod</b>: 1 to change

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(lie)).toMatchInlineSnapshot(`"success: Deployed: 1 changed, 1 same"`);
      expect(await shop.comment(lie, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 1 changed, 1 same. Live at \`<commit>\` (deployment 6).

        ▸ <b>prod</b>: 1 object"
      `);
    });

    it('a revert of a merge takes back what came with it, and says what cannot come back (H93, H97)', async () => {
      const claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: orders, namespace: corner}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: none
  resources: {requests: {storage: 1Gi}}
`;
      const data = await shop.open('data', { 'deploy/orders.yaml': claim }, { title: 'Keep orders' });
      const sha = await shop.merge(data);
      await shop.comment(data, 'Deploying');
      expect(await shop.check(sha, 'fairlead/prod')).toMatchInlineSnapshot(`"success: Deployed: 1 created, 2 same"`);
      const revert = await shop.revert(data);
      expect(await shop.planAtAGlance(revert)).toMatchInlineSnapshot(`
        "**Merging this rolls \`prod\` back to deployment 6** (#8, <time>) — **1 deleted** that came since.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ⚠ | \`prod\` on \`prod-eu\`, namespace \`corner\` |  |  | **1** | 2 | needs a person, see below |

        **Needs a person**
        - \`prod\`: deletes \`PersistentVolumeClaim corner/orders\` and the data in it. After the merge this waits for \`/fairlead apply <digest>\`.

        **Worth knowing**
        - Cannot come back: data in volumes stays as it is now.

        ▸ <b>prod</b>: 1 to delete

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
    });
  });
});
