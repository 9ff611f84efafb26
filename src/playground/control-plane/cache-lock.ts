/** One builder at a time for everybody who shares the cache folder: a lock file that its holder keeps fresh. */
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The holder touches the file this often; a file older than `STALE_MS` was left by a process that died. */
const TOUCH_MS = 2_000;
const STALE_MS = 20_000;

/**
 * Runs `work` while holding the lock file `path`; waits as long as another process holds it.
 * Freshness is judged by time and not by process id, as ids are reused and differ between containers that share a cache.
 * @param onWait called once when the lock is held by somebody else
 */
export async function withCacheLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path))) {
    if (!told) onWait();
    told = true;
    await breakIfStale(path);
    await sleep(300);
  }
  const touch = setInterval(() => {
    const now = new Date();
    // A lock that vanished is no reason to stop: the results are put in place by rename, so a second builder only wastes time.
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Renames before removing, so that of two waiters only one breaks it and neither removes the other's new lock. */
async function breakIfStale(path: string): Promise<void> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs < STALE_MS) return;
    const aside = `${path}.stale-${process.pid}`;
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
