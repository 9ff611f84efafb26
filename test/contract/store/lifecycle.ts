/** Contract: leases, versions of the schema, crashes, and several processes on one store. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EnvironmentLease } from '../../../src/domain/deployment.ts';
import { LostLease, type Store } from '../../../src/ports/store.ts';
import { open, soon, startChild, tamper, type Databases } from './harness.ts';
import { recorder } from './jobs.ts';
import { commandJob, deployment, environmentJob, planJob } from './samples.ts';

async function take(store: Store, environment: string, owner: string, seconds = 60): Promise<EnvironmentLease> {
  const lease = await store.acquireLease(environment, owner, seconds);
  if ('heldBy' in lease) throw new Error(`held by ${lease.heldBy}`);
  return lease;
}

export function leasesContract(databases: () => Databases): void {
  describe('leases', () => {
    it('are held by one, renewed, released, and their fence only grows', async () => {
      const { store } = await open(await databases().fresh());
      const first = await take(store, 'prod', 'one');
      expect(await store.acquireLease('prod', 'two', 60)).toEqual({ heldBy: 'one' });
      expect(await store.acquireLease('prod', 'one', 60)).toEqual({ heldBy: 'one' });
      const other = await take(store, 'dev', 'two');
      expect(other.environment).toBe('dev');
      expect(await store.renewLease(first, 60)).toBe(true);
      await store.releaseLease(first);
      const second = await take(store, 'prod', 'two');
      expect(second.fence).toBeGreaterThan(first.fence);
      expect(await store.renewLease(first, 60)).toBe(false);
      await store.releaseLease(first);
      expect(await store.acquireLease('prod', 'three', 60)).toEqual({ heldBy: 'two' });
    });

    it('can be taken by another once not renewed in time; the late owner records nothing', async () => {
      const { store } = await open(await databases().fresh());
      const row = await store.transaction((tx) => tx.createDeployment(deployment('prod')));
      const update = (lease: EnvironmentLease, stage: number): Promise<void> =>
        store.transaction((tx) => tx.updateDeployment(lease, { ...row, stage }));
      const late = await take(store, 'prod', 'late', 0.2);
      await update(late, 1);
      await sleep(300);
      // Nobody has taken it yet, so it is still the newest.
      await update(late, 2);
      const newer = await take(store, 'prod', 'newer');
      await expect(update(late, 3)).rejects.toThrow(LostLease);
      expect(await store.renewLease(late, 60)).toBe(false);
      await update(newer, 4);
      expect((await store.transaction((tx) => tx.deployment(row.id)))?.stage).toBe(4);
      const elsewhere = await take(store, 'dev', 'x');
      await expect(update(elsewhere, 5)).rejects.toThrow('says nothing about');
    });

    it('of twenty who try at once, one gets it', async () => {
      const { store } = await open(await databases().fresh());
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => store.acquireLease('prod', `w${i}`, 60)));
      const winners = answers.filter((answer) => !('heldBy' in answer));
      expect(winners).toHaveLength(1);
      const owner = winners.map((lease) => ('owner' in lease ? lease.owner : ''))[0];
      expect(new Set(answers.map((answer) => ('heldBy' in answer ? answer.heldBy : owner)))).toEqual(new Set([owner]));
    });
  });
}

export function lifecycleContract(databases: () => Databases): void {
  describe('schema', () => {
    it('is made in an empty database, and found again', async () => {
      const location = await databases().fresh('empty');
      const first = await open(location);
      await first.store.transaction((tx) => tx.saveEnvironment('prod', { drift: 'kept' }));
      await first.close();
      const { store } = await open(location);
      expect(await store.transaction((tx) => tx.environment('prod'))).toEqual({ drift: 'kept' });
    });

    it('of a newer program is refused in one sentence, and left as it is', async () => {
      const location = await databases().fresh();
      await (await open(location)).close();
      await tamper(location, "insert into fairlead.kysely_migration values ('9999-later', '2030-01-01')");
      await expect(open(location)).rejects.toThrow('written by a newer version of Fairlead (it has 9999-later)');
      await tamper(location, "delete from fairlead.kysely_migration where name = '9999-later'");
      await expect(open(location)).resolves.toBeDefined();
    });
  });

  describe('a process killed in the middle of a job', () => {
    it('leaves the job to be run again, and its lane free', async () => {
      const location = await databases().fresh();
      const first = await open(location);
      await first.store.transaction((tx) => tx.enqueue({ job: environmentJob('deploy', 'prod') }));
      await first.close();
      const child = startChild(location, 'hang-in-job');
      expect(await child.line()).toBe('running deploy');
      await child.kill();
      if (location.kind === 'postgres')
        await tamper(location, "update fairlead_queue.job set heartbeat_on = heartbeat_on - interval '1 minute'");
      const { store, runner } = await open(location);
      await store.transaction((tx) => tx.enqueue({ job: environmentJob('drift', 'prod') }));
      const { seen, run } = recorder(50);
      const before = performance.now();
      await runner.start(run);
      await soon(() => seen.ran.length).toBe(2);
      expect(performance.now() - before).toBeLessThan(5_000);
      expect(seen.ran.map(({ kind }) => kind).sort()).toEqual(['deploy', 'drift']);
      expect(seen.overlaps).toEqual([]);
      expect(await runner.depth()).toEqual([]);
      const lease = await store.acquireLease('env', 'me', 60);
      // Only where nobody else can have the database open is a dead owner known to be dead.
      expect('heldBy' in lease).toBe(location.kind === 'postgres');
    });

    it('is dead at last when it kills its process every time', async () => {
      const location = await databases().fresh();
      const first = await open(location);
      await first.store.transaction((tx) => tx.enqueue({ job: planJob(1) }));
      await first.close();
      await tamper(location, 'update fairlead_queue.job set retry_limit = 0');
      const child = startChild(location, 'hang-in-job');
      expect(await child.line()).toBe('running plan');
      await child.kill();
      if (location.kind === 'postgres')
        await tamper(location, "update fairlead_queue.job set heartbeat_on = heartbeat_on - interval '1 minute'");
      const { runner } = await open(location);
      const { seen, run } = recorder();
      await runner.start(run);
      expect(await runner.depth()).toEqual([{ kind: 'plan', state: 'dead', count: 1 }]);
      expect(seen.ran).toEqual([]);
    });
  });
}

export function embeddedContract(databases: () => Databases): void {
  describe('a data folder', () => {
    it('is refused to a second process, and to a second opening in the same', async () => {
      const location = await databases().fresh();
      const child = startChild(location, 'idle');
      expect(await child.line()).toBe('open');
      await expect(open(location)).rejects.toThrow(/^the data folder .+ is in use by process \d+ on .+; stop that one/);
      await child.kill();
      const { close } = await open(location);
      await expect(open(location)).rejects.toThrow('in use');
      await close();
      await expect(open(location)).resolves.toBeDefined();
    });
  });

  describe('the embedded database', () => {
    it('costs at most 300 MB in its process, however it was made', async () => {
      for (const state of ['empty', 'migrated'] as const) {
        const child = startChild(await databases().fresh(state), 'measure');
        // About 60 MB of it is Node reading TypeScript in this test.
        expect(Number(await child.line())).toBeLessThan(300);
        await child.kill();
      }
    });

    it('is made anew where a first start was killed half-way', async () => {
      const location = await databases().fresh('empty');
      if (location.kind !== 'embedded') throw new Error('not embedded');
      await mkdir(join(location.folder, 'pgdata.unfinished/base'), { recursive: true });
      const { store } = await open(location);
      expect(await store.transaction((tx) => tx.environment('prod'))).toEqual({ drift: '' });
    });

    it('says what to do when it is broken, and does not keep the folder', async () => {
      const location = await databases().fresh();
      if (location.kind !== 'embedded') throw new Error('not embedded');
      await rm(join(location.folder, 'pgdata/global'), { recursive: true });
      await expect(open(location)).rejects.toThrow(/does not open; move that folder away and start again/);
      await rm(join(location.folder, 'pgdata'), { recursive: true });
      await expect(open(location)).resolves.toBeDefined();
    });
  });
}

export function sharedContract(databases: () => Databases): void {
  describe('two processes on one database', () => {
    it('never overlap a lane and lose nothing', async () => {
      const location = await databases().fresh();
      const one = await open(location);
      const two = await open(location);
      const { seen, run } = recorder(15);
      await one.runner.start(run);
      await two.runner.start(run);
      const jobs = Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0 ? environmentJob(i % 2 === 0 ? 'deploy' : 'drift', `env${i % 5}`) : commandJob(String(i)),
      );
      await Promise.all(jobs.map((job, i) => (i % 2 === 0 ? one : two).store.transaction((tx) => tx.enqueue({ job }))));
      await soon(async () => await one.runner.depth()).toEqual([]);
      expect(seen.overlaps).toEqual([]);
      expect(seen.ran.filter(({ kind }) => kind === 'command')).toHaveLength(40);
      expect([...one.faults, ...two.faults]).toEqual([]);
    }, 40_000);

    it('enqueue many jobs in opposite order without deadlock', async () => {
      const location = await databases().fresh();
      const { store, runner } = await open(location);
      const jobs = Array.from({ length: 20 }, (_, i) => planJob(i));
      await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          store.transaction(async (tx) => {
            for (const job of i % 2 === 0 ? jobs : jobs.toReversed()) await tx.enqueue({ job });
          }),
        ),
      );
      expect(await runner.depth()).toEqual([{ kind: 'plan', state: 'waiting', count: 20 }]);
    }, 40_000);

    it('a job swallowed by one that waits does not start before the transaction ends', async () => {
      const location = await databases().fresh();
      const { store, runner } = await open(location);
      await store.transaction((tx) => tx.enqueue({ job: planJob(1) }));
      const sawRelease: boolean[] = [];
      const release = { environment: 'prod', digest: 'd', pullRequest: 1, by: { id: '1', login: 'a' }, at: 'now' };
      const slow = store.transaction(async (tx) => {
        await tx.recordRelease(release);
        await tx.enqueue({ job: planJob(1) });
        await sleep(400);
      });
      await sleep(100);
      await runner.start(async () => {
        sawRelease.push((await store.transaction((tx) => tx.releases('prod'))).length === 1);
        return { kind: 'done' };
      });
      await slow;
      await soon(() => sawRelease).toEqual([true]);
    });
  });

  describe('a worker that gave no sign for too long', () => {
    it('loses its job to another, is told so, and does not record its end', async () => {
      const location = await databases().fresh();
      const one = await open(location);
      const two = await open(location);
      await one.store.transaction((tx) => tx.enqueue({ job: planJob(1) }));
      let told = false;
      await one.runner.start(async (_job, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        told = true;
        return { kind: 'done' };
      });
      await soon(async () => (await one.runner.depth())[0]?.state).toBe('running');
      await tamper(location, "update fairlead_queue.job set heartbeat_on = heartbeat_on - interval '1 minute'");
      let end: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (end = resolve));
      await two.runner.start(async () => {
        await gate;
        return { kind: 'done' };
      });
      await soon(() => told).toBe(true);
      await sleep(300);
      expect(await two.runner.depth()).toEqual([{ kind: 'plan', state: 'running', count: 1 }]);
      end();
      await soon(async () => await two.runner.depth()).toEqual([]);
    }, 40_000);
  });

  describe('a server that goes away', () => {
    it('is an error to callers, and work goes on when it is back', async () => {
      const location = await databases().fresh();
      const { store, runner } = await open(location);
      const { seen, run } = recorder();
      await runner.start(run);
      const cut = (): Promise<unknown> =>
        tamper(
          location,
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        );
      const lost = store.transaction(async (tx) => {
        await tx.enqueue({ job: planJob(2) });
        await cut();
        await tx.environment('prod');
      });
      await expect(lost).rejects.toThrow();
      await soon(async () => {
        try {
          await store.transaction((tx) => tx.enqueue({ job: planJob(1) }));
          return 'queued';
        } catch {
          return 'failed';
        }
      }).toBe('queued');
      await soon(() => seen.ran).toContainEqual(planJob(1));
    });

    it('cannot be opened when it is not there', async () => {
      await expect(open({ kind: 'postgres', url: 'postgres://a:b@127.0.0.1:9/x' })).rejects.toThrow('ECONNREFUSED');
    });
  });
}
