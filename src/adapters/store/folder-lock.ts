/**
 * One process to a data folder: the embedded database has no guard of its own, and two of them would ruin it. The lock is a file that
 * names its holder; a holder that is gone is recognised and its lock taken over.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode, parseLockHolder, type LockHolder } from './schema.ts';

/** Another process has the folder open. */
export class FolderInUse extends Error {
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

/** Takes the folder (which exists) or throws `FolderInUse`. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'fairlead.lock');
  const token = randomUUID();
  const content = JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: hostname(), token });
  for (let tries = 0; !(await createFile(path, content)); tries += 1) {
    const before = await readHolder(path);
    if (before === undefined) continue;
    if (tries > 3 || (await isAlive(path, before))) throw new FolderInUse(folder, before);
    await removeStale(path, before);
  }
  const refresh = setInterval(() => {
    const now = new Date();
    // Best effort: a file that somebody removed by hand is not worth a crash.
    utimes(path, now, now).catch(() => undefined);
  }, refreshMilliseconds);
  refresh.unref();
  return {
    async release() {
      clearInterval(refresh);
      if ((await readHolder(path))?.token === token) await rm(path, { force: true });
    },
  };
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
  if (holder.host === hostname()) return holder.started !== '' && startOf(holder.pid) === holder.started;
  const { mtimeMs } = await stat(path);
  return Date.now() - mtimeMs < staleMilliseconds;
}

/** Moves the stale file away. If another process was quicker and we moved *its* file, that is put back. */
async function removeStale(path: string, stale: LockHolder): Promise<void> {
  const aside = `${path}.${process.pid}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readHolder(aside))?.token !== stale.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
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
