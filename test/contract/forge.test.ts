/**
 * The forge port's promises about facts, for every forge in the table. Effects stand in forge-effects.test.ts.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PullRequestRef, Sha } from '../../src/domain/forge.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { Thread } from '../../src/ports/forge.ts';
import type { Fact, ForgeWorld, PersonName, Trouble } from './forge-world.ts';
import { commitId, expectLacking, forges, value } from './forges.ts';

describe.each(forges)('%s', (_name, start, lacking) => {
  let world: ForgeWorld;
  let branches = 0;
  const open = (by: PersonName = 'alice', more: Parameters<ForgeWorld['open']>[2] = {}) =>
    world.open(by, `change-${(branches += 1)}`, more);
  const thread = (ref: PullRequestRef): Thread => ({ kind: 'pull-request', ref });

  beforeAll(async () => {
    world = await start();
  });
  beforeEach(expectLacking(lacking));
  afterEach(() => world.calm());
  afterAll(() => world.stop());

  describe('a pull request', () => {
    test('open', async () => {
      const { ref, head } = await open('alice', { title: 'A title', body: 'A body' });
      const found = value(await world.forge.pullRequest(ref));
      expect(found).toMatchObject({
        ref,
        title: 'A title',
        body: 'A body',
        state: 'open',
        draft: false,
        fork: false,
        author: world.person('alice'),
        base: { branch: 'main' },
        head: { sha: head },
      });
      expect(found).not.toHaveProperty('mergedAs');
      expect(found).not.toHaveProperty('mergedBy');
    });

    test('moved by a push', async () => {
      const { ref } = await world.open('alice', 'moving');
      const head = await world.push('alice', 'moving');
      expect(value(await world.forge.pullRequest(ref)).head.sha).toBe(head);
    });

    test('merged', async () => {
      const { ref } = await open();
      const merged = await world.merge(ref, 'carol');
      expect(value(await world.forge.pullRequest(ref))).toMatchObject({
        state: 'merged',
        mergedAs: merged,
        mergedBy: world.person('carol'),
        mergedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
    });

    test('closed without a merge, draft, from a fork', async () => {
      const closed = await open();
      await world.close(closed.ref);
      expect(value(await world.forge.pullRequest(closed.ref))).toMatchObject({ state: 'closed' });
      expect(value(await world.forge.pullRequest(closed.ref))).not.toHaveProperty('mergedAs');
      expect(value(await world.forge.pullRequest((await open('alice', { draft: true })).ref)).draft).toBe(true);
      expect(value(await world.forge.pullRequest((await open('mallory', { fork: true })).ref)).fork).toBe(true);
    });

    test('that is not there', async () => {
      expect(await world.forge.pullRequest({ repository: world.repository, number: 99_999 })).toMatchObject({
        known: false,
        why: 'not-found',
      });
    });
  });

  describe('pull requests', () => {
    test('of a commit: the merged ones that brought it', async () => {
      const { ref } = await open();
      const merged = await world.merge(ref, 'bob');
      const found = value(await world.forge.pullRequestsFor(world.repository, { commit: merged }));
      expect(found.map(({ ref: { number } }) => number)).toEqual([ref.number]);
      expect(found[0]).toMatchObject({ state: 'merged', mergedBy: world.person('bob'), mergedAs: merged });
    });

    test('of a commit: none for a direct push, none that are still open', async () => {
      expect(
        value(await world.forge.pullRequestsFor(world.repository, { commit: await world.push('alice', 'main') })),
      ).toEqual([]);
      const { head } = await open();
      expect(value(await world.forge.pullRequestsFor(world.repository, { commit: head }))).toEqual([]);
    });

    test('of a commit nobody knows', async () => {
      const query = { commit: commitId('1'.repeat(40)) };
      expect(await world.forge.pullRequestsFor(world.repository, query)).toMatchObject({ known: false });
    });

    test('open against a branch', async () => {
      const { ref } = await open();
      const found = value(await world.forge.pullRequestsFor(world.repository, { openAgainst: 'main' }));
      expect(found.map(({ ref: { number } }) => number)).toContain(ref.number);
      expect(found.every(({ state, base }) => state === 'open' && base.branch === 'main')).toBe(true);
      expect(value(await world.forge.pullRequestsFor(world.repository, { openAgainst: 'nothing-here' }))).toEqual([]);
    });

    test('more than a page of them', { timeout: 120_000 }, async () => {
      const numbers: number[] = [];
      for (let n = 0; n < 105; n += 1) numbers.push((await open()).ref.number);
      const found = value(await world.forge.pullRequestsFor(world.repository, { openAgainst: 'main' }));
      expect(found.map(({ ref: { number } }) => number)).toEqual(expect.arrayContaining(numbers));
      for (const number of numbers) await world.close({ repository: world.repository, number });
    });
  });

  describe('approvals', () => {
    const given = async (ref: PullRequestRef) =>
      value(await world.forge.approvals(ref)).given.map(({ by }) => by.login);

    test('of those who may write, with the commit approved', async () => {
      const { ref, head } = await open();
      await world.review(ref, 'bob', 'approve');
      const found = value(await world.forge.approvals(ref));
      expect(found.given).toMatchObject([{ by: world.person('bob'), sha: head }]);
    });

    test('not counted: the author, bots, readers, comments (H34)', async () => {
      const { ref } = await open('alice');
      await world.review(ref, 'mallory', 'approve');
      await world.review(ref, 'bot', 'approve');
      await world.review(ref, 'carol', 'comment');
      expect(await given(ref)).toEqual([]);
    });

    test('not counted: dismissed, or overtaken by a request for changes; a comment takes nothing back (H34)', async () => {
      const { ref } = await open();
      await world.review(ref, 'bob', 'approve');
      await world.review(ref, 'bob', 'comment');
      expect(await given(ref)).toEqual(['bob']);
      await world.review(ref, 'bob', 'request-changes');
      expect(await given(ref)).toEqual([]);
      const dismiss = await world.review(ref, 'carol', 'approve');
      expect(await given(ref)).toEqual(['carol']);
      await dismiss();
      expect(await given(ref)).toEqual([]);
    });

    test('on an older commit name that commit', async () => {
      const { ref, head } = await world.open('alice', 'outdated');
      await world.review(ref, 'bob', 'approve');
      const newer = await world.push('alice', 'outdated');
      expect(newer).not.toBe(head);
      expect(value(await world.forge.approvals(ref)).given).toMatchObject([{ sha: head }]);
    });
  });

  describe('permission', () => {
    test.each(['alice', 'carol', 'mallory'] as const)('of %s', async (name) => {
      const expected = { alice: 'write', carol: 'maintain', mallory: 'read' }[name];
      expect(value(await world.forge.permission(world.repository, world.person(name)))).toBe(expected);
    });

    test('of a login that is another account by now', async () => {
      const reused = { ...world.person('mallory'), login: 'carol' };
      expect(await world.forge.permission(world.repository, reused)).toMatchObject({ known: false, why: 'not-found' });
    });

    test('of nobody', async () => {
      const nobody = { id: '999999999', login: 'nobody-of-this-name', bot: false };
      expect(await world.forge.permission(world.repository, nobody)).toMatchObject({ known: false });
    });
  });

  describe('branch policy', () => {
    test('of a branch without one, and with one', async () => {
      await world.push('alice', 'plain');
      expect(value(await world.forge.branchPolicy(world.repository, 'plain'))).toEqual({
        protected: false,
        requiredChecks: [],
        requiredApprovals: 0,
      });
      await world.push('alice', 'guarded/one');
      await world.require('guarded/one', { checks: ['build', 'test'], approvals: 2 });
      expect(value(await world.forge.branchPolicy(world.repository, 'guarded/one'))).toEqual({
        protected: true,
        requiredChecks: ['build', 'test'],
        requiredApprovals: 2,
      });
    });

    test('of a branch that is not there', async () => {
      expect(await world.forge.branchPolicy(world.repository, 'nothing-here')).toMatchObject({
        known: false,
        why: 'not-found',
      });
    });
  });

  test('the git remote carries its credentials in a header, not in the URL', async () => {
    const { url, headers } = value(await world.forge.gitRemote(world.repository));
    expect(new URL(url)).toMatchObject({ username: '', password: '', search: '' });
    const refs = await fetch(`${url}/info/refs?service=git-upload-pack`, { headers });
    expect(refs.status).toBe(200);
    expect(await refs.text()).toContain('refs/heads/main');
  });

  describe('a fact that cannot be found out is unknown (invariant 3)', () => {
    const facts: Readonly<Record<Fact, (ref: PullRequestRef, commit: Sha) => Promise<Evidence<unknown>>>> = {
      pullRequest: (ref) => world.forge.pullRequest(ref),
      byCommit: (ref, commit) => world.forge.pullRequestsFor(ref.repository, { commit }),
      openAgainst: (ref) => world.forge.pullRequestsFor(ref.repository, { openAgainst: 'main' }),
      approvals: (ref) => world.forge.approvals(ref),
      permission: (ref) => world.forge.permission(ref.repository, world.person('bob')),
      branchPolicy: (ref) => world.forge.branchPolicy(ref.repository, 'main'),
      // A process that has no token yet: one that has goes on with it, and rightly so.
      gitRemote: (ref) => world.another().gitRemote(ref.repository),
    };
    const reasons: Readonly<Record<Exclude<Trouble, 'lost'>, readonly string[]>> = {
      error: ['unreachable'],
      dropped: ['unreachable'],
      forbidden: ['forbidden'],
      'not-found': ['not-found'],
      throttled: ['throttled'],
      malformed: ['malformed'],
      empty: ['empty', 'malformed'],
    };
    const cases = (Object.keys(facts) as Fact[]).flatMap((fact) =>
      (Object.keys(reasons) as Exclude<Trouble, 'lost'>[]).map((trouble) => [fact, trouble] as const),
    );
    let ref: PullRequestRef;
    let merged: Sha;
    beforeAll(async () => {
      ({ ref } = await open());
      await world.review(ref, 'bob', 'approve');
      const other = await open();
      merged = await world.merge(other.ref, 'bob');
    });

    test.each(cases)('%s: %s', async (fact, trouble) => {
      world.trouble(fact, trouble);
      const evidence = await facts[fact](ref, merged);
      expect(evidence.known).toBe(false);
      if (!evidence.known) expect(reasons[trouble]).toContain(evidence.why);
      world.calm();
      expect((await facts[fact](ref, merged)).known).toBe(true);
    });
  });

  // Last: the name is another repository's from here on.
  test('a repository is the same under another name, and its old name is not it (H23)', async () => {
    const { ref } = await open();
    await world.rename();
    world.wait(60_000);
    expect(value(await world.forge.pullRequest(ref)).ref).toEqual(ref);
    expect(await world.forge.upsertComment(thread(ref), 'plan', 'after')).toMatchObject({ kind: 'done' });
    expect((await world.comments(ref)).filter(({ byUs }) => byUs)).toHaveLength(1);
  });
});
