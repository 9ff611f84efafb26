/** What did not come by a merged pull request is not applied; what did is, whichever way it was merged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorld, type World } from './conversation-world.ts';
import type { Conversation } from './conversation.ts';
import { configMap, fairleadYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const settings = (name: string, data: Readonly<Record<string, string>>) => ({
  'deploy/settings.yaml': configMap(name, 'settings', data),
});
const repositories = ['pushed', 'undone', 'forced', 'quiet', 'many'];

await onEachCluster('only the forge', (cluster) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      kubeconfig: cluster.kubeconfig(),
      repositories: Object.fromEntries(
        repositories.map((name) => [name, { files: { '.fairlead.yaml': fairleadYaml(name) } }]),
      ),
    });
  });
  afterAll(() => world.stop());

  /** The repository, with its settings deployed once by a pull request. */
  async function started(name: string): Promise<Conversation> {
    const shop = world.repository(name);
    const first = await shop.open('start', settings(name, { colour: 'red', size: 'small' }));
    expect(await shop.mergeAndSee(first)).toContain('success');
    return shop;
  }
  const stored = async (shop: Conversation) => (await shop.cluster.get('configmaps/settings'))?.['data'];

  // Each waits for the forge to say whose a commit is: they wait together.
  describe.concurrent('pushed past review', () => {
    it('a push to the branch is not applied, and a later pull request whose plan shows it releases it (H43)', async ({
      expect,
    }) => {
      const shop = await started('pushed');
      const sha = await shop.alice.push(shop.repo, 'main', settings('pushed', { colour: 'black', size: 'small' }), {
        message: 'Just quickly',
      });
      expect(await shop.check(sha, 'fairlead/prod')).toMatchInlineSnapshot(
        `"action_required: Held: commits came onto main without a pull request"`,
      );
      expect(await shop.issue('held', 'open')).toMatchInlineSnapshot(`
        "**\`prod\` is held: commits came onto \`main\` without a pull request.** What no merged pull request brought is not applied:

        - <commit> Just quickly

        Revert them, or open a pull request: its plan will show their effects too, and merging it releases everything it showed. Nothing was applied."
      `);
      expect(await stored(shop)).toEqual({ colour: 'red', size: 'small' });

      const pull = await shop.open('size', settings('pushed', { colour: 'black', size: 'large' }));
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`pushed\` |  | 1 |  |  |  |

        **Worth knowing**
        - \`prod\` is held: commits came onto \`main\` without a pull request. What those commits change stands in this plan too, and merging this ends the hold.

        ▸ <b>prod</b>: 1 to change

        ▸ prod: already different before this pull request: 1 object

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: 1 changed"`);
      expect(await stored(shop)).toEqual({ colour: 'black', size: 'large' });
      expect(await shop.issue('held', 'closed')).toMatchInlineSnapshot(
        `"\`prod\` is no longer held: what the branch says is deployed or was taken back."`,
      );
    });

    it('a push that is taken back by another leaves nothing held', async ({ expect }) => {
      const shop = await started('undone');
      const sha = await shop.alice.push(shop.repo, 'main', settings('undone', { colour: 'black', size: 'small' }));
      expect(await shop.check(sha, 'fairlead/prod')).toContain('Held');
      await shop.issue('held', 'open');
      const back = await shop.alice.push(shop.repo, 'main', settings('undone', { colour: 'red', size: 'small' }), {
        message: `Revert "Update main"\n\nThis reverts commit ${sha}.`,
      });
      expect(await shop.issue('held', 'closed')).toMatchInlineSnapshot(
        `"\`prod\` is no longer held: what the branch says is deployed or was taken back."`,
      );
      expect(await shop.check(back, 'fairlead/prod')).toMatchInlineSnapshot(
        `"success: Deployed: nothing had to change, 1 same"`,
      );
      expect(await stored(shop)).toEqual({ colour: 'red', size: 'small' });
    });

    it('a force push is held and names the rewriting, and the old history releases it (H49)', async ({ expect }) => {
      const shop = await started('forced');
      const before = await world.github.head(shop.repo);
      const pull = await shop.open('size', settings('forced', { colour: 'red', size: 'large' }));
      await shop.mergeAndSee(pull);
      const merged = await world.github.head(shop.repo);
      const sha = await shop.alice.push(shop.repo, 'main', settings('forced', { colour: 'black', size: 'small' }), {
        force: before,
        message: 'Another history',
      });
      expect(await shop.check(sha, 'fairlead/prod')).toMatchInlineSnapshot(
        `"action_required: Held: the history of main was rewritten"`,
      );
      expect(await shop.issue('held', 'open')).toMatchInlineSnapshot(`
        "**\`prod\` is held: the history of \`main\` was rewritten.** The branch no longer contains the commit that was deployed last:

        - <commit>

        Push the old history back, or open a pull request: its plan will show what the new history would do, and merging it releases that. Nothing was applied."
      `);
      expect(await stored(shop)).toEqual({ colour: 'red', size: 'large' });
      await shop.alice.request('PATCH', `/repos/${shop.repo}/git/refs/heads/main`, { sha: merged, force: true });
      expect(await shop.issue('held', 'closed')).toMatchInlineSnapshot(
        `"\`prod\` is no longer held: what the branch says is deployed or was taken back."`,
      );
      expect(await stored(shop)).toEqual({ colour: 'red', size: 'large' });
    });
  });

  describe('pull requests that are none of its business yet', () => {
    let shop: Conversation;
    beforeAll(async () => {
      shop = await started('quiet');
    });

    it('a push that touches no environment is settled without a word', async () => {
      await shop.alice.push(shop.repo, 'main', { 'README.md': 'Hello.\n' });
      const pull = await shop.open('after', { 'NOTES.md': 'Nothing.\n' });
      expect(await shop.check(pull.head)).toContain('No environment is touched');
      expect(shop.issues()).toEqual([]);
    });

    it('one against another branch is not planned, and is when it is retargeted (H40, H41)', async () => {
      const below = await shop.open('below', settings('quiet', { colour: 'green', size: 'small' }));
      const above = await shop.open(
        'above',
        { 'deploy/more.yaml': configMap('quiet', 'more', { a: 'b' }) },
        {
          base: 'below',
        },
      );
      expect(await shop.check(above.head)).toMatchInlineSnapshot(
        `"success: Nothing is deployed from the branch below"`,
      );
      expect(shop.comments(above)).toEqual([]);
      await shop.alice.edit(shop.repo, above.number, { base: 'main' });
      expect(await shop.planAtAGlance(above)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`quiet\` | 1 |  |  | 1 |  |

        ▸ <b>prod</b>: 1 to create

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      await shop.alice.edit(shop.repo, above.number, { base: 'below' });
      const again = await shop.amend(above, 'above', { 'NOTES.md': 'Still above.\n' });
      expect(await shop.check(again.head)).toContain('Nothing is deployed from the branch');
      await shop.merge(again);
      expect(await shop.cluster.get('configmaps/more')).toBeUndefined();
      const whole = await shop.amend(below, 'below', { 'NOTES.md': 'Both.\n' });
      expect(await shop.planAtAGlance(whole)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed, 1 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`quiet\` | 1 | 1 |  |  |  |

        ▸ <b>prod</b>: 1 to create, 1 to change

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(whole)).toMatchInlineSnapshot(`"success: Deployed: 1 created, 1 changed"`);
      expect(await shop.cluster.get('configmaps/more')).toBeDefined();
    });

    it("a draft and a fork's are planned like any other", async () => {
      const draft = await shop.open('draft', settings('quiet', { colour: 'grey', size: 'small' }), { draft: true });
      expect(await shop.planAtAGlance(draft)).toContain('Merging this changes `prod`');
      const rita = world.github.as('rita');
      const fork = await rita.fork(shop.repo);
      const files = settings('quiet', { colour: 'pink', size: 'small' });
      const opened = await rita.openPullRequest({ repo: shop.repo, from: fork, branch: 'pink', files });
      const pull = { number: opened.number, head: opened.head };
      expect(await shop.planAtAGlance(pull)).toContain('Merging this changes `prod`');
      expect(await shop.mergeAndSee(pull)).toMatchInlineSnapshot(`"success: Deployed: 1 changed, 1 same"`);
      expect(await stored(shop)).toEqual({ colour: 'pink', size: 'small' });
    });
  });

  it('three merges within a second, one of each kind: the last state wins, and each is told (H45)', async () => {
    const shop = await started('many');
    const one = (name: string) => ({ [`deploy/${name}.yaml`]: configMap('many', name, { from: name }) });
    const merged = await shop.open('merged', one('merged'));
    const squashed = await shop.open('squashed', one('squashed'));
    const rebased = await shop.open('rebased', one('rebased'));
    await shop.merge(merged, 'merge');
    await shop.merge(squashed, 'squash');
    const head = await shop.merge(rebased, 'rebase');
    expect(await shop.check(head, 'fairlead/prod')).toContain('success');
    for (const pull of [merged, squashed, rebased]) {
      expect(await shop.comment(pull, 'Live at')).toMatch(/Deployed to `prod`/);
    }
    expect(await shop.cluster.names('configmaps')).toEqual(
      expect.arrayContaining(['merged', 'squashed', 'rebased', 'settings']),
    );
    expect(shop.issues()).toEqual([]);
  });
});
