/** Contract: the queue and its runner, in one process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { laneOf, type Enqueue, type Job } from '../../../src/ports/jobs.ts';
import type { JobResult, Store } from '../../../src/ports/store.ts';
import { open, soon, tamper, type Databases } from './harness.ts';
import { commandJob, environmentJob, planJob } from './samples.ts';

const done: JobResult = { kind: 'done' };

function enqueue(store: Store, ...jobs: readonly (Job | Enqueue)[]): Promise<void> {
  return store.transaction(async (tx) => {
    for (const job of jobs) await tx.enqueue('job' in job ? job : { job });
  });
}

/** A job handler that notes what ran, and whether two of a lane ever did at a time. */
export function recorder(milliseconds = 0) {
  const running = new Set<string>();
  const seen = { ran: [] as Job[], overlaps: [] as string[], most: 0 };
  const run = async (job: Job): Promise<JobResult> => {
    const lane = laneOf(job);
    if (running.has(lane)) seen.overlaps.push(lane);
    running.add(lane);
    seen.most = Math.max(seen.most, running.size);
    await sleep(milliseconds);
    running.delete(lane);
    seen.ran.push(job);
    return done;
  };
  return { seen, run };
}

export function jobsContract(databases: () => Databases): void {
  describe('queued jobs', () => {
    it('start at once when queued in the same process', async () => {
      const { store, runner } = await open(await databases().fresh());
      const started: number[] = [];
      await runner.start(() => {
        started.push(performance.now());
        return Promise.resolve(done);
      });
      const waits: number[] = [];
      for (let i = 0; i < 5; i += 1) {
        await sleep(150);
        const before = performance.now();
        await enqueue(store, planJob(i));
        await soon(() => started.length).toBe(i + 1);
        waits.push((started[i] ?? Infinity) - before);
      }
      // Polling alone would take half a second on average.
      expect(waits.sort((a, b) => a - b)[2]).toBeLessThan(250);
    });

    it('swallow equal newer ones while they wait, and take on the newer content', async () => {
      const { store, runner } = await open(await databases().fresh());
      await enqueue(store, planJob(1), planJob(1));
      const renamed = { forge: 'github', id: '1', fullName: 'acme/renamed' };
      await enqueue(store, { kind: 'plan', pullRequest: { repository: renamed, number: 1 } }, planJob(2));
      const { seen, run } = recorder();
      await runner.start(run);
      await soon(async () => await runner.depth()).toEqual([]);
      expect(seen.ran).toEqual([{ kind: 'plan', pullRequest: { repository: renamed, number: 1 } }, planJob(2)]);
    });

    it('do not swallow what comes while they run: that runs afterwards', async () => {
      const { store, runner } = await open(await databases().fresh());
      const { seen, run } = recorder(200);
      await enqueue(store, planJob(1));
      await runner.start(run);
      await soon(async () => (await runner.depth())[0]?.state).toBe('running');
      await enqueue(store, planJob(1));
      await enqueue(store, planJob(1));
      await soon(async () => await runner.depth()).toEqual([]);
      expect(seen.ran).toHaveLength(2);
      expect(seen.overlaps).toEqual([]);
    });

    it('deploy and drift of one environment are two jobs of one lane', async () => {
      const { store, runner } = await open(await databases().fresh());
      await enqueue(
        store,
        environmentJob('drift', 'prod'),
        environmentJob('deploy', 'prod'),
        environmentJob('drift', 'prod'),
      );
      const { seen, run } = recorder(100);
      await runner.start(run);
      await soon(async () => await runner.depth()).toEqual([]);
      expect(seen.ran.map(({ kind }) => kind)).toEqual(['drift', 'deploy']);
      expect(seen.overlaps).toEqual([]);
    });

    it('a delayed job waits; an equal one without delay brings it forward, a later one does not put it off', async () => {
      const { store, runner } = await open(await databases().fresh());
      await enqueue(store, { job: planJob(1), after: 3_600 }, { job: planJob(2), after: 1 });
      await enqueue(store, { job: planJob(2), after: 3_600 });
      const { seen, run } = recorder();
      await runner.start(run);
      await sleep(300);
      expect(seen.ran).toEqual([]);
      await soon(() => seen.ran).toEqual([planJob(2)]);
      await enqueue(store, planJob(1));
      await soon(() => seen.ran).toEqual([planJob(2), planJob(1)]);
    });

    it('every command counts, in order, and each comment once, even after it ran', async () => {
      const { store, runner } = await open(await databases().fresh());
      await enqueue(store, commandJob('1', '/fairlead plan'), commandJob('1', '/fairlead apply 1234'));
      await enqueue(store, commandJob('2', 'zero \0 half \ud800'));
      await enqueue(store, commandJob('1', '/fairlead plan'));
      const { seen, run } = recorder(20);
      await runner.start(run);
      await soon(async () => await runner.depth()).toEqual([]);
      await enqueue(store, commandJob('2', 'zero \0 half \ud800'));
      await sleep(200);
      expect(seen.ran.map((job) => (job.kind === 'command' ? job.line : ''))).toEqual([
        '/fairlead plan',
        '/fairlead apply 1234',
        'zero \0 half \ud800',
      ]);
      expect(seen.overlaps).toEqual([]);
    });

    it('a lane or branch name of any length and alphabet is a lane', async () => {
      const { store, runner } = await open(await databases().fresh());
      const branch = (name: string): Job => ({
        kind: 'branch',
        repository: { forge: 'github', id: '1', fullName: 'a/b' },
        branch: name,
      });
      const names = ['x'.repeat(5_000), `${'x'.repeat(5_000)}y`, 'ünï/💥', 'quote\' " \\'];
      await enqueue(store, ...names.map(branch), ...names.map(branch));
      const { seen, run } = recorder();
      await runner.start(run);
      await soon(async () => await runner.depth()).toEqual([]);
      expect(seen.ran.map((job) => (job.kind === 'branch' ? job.branch : '')).sort()).toEqual([...names].sort());
    });
  });

  describe('the runner', () => {
    it('runs as many at once as it may, and no lane twice', async () => {
      const { store, runner } = await open(await databases().fresh(), { concurrency: 3 });
      await enqueue(store, ...Array.from({ length: 9 }, (_, i) => planJob(i)));
      const { seen, run } = recorder(60);
      await runner.start(run);
      await soon(() => seen.ran.length).toBe(9);
      expect(seen.most).toBe(3);
      expect(seen.overlaps).toEqual([]);
    });

    it('leaves a place to short jobs when many deployments wait for their cluster', async () => {
      const { store, runner } = await open(await databases().fresh(), { concurrency: 3 });
      await enqueue(store, ...['a', 'b', 'c', 'd'].map((name) => environmentJob('deploy', name)));
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const ran: string[] = [];
      await runner.start(async (job) => {
        if (job.kind === 'deploy') await gate;
        ran.push(job.kind);
        return done;
      });
      await sleep(200);
      await enqueue(store, planJob(1));
      await soon(() => ran).toEqual(['plan']);
      release();
      await soon(() => ran.length).toBe(5);
    });

    it('takes turns between repositories: a flood of one does not starve another (H108)', async () => {
      const { store, runner } = await open(await databases().fresh(), { concurrency: 1 });
      await enqueue(store, ...Array.from({ length: 40 }, (_, i) => planJob(i, 'flood')));
      await enqueue(store, planJob(1, 'quiet'), planJob(2, 'quiet'), planJob(1, 'other'));
      const { seen, run } = recorder();
      await runner.start(run);
      await soon(() => seen.ran.length).toBe(43);
      const repositories = seen.ran.map((job) => (job.kind === 'plan' ? job.pullRequest.repository.id : ''));
      expect(repositories.slice(0, 5).sort()).toEqual(['flood', 'flood', 'other', 'quiet', 'quiet']);
      const numbers = seen.ran.flatMap((job) =>
        job.kind === 'plan' && job.pullRequest.repository.id === 'flood' ? [job.pullRequest.number] : [],
      );
      expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i));
    });

    it('runs a job again when it says so, without counting a failure, and lets a newer equal one swallow it', async () => {
      const { store, runner, faults } = await open(await databases().fresh());
      await enqueue(store, planJob(1), commandJob('1'));
      const ran: string[] = [];
      await runner.start((job) => {
        ran.push(job.kind);
        const again = ran.filter((kind) => kind === job.kind).length < 3;
        return Promise.resolve(again ? { kind: 'again', afterSeconds: 0, why: 'busy' } : done);
      });
      await soon(() => ran.length).toBe(6);
      await soon(async () => await runner.depth()).toEqual([]);
      expect(faults).toEqual([]);
    });

    it('retries a job that threw, with others of its lane free to run meanwhile', async () => {
      const { store, runner, faults } = await open(await databases().fresh());
      await enqueue(store, environmentJob('deploy', 'prod'), environmentJob('drift', 'prod'));
      const ran: string[] = [];
      await runner.start((job) => {
        ran.push(job.kind);
        if (ran.length === 1) throw new Error('socket hang up');
        return Promise.resolve(done);
      });
      await soon(() => ran).toEqual(['deploy', 'drift', 'deploy']);
      await soon(async () => await runner.depth()).toEqual([]);
      expect(faults).toEqual(['a job of kind deploy: socket hang up']);
    });

    it('keeps a job that fails to the end as dead, and counts it; a new event gives it a new life', async () => {
      const location = await databases().fresh();
      const first = await open(location);
      await enqueue(first.store, planJob(1));
      await first.close();
      await tamper(location, 'update fairlead_queue.job set retry_limit = 0');
      const { store, runner } = await open(location);
      let broken = true;
      let runs = 0;
      await runner.start(() => {
        runs += 1;
        return broken ? Promise.reject(new Error('a bug')) : Promise.resolve(done);
      });
      const dead = { kind: 'plan', state: 'dead', count: 1 };
      await soon(async () => await runner.depth()).toEqual([dead]);
      await sleep(1_200);
      expect(runs).toBe(1);
      broken = false;
      await enqueue(store, planJob(1));
      await soon(() => runs).toBe(2);
      await soon(async () => await runner.depth()).toEqual([dead]);
    });

    it('keeps a job it cannot read as failed, and goes on', async () => {
      const location = await databases().fresh();
      const first = await open(location);
      await enqueue(first.store, planJob(1), planJob(2));
      await first.close();
      await tamper(
        location,
        `update fairlead_queue.job set retry_limit = 0, data = '{"kind":"plan","job":"{\\"kind\\":\\"sing\\"}"}'
         where singleton_key like '%/1'`,
      );
      const { runner, faults } = await open(location);
      const { seen, run } = recorder();
      await runner.start(run);
      await soon(() => seen.ran).toEqual([planJob(2)]);
      await soon(async () => await runner.depth()).toEqual([{ kind: 'plan', state: 'dead', count: 1 }]);
      expect(faults).toEqual([expect.stringContaining('cannot read')]);
    });

    it('when stopped lets jobs end, and gives back those it had to abort', async () => {
      const location = await databases().fresh();
      const first = await open(location);
      await enqueue(first.store, planJob(1), planJob(2));
      const ended: number[] = [];
      await first.runner.start(async (job, signal) => {
        if (job.kind === 'plan' && job.pullRequest.number === 2) {
          await sleep(60_000, undefined, { signal });
        }
        await sleep(300);
        if (job.kind === 'plan') ended.push(job.pullRequest.number);
        return done;
      });
      await soon(async () => await first.runner.depth()).toMatchObject([{ state: 'running', count: 2 }]);
      await first.runner.stop(1);
      expect(ended).toEqual([1]);
      expect(await first.runner.depth()).toEqual([{ kind: 'plan', state: 'waiting', count: 1 }]);
      await first.close();

      const { runner } = await open(location);
      const { seen, run } = recorder();
      await runner.start(run);
      await soon(() => seen.ran).toEqual([planJob(2)]);
    });
  });
}
