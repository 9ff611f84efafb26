/**
 * The forge port's promises about effects, for every forge in the table: idempotent, under our own key, ours by author id. What the forge
 * did is looked up on the forge itself, never in the adapter's answer alone.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PullRequestRef, Sha } from '../../src/domain/forge.ts';
import type { Check, DeploymentNotice, EffectResult, Thread } from '../../src/ports/forge.ts';
import type { ForgeWorld, PersonName } from './forge-world.ts';
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

  describe('a comment', () => {
    const ours = async (ref: PullRequestRef) => (await world.comments(ref)).filter(({ byUs }) => byUs);

    test('is made once and edited from then on; keys do not mix', async () => {
      const { ref } = await open();
      const first = await world.forge.upsertComment(thread(ref), 'plan/0', 'one');
      expect(first).toMatchObject({ kind: 'done', url: expect.stringContaining('http') });
      expect(await world.forge.upsertComment(thread(ref), 'plan/0', 'two')).toEqual(first);
      await world.forge.upsertComment(thread(ref), 'plan/1', 'other');
      const bodies = (await ours(ref)).map(({ body }) => body.split('\n')[0]);
      expect(bodies).toEqual(['two', 'other']);
    });

    test('is found again by another process', async () => {
      const { ref } = await open();
      await world.forge.upsertComment(thread(ref), 'plan', 'one');
      const other = world.another();
      await other.upsertComment(thread(ref), 'plan', 'two');
      expect((await ours(ref)).map(({ body }) => body.split('\n')[0])).toEqual(['two']);
    });

    test("is not somebody else's who copied our marker (H87), nor text inside another of ours", async () => {
      const { ref } = await open();
      await world.forge.upsertComment(thread(ref), 'plan', 'one');
      const marked = (await ours(ref))[0]?.body ?? '';
      const second = await open();
      await world.comment(second.ref, 'mallory', marked);
      await world.forge.upsertComment(thread(second.ref), 'report', `quoted:\n${marked}\nend`);
      await world.another().upsertComment(thread(second.ref), 'plan', 'real');
      const all = await world.comments(second.ref);
      expect(all.filter(({ byUs }) => !byUs).map(({ body }) => body)).toEqual([marked]);
      expect(all.filter(({ byUs }) => byUs)).toHaveLength(2);
    });

    test('that a person deleted is made anew (H89)', async () => {
      const { ref } = await open();
      await world.forge.upsertComment(thread(ref), 'plan', 'one');
      for (const comment of await ours(ref)) await comment.remove();
      expect(await world.forge.upsertComment(thread(ref), 'plan', 'two')).toMatchObject({ kind: 'done' });
      expect((await ours(ref)).map(({ body }) => body.split('\n')[0])).toEqual(['two']);
    });

    test('that is only to be edited is not made', async () => {
      const { ref } = await open();
      const quiet = { onlyIfThere: true };
      expect(await world.forge.upsertComment(thread(ref), 'plan', 'one', quiet)).toMatchObject({
        kind: 'done',
        id: '',
      });
      expect(await ours(ref)).toEqual([]);
      await world.forge.upsertComment(thread(ref), 'plan', 'two');
      await world.forge.upsertComment(thread(ref), 'plan', 'three', quiet);
      expect((await ours(ref)).map(({ body }) => body.split('\n')[0])).toEqual(['three']);
    });

    test.each(['lost', 'error', 'dropped', 'throttled'] as const)(
      'after trouble (%s) is there once',
      async (trouble) => {
        const { ref } = await open();
        world.trouble('comment', trouble, 1);
        expect((await world.forge.upsertComment(thread(ref), 'plan', 'one')).kind).toBe('retry');
        expect(await world.forge.upsertComment(thread(ref), 'plan', 'two')).toMatchObject({ kind: 'done' });
        expect((await ours(ref)).map(({ body }) => body.split('\n')[0])).toEqual(['two']);
      },
    );

    test('that is too long is refused, not cut', async () => {
      const { ref } = await open();
      expect((await world.forge.upsertComment(thread(ref), 'plan', 'x'.repeat(1_000_001))).kind).toBe('refused');
      expect(await ours(ref)).toEqual([]);
    });

    test('with a hostile key cannot break out of its marker', async () => {
      const { ref } = await open();
      const key = 'a --> <img src=x> \n # @everyone';
      await world.forge.upsertComment(thread(ref), key, 'one');
      await world.another().upsertComment(thread(ref), key, 'two');
      const found = await ours(ref);
      expect(found).toHaveLength(1);
      expect(found[0]?.body).not.toMatch(/<img|@everyone/);
    });

    test('beyond the first page is found', { timeout: 60_000 }, async () => {
      const { ref } = await open();
      for (let n = 0; n < 101; n += 1) await world.comment(ref, 'bob', `talk ${n}`);
      await world.forge.upsertComment(thread(ref), 'plan', 'one');
      await world.another().upsertComment(thread(ref), 'plan', 'two');
      expect((await ours(ref)).map(({ body }) => body.split('\n')[0])).toEqual(['two']);
    });

    test('on a locked thread is not tried for ever', async () => {
      const { ref } = await open();
      await world.lock(ref);
      expect((await world.forge.upsertComment(thread(ref), 'plan', 'x')).kind).not.toBe('retry');
    });

    test('on a repository that is not there is refused', async () => {
      const gone: PullRequestRef = {
        repository: { ...world.repository, id: '999999999', fullName: 'no/such' },
        number: 1,
      };
      expect((await world.forge.upsertComment(thread(gone), 'plan', 'x')).kind).toBe('refused');
    });
  });

  describe('a topic', () => {
    const topic = (title: string, state: 'open' | 'closed'): Thread => ({
      kind: 'topic',
      repository: world.repository,
      title,
      state,
    });
    const ours = async (title: string) => (await world.topics()).filter((found) => found.byUs && found.title === title);

    test('opens an issue, edits it, closes it, and opens another when it comes back', async () => {
      await world.forge.upsertComment(topic('prod drifts', 'open'), 'drift/prod', 'one');
      await world.forge.upsertComment(topic('prod drifts', 'open'), 'drift/prod', 'two');
      expect(await ours('prod drifts')).toMatchObject([{ open: true, body: expect.stringMatching(/^two/) }]);
      await world.forge.upsertComment(topic('prod drifts', 'closed'), 'drift/prod', 'gone');
      expect(await ours('prod drifts')).toMatchObject([{ open: false, body: expect.stringMatching(/^gone/) }]);
      await world.forge.upsertComment(topic('prod drifts', 'open'), 'drift/prod', 'again');
      expect((await ours('prod drifts')).filter((found) => found.open)).toHaveLength(1);
    });

    test('closed with none open does nothing', async () => {
      expect(await world.forge.upsertComment(topic('never', 'closed'), 'drift/never', 'x')).toMatchObject({
        kind: 'done',
      });
      expect(await ours('never')).toEqual([]);
    });

    test("leaves somebody else's issue with our marker alone (H87)", async () => {
      await world.forge.upsertComment(topic('mine', 'open'), 'drift/mine', 'x');
      const marked = (await ours('mine'))[0]?.body ?? '';
      await world.openTopic('mallory', 'theirs', marked.replaceAll('mine', 'theirs'));
      await world.forge.upsertComment(topic('theirs', 'open'), 'drift/theirs', 'y');
      expect((await world.topics()).filter(({ title }) => title === 'theirs')).toHaveLength(2);
    });

    test('lost on the way is there once', async () => {
      world.trouble('topic', 'lost', 1);
      expect((await world.forge.upsertComment(topic('lost', 'open'), 'drift/lost', 'x')).kind).toBe('retry');
      await world.forge.upsertComment(topic('lost', 'open'), 'drift/lost', 'y');
      expect(await ours('lost')).toHaveLength(1);
    });
  });

  describe('a check', () => {
    const check = (head: Sha, more: Partial<Check> = {}): Check => ({
      sha: head,
      name: 'fairlead',
      state: 'running',
      title: 'Planning',
      summary: 'In progress',
      annotations: [],
      ...more,
    });
    const annotations = (many: number, word = 'finding') =>
      Array.from({ length: many }, (_, n) => ({
        file: 'a.yaml',
        line: n + 1,
        level: 'failure' as const,
        message: `${word} ${n}`,
      }));

    test('is one for each name and commit, whatever its state', async () => {
      const { head } = await open();
      for (const state of ['queued', 'running', 'failure', 'running', 'action-required', 'success'] as const) {
        expect(await world.forge.putCheck(world.repository, check(head, { state, title: state }))).toMatchObject({
          kind: 'done',
        });
        expect(await world.checks(head)).toMatchObject([{ name: 'fairlead', state, title: state }]);
      }
      await world.forge.putCheck(world.repository, check(head, { name: 'fairlead: prod' }));
      expect(await world.checks(head)).toHaveLength(2);
    });

    test('shows every annotation once, in spite of the limit of a request and of repetition', async () => {
      const { head } = await open();
      const full = check(head, { state: 'failure', annotations: annotations(120) });
      await world.forge.putCheck(world.repository, full);
      await world.forge.putCheck(world.repository, full);
      const [found, ...more] = await world.checks(head);
      expect(more).toEqual([]);
      expect(new Set(found?.annotations)).toHaveLength(120);
      expect(found?.annotations).toHaveLength(120);
    });

    test('does not keep annotations that are no longer true', async () => {
      const { head } = await open();
      await world.forge.putCheck(
        world.repository,
        check(head, { state: 'failure', annotations: annotations(2, 'old') }),
      );
      await world.forge.putCheck(
        world.repository,
        check(head, { state: 'failure', annotations: annotations(1, 'new') }),
      );
      expect((await world.checks(head)).map((found) => found.annotations)).toEqual([['new 0']]);
    });

    test('says how much of it did not fit (H85)', async () => {
      const { head } = await open();
      const summary = `${'é'.repeat(50)}\n`.repeat(1_000);
      await world.forge.putCheck(world.repository, check(head, { title: 't'.repeat(500), summary }));
      const [found] = await world.checks(head);
      expect(Buffer.byteLength(found?.summary ?? '')).toBeLessThanOrEqual(65_535);
      expect(found?.summary).toMatch(/last \d+ characters are left out/);
      expect(found?.summary).not.toContain('\uFFFD');
      expect(found?.title).toMatch(/…$/);
    });

    test.each(['lost', 'error'] as const)('after trouble (%s) is there once', async (trouble) => {
      const { head } = await open();
      world.trouble('check', trouble, 1);
      expect((await world.forge.putCheck(world.repository, check(head, { annotations: annotations(3) }))).kind).toBe(
        'retry',
      );
      await world.forge.putCheck(world.repository, check(head, { annotations: annotations(3) }));
      const found = await world.checks(head);
      expect(found.map((one) => one.annotations.length)).toEqual([3]);
    });

    test('for a commit nobody knows is refused', async () => {
      expect((await world.forge.putCheck(world.repository, check(commitId('1'.repeat(40))))).kind).toBe('refused');
    });
  });

  describe('a deployment', () => {
    let ids = 0;
    const notice = (commit: Sha, more: Partial<DeploymentNotice> = {}): DeploymentNotice => ({
      id: (ids += 1),
      sha: commit,
      environment: `env-${ids}`,
      production: false,
      state: 'in-progress',
      description: 'applying',
      payload: { desiredDigest: 'd', planDigest: 'p', environmentKey: 'k' },
      ...more,
    });
    const of = async (environment: string) =>
      (await world.deployments()).filter((found) => found.environment === environment);

    test('is one object with a status for each state, told once', async () => {
      const commit = await world.push('alice', 'main');
      const told = notice(commit, { description: 'd'.repeat(200) });
      for (const state of ['queued', 'in-progress', 'in-progress', 'success', 'success'] as const) {
        expect(await world.forge.putDeployment(world.repository, { ...told, state })).toMatchObject({ kind: 'done' });
      }
      expect(await of(told.environment)).toMatchObject([
        {
          sha: commit,
          states: ['queued', 'in-progress', 'success'],
          payload: { desiredDigest: 'd', planDigest: 'p', environmentKey: 'k' },
        },
      ]);
    });

    test('of the same commit a second time is another object', async () => {
      const commit = await world.push('alice', 'main');
      const first = notice(commit);
      await world.forge.putDeployment(world.repository, first);
      await world.forge.putDeployment(world.repository, { ...notice(commit), environment: first.environment });
      expect(await of(first.environment)).toHaveLength(2);
    });

    test('that a newer one made inactive is not brought back by a late word', async () => {
      const commit = await world.push('alice', 'main');
      const first = notice(commit, { state: 'success' });
      await world.forge.putDeployment(world.repository, first);
      await world.forge.putDeployment(world.repository, {
        ...notice(commit, { state: 'success' }),
        environment: first.environment,
      });
      await world.forge.putDeployment(world.repository, first);
      const found = await of(first.environment);
      expect(found.filter(({ states }) => states.at(-1) === 'success')).toHaveLength(1);
    });

    test('does not wait for the checks of its commit', async () => {
      const { head } = await open();
      await world.forge.putCheck(world.repository, {
        sha: head,
        name: 'other',
        state: 'failure',
        title: 'x',
        summary: 'x',
        annotations: [],
      });
      expect(await world.forge.putDeployment(world.repository, notice(head))).toMatchObject({ kind: 'done' });
    });

    test('lost on the way is there once', async () => {
      const told = notice(await world.push('alice', 'main'));
      world.trouble('deployment', 'lost', 1);
      expect((await world.forge.putDeployment(world.repository, told)).kind).toBe('retry');
      await world.forge.putDeployment(world.repository, told);
      expect(await of(told.environment)).toMatchObject([{ states: ['in-progress'] }]);
    });
  });

  test('an effect at a rate limit names the seconds to wait', async () => {
    const { ref } = await open();
    world.trouble('comment', 'throttled', 1);
    const result: EffectResult = await world.forge.upsertComment(thread(ref), 'plan', 'x');
    expect(result).toMatchObject({ kind: 'retry', afterSeconds: 7 });
  });

  describe('a revert', () => {
    test('is opened once', async () => {
      const { ref } = await open();
      await world.merge(ref, 'bob');
      const result = await world.forge.openRevert(ref);
      expect(result).toMatchObject({ kind: 'opened', url: expect.stringContaining('http') });
      if (result.kind === 'opened') {
        expect(value(await world.forge.pullRequest(result.pullRequest))).toMatchObject({
          state: 'open',
          base: { branch: 'main' },
        });
      }
      expect(await world.forge.openRevert(ref)).toEqual(result);
    });

    test('of what is not merged, or not there, is refused', async () => {
      expect((await world.forge.openRevert((await open()).ref)).kind).toBe('refused');
      expect((await world.forge.openRevert({ repository: world.repository, number: 99_999 })).kind).toBe('refused');
    });
  });
});
