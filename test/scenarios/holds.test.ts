/** What waits for a person after the merge, who may release it, and what is no release. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorld, type World } from './conversation-world.ts';
import type { Conversation, Pull } from './conversation.ts';
import { configMap, fairleadYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const settings = (name: string, data: Readonly<Record<string, string>>) => ({
  'deploy/settings.yaml': configMap(name, 'settings', data),
});

await onEachCluster('holds', (cluster) => {
  let world: World;
  beforeAll(async () => {
    const files = (name: string) => ({ '.fairlead.yaml': fairleadYaml(name) });
    world = await startWorld({
      kubeconfig: cluster.kubeconfig(),
      repositories: {
        grown: { files: files('grown') },
        orders: { files: files('orders') },
        many: { files: { '.fairlead.yaml': fairleadYaml('many', 'maxPrune: 2') } },
        away: { files: files('away') },
      },
    });
  });
  afterAll(() => world.stop());

  describe('a plan that grew between its showing and the merge', () => {
    let shop: Conversation;
    let pull: Pull;
    const held = '`prod` is held';
    beforeAll(async () => {
      shop = world.repository('grown');
      await shop.mergeAndSee(await shop.open('start', settings('grown', { colour: 'red', size: 'small' })));
    });

    it('is held, and the comment names what is new and who did it', async () => {
      pull = await shop.open('size', settings('grown', { colour: 'red', size: 'large' }));
      await shop.planComment(pull);
      await shop.cluster.edit('configmaps/settings', { data: { colour: 'pink' } });
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(`"action_required: Held: the plan grew"`);
      expect(await shop.comment(pull, held)).toMatchInlineSnapshot(`
        "**\`prod\` is held: the plan grew.** Since it was shown, this appeared that nobody has seen:

        - ConfigMap grown/settings \`data.colour\`: "pink" → "red" (set by kubectl-edit, <time> UTC)

        If that is wanted: \`/fairlead apply <digest>\` (write permission). If not: put it right by a pull request. Nothing was applied."
      `);
      expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'pink', size: 'small' } });
    });

    it('is not released by a reader, nor by another digest (H25)', async () => {
      const digest = await shop.offeredDigest(pull, held);
      await world.github.as('rita').comment(shop.repo, pull.number, `/fairlead apply ${digest}`);
      expect(await shop.comment(pull, 'rita')).toMatchInlineSnapshot(
        `"rita has read permission here; commands need write permission. Nothing was done."`,
      );
      await shop.alice.comment(shop.repo, pull.number, '/fairlead apply 00000000');
      expect(await shop.comment(pull, 'No plan with that digest')).toMatchInlineSnapshot(
        `"No plan with that digest waits. Waiting: \`<digest>\`. Nothing was done."`,
      );
      await shop.alice.comment(shop.repo, pull.number, '/fairlead aply now');
      expect(await shop.comment(pull, 'is not a command')).toMatchInlineSnapshot(
        `"\`/fairlead aply now\` is not a command. \`/fairlead help\` lists them. Nothing was done."`,
      );
    });

    it('is not released by what is no new comment of a person that begins with the command (H27, H29-H33)', async () => {
      const command = `/fairlead apply ${await shop.offeredDigest(pull, held)}`;
      const before = shop.comments(pull);
      const { id } = await shop.alice.comment(shop.repo, pull.number, 'Let me think.');
      await shop.alice.editComment(shop.repo, id, command);
      const ritas = await world.github.as('rita').comment(shop.repo, pull.number, 'May I?');
      await shop.alice.editComment(shop.repo, ritas.id, command);
      const noCommands = [
        `Please:\n${command}`,
        `> ${command}`,
        ` ${command}`,
        `\`${command}\``,
        `\`\`\`\n${command}\n\`\`\``,
        `<!-- ${command} -->`,
        `\u200b${command}`,
        command.replace('fairlead', 'f\u0430irlead'),
        `\u202e${command}`,
      ];
      for (const body of noCommands) await shop.alice.comment(shop.repo, pull.number, body);
      await shop.alice.review(shop.repo, pull.number, 'COMMENT', { body: command });
      // Comments are read in order: when this one is answered, the ones before it have been judged.
      await shop.alice.comment(shop.repo, pull.number, '/fairlead help');
      expect(await shop.comment(pull, 'As the first line')).toMatchInlineSnapshot(`
        "As the first line of a new comment on a pull request, by someone with write permission:

        - \`/fairlead plan\`: look at the cluster again and renew the plan
        - \`/fairlead apply <plan digest>\`: after the merge, release the plan that waits; the digest stands in the message that holds it
        - \`/fairlead help\`: this

        To deploy: merge. To go back: revert."
      `);
      expect(shop.comments(pull)).toHaveLength(before.length + 1);
      expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { size: 'small' } });
    });

    it('is released by someone who may write, with the digest it offers', async () => {
      const digest = await shop.offeredDigest(pull, held);
      await world.github.as('bob').comment(shop.repo, pull.number, `/fairlead apply ${digest}`);
      expect(await shop.comment(pull, 'bob released')).toMatchInlineSnapshot(
        `"bob released plan \`<digest>\` for \`prod\`. It is applied if it is still the plan."`,
      );
      expect(await shop.comment(pull, 'Live at')).toMatchInlineSnapshot(`
        "**Deployed to \`prod\`** in <n> s — 1 changed. Live at \`<commit>\` (deployment 2).

        ▸ <b>prod</b>: 1 object"
      `);
      expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'red', size: 'large' } });
    });

    it('never holds for a value that somebody has already set as wanted', async () => {
      const next = await shop.open('next', settings('grown', { colour: 'red', size: 'huge' }));
      await shop.planComment(next);
      await shop.cluster.edit('configmaps/settings', { data: { size: 'huge' } });
      expect(await shop.mergeAndSee(next)).toMatchInlineSnapshot(`"success: Deployed: nothing had to change, 1 same"`);
    });
  });

  it('deleting a claim needs a person, before the merge said and after it asked for (H72)', async () => {
    const shop = world.repository('orders');
    const claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: database, namespace: orders}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: ""
  volumeName: database
  resources: {requests: {storage: 1Gi}}
`;
    const volume = `apiVersion: v1
kind: PersistentVolume
metadata: {name: database}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 1Gi}
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: /tmp/orders}
`;
    const start = { 'deploy/claim.yaml': claim, 'deploy/volume.yaml': volume, ...settings('orders', { a: 'b' }) };
    expect(await shop.mergeAndSee(await shop.open('start', start))).toContain('success');
    const pull = await shop.open('drop', { 'deploy/claim.yaml': null });
    expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — **1 deleted in \`prod\`**.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ⚠ | \`prod\` on \`prod-eu\`, namespace \`orders\` |  |  | **1** | 2 | needs a person, see below |

      **Needs a person**
      - \`prod\`: deletes \`PersistentVolumeClaim orders/database\` and the data in it. After the merge this waits for \`/fairlead apply <digest>\`.

      ▸ <b>prod</b>: 1 to delete

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(
      `"action_required: Held: it deletes what cannot be brought back"`,
    );
    expect(await shop.comment(pull, 'is held')).toMatchInlineSnapshot(`
      "**\`prod\` is held: it deletes what cannot be brought back.** A person has to say so:

      - PersistentVolumeClaim orders/database

      If that is wanted: \`/fairlead apply <digest>\` (write permission). If not: revert the pull request. Nothing was applied."
    `);
    expect(await shop.cluster.get('persistentvolumeclaims/database')).toBeDefined();
    const digest = await shop.offeredDigest(pull, 'is held');
    await shop.alice.comment(shop.repo, pull.number, `/fairlead apply ${digest}`);
    expect(await shop.comment(pull, 'Live at')).toMatchInlineSnapshot(`
      "**Deployed to \`prod\`** in <n> s — 1 deleted, 2 same. Live at \`<commit>\` (deployment 2).

      ▸ <b>prod</b>: 1 object"
    `);
    expect(await shop.cluster.get('persistentvolumeclaims/database')).toBeUndefined();
  });

  it('emptying a directory deletes nothing without being asked, and everything with it (H71)', async () => {
    const shop = world.repository('many');
    const names = ['one', 'two', 'three', 'four'];
    const start = Object.fromEntries(names.map((name) => [`deploy/${name}.yaml`, configMap('many', name, { a: 'b' })]));
    await shop.mergeAndSee(await shop.open('start', start));
    const three = await shop.open('three', {
      'deploy/one.yaml': null,
      'deploy/two.yaml': null,
      'deploy/three.yaml': null,
    });
    expect(await shop.planAtAGlance(three)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — **3 deleted in \`prod\`**.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ⚠ | \`prod\` on \`prod-eu\`, namespace \`many\` |  |  | **3** | 1 | needs a person, see below |

      **Needs a person**
      - \`prod\`: 3 objects would be deleted; up to 2 go without asking. After the merge this waits for \`/fairlead apply <digest>\`.

      ▸ <b>prod</b>: 3 to delete

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    const nothing = Object.fromEntries(names.map((name) => [`deploy/${name}.yaml`, null]));
    const gone = await shop.open('gone', nothing);
    expect(await shop.planAtAGlance(gone)).toMatchInlineSnapshot(`
      "**1 problem keeps \`prod\` from being deployed.** Nothing of it is applied while that is so.

      **To be solved first**
      - The environment's path does not exist: there is no directory deploy in the repository. Correct \`path\` in \`.fairlead.yaml\`; or, to delete everything that was deployed from it, keep the directory with an empty file such as deploy/.gitkeep. \`deploy\`

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✘ | \`prod\` on \`prod-eu\`, namespace \`many\` |  |  |  |  | blocked, see above |

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    const all = await shop.open('all', { ...nothing, 'deploy/.gitkeep': '' });
    expect(await shop.planAtAGlance(all)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — **4 deleted in \`prod\`**.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ⚠ | \`prod\` on \`prod-eu\`, namespace \`many\` |  |  | **4** |  | needs a person, see below |

      **Needs a person**
      - \`prod\`: nothing is declared any more; all 4 objects would be deleted. After the merge this waits for \`/fairlead apply <digest>\`.

      ▸ <b>prod</b>: 4 to delete

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(all)).toMatchInlineSnapshot(
      `"action_required: Held: it deletes what cannot be brought back"`,
    );
    expect(await shop.comment(all, 'is held')).toMatchInlineSnapshot(`
      "**\`prod\` is held: it deletes what cannot be brought back.** A person has to say so:

      - nothing is declared any more; all 4 objects would be deleted

      If that is wanted: \`/fairlead apply <digest>\` (write permission). If not: revert the pull request. Nothing was applied."
    `);
    expect(await shop.cluster.names('configmaps')).toEqual(expect.arrayContaining(names));
    const digest = await shop.offeredDigest(all, 'is held');
    await shop.alice.comment(shop.repo, all.number, `/fairlead apply ${digest}`);
    await shop.comment(all, 'Live at');
    const left = await shop.cluster.names('configmaps');
    expect(left.filter((name) => names.includes(name))).toEqual([]);
  });

  it('what was merged while the bot was away waits, shown, for a release', async () => {
    const shop = world.repository('away');
    await shop.mergeAndSee(await shop.open('start', settings('away', { colour: 'red' })));
    await world.pause();
    world.github.setWebhookUrl(undefined);
    const pull = await shop.alice.openPullRequest({
      repo: shop.repo,
      branch: 'blue',
      files: settings('away', { colour: 'blue' }),
    });
    await shop.merge(pull);
    await world.resume();
    expect(await shop.comment(pull, 'is held')).toMatchInlineSnapshot(`
      "**\`prod\` is held: nobody has seen its plan.** The merge was made before a plan was shown on the pull request.

      - #2

      Read the plan below, then: \`/fairlead apply <digest>\` (write permission). Nothing was applied.

      ▸ <b>prod</b>: 1 to change

      <sub>[every object](<plan>)</sub>"
    `);
    expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'red' } });
    const digest = await shop.offeredDigest(pull, 'is held');
    await shop.alice.comment(shop.repo, pull.number, `/fairlead apply ${digest}`);
    expect(await shop.comment(pull, 'Live at')).toMatchInlineSnapshot(`
      "**Deployed to \`prod\`** in <n> s — 1 changed. Live at \`<commit>\` (deployment 2).

      ▸ <b>prod</b>: 1 object"
    `);
    expect(await shop.cluster.get('configmaps/settings')).toMatchObject({ data: { colour: 'blue' } });
  });
});
