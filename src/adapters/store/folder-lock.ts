/**
 * One process to a data folder: the embedded database has no guard of its own, and two of them would ruin it. The lock is a file that
 * names its holder; a holder that is gone is recognised and its lock taken over.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode, parseLockHolder, type LockHolder } from './schema.ts';

/** Another process has the folder open. */
class FolderInUse extends Error {
  constructor(folder: string, holder: LockHolder) {
    super(
      `the data folder ${folder} is in use by process ${holder.pid} on ${holder.host}; stop that one first, or give this one a folder of its own`,
    );
    this.name = 'FolderInUse';
  }
}

/** The holder touches the file this often, for readers that cannot see its process. */
const refreshMilliseconds = 5_000;
/** A holder on another host that has not touched the file for this long is gone. */
const staleMilliseconds = 30_000;

export interface FolderLock {
  release(): Promise<void>;
}

const lockFile = /^fairlead\.lock\.(\d+)$/;

/**
 * Takes the folder (which exists) or throws `FolderInUse`. Locks are numbered: the highest number counts, and only its end lets the next
 * number be made, which one alone can do. So a slow process that judged an older lock takes nothing from anybody.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const pathOf = (number: number): string => join(folder, `fairlead.lock.${number}`);
  const holder: LockHolder = { pid: process.pid, started: startOf(process.pid), host: hostname(), released: false };
  for (;;) {
    const newest = Math.max(0, ...(await lockNumbers(folder)));
    const other = newest === 0 ? undefined : await readHolder(pathOf(newest));
    if (other !== undefined && (await isAlive(pathOf(newest), other))) throw new FolderInUse(folder, other);
    const path = pathOf(newest + 1);
    if (!(await createFile(path, JSON.stringify(holder)))) continue;
    const numbers = await lockNumbers(folder);
    if (numbers.some((number) => number > newest + 1)) {
      await rm(path, { force: true });
      continue;
    }
    for (const number of numbers) if (number <= newest) await rm(pathOf(number), { force: true });
    return hold(path, holder);
  }
}

function hold(path: string, holder: LockHolder): FolderLock {
  const refresh = setInterval(() => {
    const now = new Date();
    // Best effort: a file that somebody removed by hand is not worth a crash.
    utimes(path, now, now).catch(() => undefined);
  }, refreshMilliseconds);
  refresh.unref();
  return {
    async release() {
      clearInterval(refresh);
      await writeFile(path, JSON.stringify({ ...holder, released: true }));
    },
  };
}

async function lockNumbers(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const number = lockFile.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

async function createFile(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when the file is gone. */
async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return parseLockHolder(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A process of this host is looked up; one of another host (or another container) is judged by when it last touched the file. */
async function isAlive(path: string, holder: LockHolder): Promise<boolean> {
  if (holder.released) return false;
  if (holder.host === hostname()) return holder.started !== '' && startOf(holder.pid) === holder.started;
  try {
    return Date.now() - (await stat(path)).mtimeMs < staleMilliseconds;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * When the process began, in clock ticks since boot, '' when it is gone or a zombie (proc(5), fields 22 and 3 of stat). Process ids are used
 * again, in a container at every start; id and start together are not. Where there is no /proc, that it runs is all we know.
 */
function startOf(pid: number): string {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return existsSync('/proc/self/stat') || !answersSignals(pid) ? '' : 'running';
  }
  // The command name, in brackets, may hold anything; what follows it starts with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
