import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withCacheLock } from './cache-lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('withCacheLock', () => {
  it('lets one in at a time, and says once that it waits', async () => {
    const lock = join(folder, 'not-yet', 'lock');
    const waited = vi.fn<() => void>();
    const happened: string[] = [];
    const work = async (who: string): Promise<void> => {
      happened.push(`${who} in`);
      await sleep(700);
      happened.push(`${who} out`);
    };
    const first = withCacheLock(lock, waited, () => work('first'));
    await vi.waitFor(() => expect(happened).toEqual(['first in']));
    await Promise.all([first, withCacheLock(lock, waited, () => work('second'))]);
    expect(happened).toEqual(['first in', 'first out', 'second in', 'second out']);
    expect(waited).toHaveBeenCalledTimes(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('is free again after work that failed', async () => {
    const lock = join(folder, 'lock');
    const failing = withCacheLock(
      lock,
      () => undefined,
      () => Promise.reject(new Error('no space')),
    );
    await expect(failing).rejects.toThrow('no space');
    await expect(
      withCacheLock(
        lock,
        () => undefined,
        () => Promise.resolve('done'),
      ),
    ).resolves.toBe('done');
  });

  it('takes over from a holder that died, but not from one that lives', async () => {
    const lock = join(folder, 'lock');
    writeFileSync(lock, '');
    const minuteAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, minuteAgo, minuteAgo);
    await expect(
      withCacheLock(
        lock,
        () => undefined,
        () => Promise.resolve('taken over'),
      ),
    ).resolves.toBe('taken over');

    writeFileSync(lock, '');
    const entered = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const waiting = withCacheLock(lock, () => undefined, entered);
    await sleep(900);
    expect(entered).not.toHaveBeenCalled();
    rmSync(lock);
    await waiting;
    expect(entered).toHaveBeenCalledTimes(1);
  });
});
