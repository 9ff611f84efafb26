import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockFolder } from './folder-lock.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'fairlead-lock-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const dead = { pid: 2 ** 22 + 1, started: '1', host: hostname(), released: false };

it('is free again after release, and leaves one small file behind', async () => {
  const path = await folder();
  for (let round = 0; round < 3; round += 1) {
    const lock = await lockFolder(path);
    await expect(lockFolder(path)).rejects.toThrow(`in use by process ${process.pid} on ${hostname()}`);
    await lock.release();
    expect(await readdir(path)).toHaveLength(1);
  }
});

it.each(['nothing', 'a dead lock', 'a released lock'])('of many who find %s, exactly one takes it', async (before) => {
  for (let round = 0; round < 20; round += 1) {
    const path = await folder();
    if (before !== 'nothing')
      await writeFile(join(path, 'fairlead.lock.3'), JSON.stringify({ ...dead, released: before !== 'a dead lock' }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(path)));
    const taken = results.filter((result) => result.status === 'fulfilled');
    expect(taken).toHaveLength(1);
    await expect(lockFolder(path)).rejects.toThrow('in use');
    await taken[0]?.value.release();
  }
});

it('a lock of another host holds while its file is touched, and half a minute longer', async () => {
  const path = await folder();
  const file = join(path, 'fairlead.lock.1');
  await writeFile(file, JSON.stringify({ ...dead, host: 'another-host' }));
  await expect(lockFolder(path)).rejects.toThrow('in use by process 4194305 on another-host');
  const before = new Date(Date.now() - 40_000);
  await utimes(file, before, before);
  await (await lockFolder(path)).release();
});

it('a lock whose writer has not finished it holds', async () => {
  const path = await folder();
  await writeFile(join(path, 'fairlead.lock.1'), '');
  await expect(lockFolder(path)).rejects.toThrow('in use');
});

it('a process with the same id of an earlier life does not hold: a container begins with the same ids each time', async () => {
  const path = await folder();
  await writeFile(join(path, 'fairlead.lock.1'), JSON.stringify({ ...dead, pid: process.pid }));
  await (await lockFolder(path)).release();
});
