/** Contract: deliveries, plans, deployments, environments, releases, retention; transactions as such. */
import { describe, expect, it } from 'vitest';
import { open, soon, type Databases } from './harness.ts';
import { comment, deployment, environmentJob, plan, planJob, pullRequest, repository, sha, shown } from './samples.ts';

export function recordsContract(databases: () => Databases): void {
  describe('transactions', () => {
    it('keep nothing of work that threw: no delivery, no job, no words', async () => {
      const { store, runner, outbox } = await open(await databases().fresh());
      const delivery = { id: '1', contentKey: 'k', event: 'push' };
      const failing = store.transaction(async (tx) => {
        await tx.recordDelivery(delivery);
        await tx.enqueue({ job: planJob(1) });
        await tx.say(comment(1, 'hello'));
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await store.transaction((tx) => tx.recordDelivery(delivery))).toBe('new');
      expect(await runner.depth()).toEqual([]);
      expect(await outbox.due(10)).toEqual([]);
    });

    it('fail at once inside one another, and the outer one can go on', async () => {
      const { store } = await open(await databases().fresh());
      await store.transaction(async (tx) => {
        await expect(store.transaction(() => Promise.resolve())).rejects.toThrow('inside a transaction');
        await expect(store.acquireLease('env', 'me', 60)).rejects.toThrow('inside a transaction');
        await tx.saveEnvironment('env', { drift: 'still works' });
      });
      expect(await store.transaction((tx) => tx.environment('env'))).toEqual({ drift: 'still works' });
    });

    it('run many at a time without waiting for ever, and a failed statement harms no later one', async () => {
      const { store } = await open(await databases().fresh());
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, i) =>
          store.transaction(async (tx) => {
            await tx.saveEnvironment(`env${i}`, { drift: String(i) });
            // A zero character is no text to the database.
            if (i % 4 === 0) await tx.environment('\0');
          }),
        ),
      );
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
      expect(await store.transaction((tx) => tx.environment('env5'))).toEqual({ drift: '5' });
      expect(await store.transaction((tx) => tx.environment('env4'))).toEqual({ drift: '' });
    });
  });

  describe('deliveries', () => {
    it('leave the process its event loop: timers and sockets go on while the database is busy', async () => {
      const { store } = await open(await databases().fresh());
      let ticks = 0;
      const timer = setInterval(() => (ticks += 1), 5);
      const record = (i: number): Promise<unknown> =>
        store.transaction((tx) => tx.recordDelivery({ id: String(i), contentKey: String(i), event: 'push' }));
      await Promise.all(Array.from({ length: 200 }, (_, i) => record(i)));
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(10);
    });

    it('are new once for each content key, whatever its length and characters', async () => {
      const { store } = await open(await databases().fresh());
      const record = (contentKey: string): Promise<string> =>
        store.transaction((tx) => tx.recordDelivery({ id: 'same', contentKey, event: 'push' }));
      for (const key of ['a', 'b', 'x'.repeat(20_000), 'with \0 in it', '💥\ud800']) {
        expect(await record(key)).toBe('new');
        expect(await record(key)).toBe('seen');
      }
    });

    it('600 at once, each content twice: none lost, none double', async () => {
      const { store, runner } = await open(await databases().fresh());
      const answers = await Promise.all(
        Array.from({ length: 600 }, (_, i) =>
          store.transaction(async (tx) => {
            const number = i % 300;
            const answer = await tx.recordDelivery({
              id: String(i),
              contentKey: `pr ${number}`,
              event: 'pull_request',
            });
            if (answer === 'new') await tx.enqueue({ job: planJob(number, String(number % 7)) });
            return answer;
          }),
        ),
      );
      expect(answers.filter((answer) => answer === 'new')).toHaveLength(300);
      expect(await runner.depth()).toEqual([{ kind: 'plan', state: 'waiting', count: 300 }]);
      const ran: number[] = [];
      await runner.start((job) => {
        if (job.kind === 'plan') ran.push(job.pullRequest.number);
        return Promise.resolve({ kind: 'done' });
      });
      await soon(() => ran.length, 80_000).toBe(300);
      expect(new Set(ran).size).toBe(300);
    }, 120_000);
  });

  describe('plans', () => {
    it('replace the ones shown before; a token stays readable', async () => {
      const { store } = await open(await databases().fresh());
      await store.transaction((tx) => tx.savePlans(pullRequest(7), [shown(7, 'prod', 't1'), shown(7, 'dev', 't2')]));
      await store.transaction((tx) => tx.savePlans(pullRequest(8), [shown(8, 'prod', 't3')]));
      await store.transaction((tx) => tx.savePlans(pullRequest(7), [shown(7, 'prod', 't4', 'newer')]));
      await store.transaction(async (tx) => {
        expect((await tx.plansOf(pullRequest(7))).map(({ token }) => token)).toEqual(['t4']);
        expect(await tx.plansOf(pullRequest(7, 'another'))).toEqual([]);
        const both = await tx.shownPlans('prod', repository('1'), [7, 8]);
        expect(both.map(({ token }) => token)).toEqual(['t4', 't3']);
        expect(await tx.shownPlans('dev', repository('1'), [7])).toEqual([]);
        expect(await tx.shownPlans('prod', repository('1'), [])).toEqual([]);
        expect(await tx.planByToken('t2')).toEqual(shown(7, 'dev', 't2'));
        expect(await tx.planByToken('t5')).toBeUndefined();
        expect(await tx.planByToken('\0')).toBeUndefined();
      });
    });

    it('keep foreign text as it came: zero characters, half surrogates, control characters, __proto__', async () => {
      const { store } = await open(await databases().fresh());
      const foreign = 'zero \0 half \ud800 escape \u001b[31m quote \' " \\u0000 {"__proto__":1} 💥';
      await store.transaction((tx) => tx.savePlans(pullRequest(7), [shown(7, 'prod', 't1', foreign)]));
      await store.transaction((tx) => tx.saveHeldPlan('prod', plan('prod', foreign), 'held-token'));
      expect(await store.transaction((tx) => tx.planByToken('t1'))).toEqual(shown(7, 'prod', 't1', foreign));
      expect(await store.transaction((tx) => tx.heldPlan('prod'))).toEqual(plan('prod', foreign));
      expect(await store.transaction((tx) => tx.heldPlan('dev'))).toBeUndefined();
    });
  });

  describe('environments, deployments, releases', () => {
    it('an environment nobody saved is empty; saving takes away what is not said again', async () => {
      const { store } = await open(await databases().fresh());
      expect(await store.transaction((tx) => tx.environment('env'))).toEqual({ drift: '' });
      const full = {
        settled: sha('1'),
        attempted: sha('2'),
        quarantine: { commit: sha('3'), kind: 'direct-push' as const },
        drift: 'abc',
      };
      await store.transaction((tx) => tx.saveEnvironment('env', full));
      expect(await store.transaction((tx) => tx.environment('env'))).toEqual(full);
      await store.transaction((tx) => tx.saveEnvironment('env', { settled: sha('4'), drift: '' }));
      expect(await store.transaction((tx) => tx.environment('env'))).toEqual({ settled: sha('4'), drift: '' });
    });

    it('deployments have numbers that grow and come newest first', async () => {
      const location = await databases().fresh();
      const { store, close } = await open(location);
      const create = (environment: string): Promise<number> =>
        store.transaction(async (tx) => (await tx.createDeployment(deployment(environment))).id);
      const ids = [await create('prod'), await create('dev'), await create('prod'), await create('prod')];
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      const [first = 0, , third = 0, fourth = 0] = ids;
      await store.transaction((tx) =>
        tx.updateDeployment('no-lease-needed', {
          ...deployment('prod', 'held'),
          id: first,
          hold: { code: 'plan-grew', facts: ['a'] },
        }),
      );
      await close();
      const again = await open(location);
      await again.store.transaction(async (tx) => {
        expect((await tx.deploymentsOf('prod', 2)).map(({ id }) => id)).toEqual([fourth, third]);
        expect(await tx.deployment(first)).toMatchObject({ id: first, state: 'held', hold: { facts: ['a'] } });
        expect(await tx.deployment(4_711)).toBeUndefined();
      });
    });

    it('updating a deployment that is not there, or is of another environment, is an error', async () => {
      const { store } = await open(await databases().fresh());
      const { id } = await store.transaction((tx) => tx.createDeployment(deployment('prod')));
      const update = (number: number, environment: string): Promise<void> =>
        store.transaction((tx) => tx.updateDeployment('no-lease-needed', { ...deployment(environment), id: number }));
      await expect(update(id + 1, 'prod')).rejects.toThrow('no deployment');
      await expect(update(id, 'dev')).rejects.toThrow('no deployment');
      await expect(update(id, 'prod')).resolves.toBeUndefined();
    });

    it('held environments of a repository are those whose newest deployment is held', async () => {
      const { store } = await open(await databases().fresh());
      await store.transaction(async (tx) => {
        const create = (environment: string, state: 'held' | 'succeeded') =>
          tx.createDeployment(deployment(environment, state));
        await create('github/1/prod', 'held');
        await create('github/1/dev', 'held');
        await create('github/1/dev', 'succeeded');
        await create('github/1/blue', 'succeeded');
        await create('github/1/blue', 'held');
        await create('github/12/prod', 'held');
        await create('gitlab/1/prod', 'held');
        expect(await tx.heldEnvironments(repository('1'))).toEqual(['github/1/blue', 'github/1/prod']);
        expect(await tx.heldEnvironments(repository('3'))).toEqual([]);
      });
    });

    it('a name stays bound to the repository it was first found to be', async () => {
      const { store } = await open(await databases().fresh());
      await store.transaction(async (tx) => {
        expect(await tx.boundRepositories()).toEqual(new Map());
        await tx.bindRepository('github/acme/shop', '1');
        await tx.bindRepository('github/acme/shop', '2');
        expect(await tx.boundRepositories()).toEqual(new Map([['github/acme/shop', '1']]));
      });
    });

    it('the head a pull request was planned at is its newest', async () => {
      const { store } = await open(await databases().fresh());
      await store.transaction(async (tx) => {
        expect(await tx.plannedHead(pullRequest(7))).toBeUndefined();
        await tx.savePlannedHead(pullRequest(7), sha('1'));
        await tx.savePlannedHead(pullRequest(8), sha('2'));
        await tx.savePlannedHead(pullRequest(7), sha('3'));
        expect(await tx.plannedHead(pullRequest(7))).toBe(sha('3'));
        expect(await tx.plannedHead(pullRequest(7, 'another'))).toBeUndefined();
      });
    });

    it('releases come back in order, for their environment only', async () => {
      const { store } = await open(await databases().fresh());
      const release = (environment: string, digest: string) => ({
        environment,
        digest,
        pullRequest: 7,
        by: { id: '5', login: 'ada' },
        at: '2026-01-02T03:04:05Z',
      });
      await store.transaction(async (tx) => {
        await tx.recordRelease(release('prod', 'aaaaaaaa'));
        await tx.recordRelease(release('dev', 'bbbbbbbb'));
        await tx.recordRelease(release('prod', 'cccccccc'));
      });
      const digests = (await store.transaction((tx) => tx.releases('prod'))).map(({ digest }) => digest);
      expect(digests).toEqual(['aaaaaaaa', 'cccccccc']);
    });
  });

  describe('retention', () => {
    it('forgets what is past, keeps what is shown, new or not finished', async () => {
      const { store, prune, outbox } = await open(await databases().fresh());
      const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);
      const delivery = { id: '1', contentKey: 'k', event: 'push' };
      await store.transaction(async (tx) => {
        await tx.recordDelivery(delivery);
        await tx.savePlans(pullRequest(7), [shown(7, 'prod', 'old')]);
        await tx.savePlans(pullRequest(7), [shown(7, 'prod', 'new')]);
        await tx.createDeployment(deployment('prod', 'held'));
        for (let i = 0; i < 202; i += 1) await tx.createDeployment(deployment('prod', 'succeeded'));
        await tx.createDeployment(deployment('dev', 'failed'));
        await tx.say(comment(7, 'waiting'));
      });
      await prune(inDays(13));
      expect(await store.transaction((tx) => tx.recordDelivery(delivery))).toBe('seen');
      expect(await store.transaction((tx) => tx.planByToken('old'))).toBeDefined();
      await prune(inDays(31));
      await store.transaction(async (tx) => {
        expect(await tx.recordDelivery(delivery)).toBe('new');
        expect(await tx.planByToken('old')).toBeUndefined();
        expect(await tx.planByToken('new')).toBeDefined();
        const states = (await tx.deploymentsOf('prod', 500)).map(({ state }) => state);
        expect(states).toHaveLength(201);
        expect(states.at(-1)).toBe('held');
        expect(await tx.deploymentsOf('dev', 500)).toHaveLength(1);
      });
      expect(await outbox.due(10)).toHaveLength(1);
    });

    it('forgets no job that waits', async () => {
      const { store, runner, prune } = await open(await databases().fresh());
      await store.transaction((tx) => tx.enqueue({ job: environmentJob('drift', 'prod'), after: 86_400 }));
      await prune(new Date(Date.now() + 400 * 86_400_000));
      expect(await runner.depth()).toEqual([{ kind: 'drift', state: 'waiting', count: 1 }]);
    });
  });
}
