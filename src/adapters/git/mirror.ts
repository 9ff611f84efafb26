/**
 * The folder of one repository's bare mirror: made whole or not at all, cleaned of what a killed process left, built anew when it is
 * broken, repacked now and then. A mirror is a cache: it may be deleted at any time. One process uses a data folder at a time.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RepositoryRef } from '../../domain/forge.ts';
import { MirrorFault, plainWords } from './git-failure.ts';
import { runGit } from './git-process.ts';

export interface Mirror {
  readonly folder: string;
  /** Set when a read failed for the mirror's own fault; the next fetch builds it anew. */
  suspect: boolean;
  /** Milliseconds since the epoch when it was last built anew after a fault; 0 for never. */
  rebuiltAt: number;
  /** False until this process has cleaned up after its predecessor. */
  swept: boolean;
}

const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u;

/** `<data folder>/<forge>/<repository id>.git`; the id, because names are renamed and reused. Throws on an id that is no plain name. */
export function mirrorFolder(dataFolder: string, repository: RepositoryRef): string {
  if (!safeName.test(repository.forge) || !safeName.test(repository.id)) {
    throw new RangeError('the forge name or repository id cannot name a folder');
  }
  return join(dataFolder, repository.forge, `${repository.id}.git`);
}

export function newMirror(folder: string): Mirror {
  return { folder, suspect: false, rebuiltAt: 0, swept: false };
}

/** Makes the mirror usable: there, without the locks and half packs of a killed process. */
export async function prepareMirror(mirror: Mirror): Promise<void> {
  if (mirror.suspect) await rebuildMirror(mirror);
  if (!(await exists(join(mirror.folder, 'HEAD')))) await createMirror(mirror.folder);
  if (!mirror.swept) {
    await sweep(mirror.folder);
    mirror.swept = true;
  }
}

/** Throws the mirror away and starts an empty one. Whoever reads it meanwhile fails and tries again. */
export async function rebuildMirror(mirror: Mirror): Promise<void> {
  const trash = `${mirror.folder}.broken-${randomUUID()}`;
  if (await exists(mirror.folder)) await rename(mirror.folder, trash);
  await createMirror(mirror.folder);
  await rm(trash, { recursive: true, force: true });
  mirror.suspect = false;
  mirror.rebuiltAt = Date.now();
}

async function createMirror(folder: string): Promise<void> {
  const fresh = `${folder}.new-${randomUUID()}`;
  await mkdir(fresh, { recursive: true });
  const exit = await runGit({
    folder: fresh,
    args: ['init', '--quiet', '--bare', '--template='],
    timeout: 30_000,
    maxBytes: 10_000,
  });
  if (exit.code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw new MirrorFault(`git init: ${plainWords(exit.words)}`);
  }
  // What stands at the place has no HEAD, so git could not use it.
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

/**
 * Removes what only a dead process can have left: lock files, half-written packs and objects, and folders of interrupted rebuilds.
 * Runs once per process and mirror, before the first fetch.
 */
async function sweep(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const leftover = entry.name.endsWith('.lock') || /^(?:tmp_|\.tmp-)/u.test(entry.name);
    if (entry.isFile() && leftover) await rm(join(entry.parentPath, entry.name), { force: true });
  }
  const parent = dirname(folder);
  const own = folder.slice(parent.length + 1);
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${own}.broken-`) || name.startsWith(`${own}.new-`)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

const packLimit = 50;
/** Git's own estimate: objects are spread evenly over 256 folders, so 12 in one are about 3,000 in all. */
const looseLimit = 12;

/**
 * Rolls many small packs and loose objects into few. A geometric repack keeps every object, reachable or not, so that a reader beside it
 * loses nothing (git finds the object again in the new pack).
 */
export async function tidyMirror(mirror: Mirror): Promise<void> {
  const packs = (await names(join(mirror.folder, 'objects', 'pack'))).filter((name) => name.endsWith('.pack'));
  const loose = await names(join(mirror.folder, 'objects', '17'));
  if (packs.length <= packLimit && loose.length <= looseLimit) return;
  const exit = await runGit({
    folder: mirror.folder,
    args: ['repack', '--geometric=2', '-d', '-q'],
    timeout: 600_000,
    maxBytes: 100_000,
  });
  if (exit.code !== 0) mirror.suspect = true;
}

/** Bytes of the mirror's packs, whole and half-written. */
export async function packBytes(mirror: Mirror): Promise<number> {
  const folder = join(mirror.folder, 'objects', 'pack');
  let sum = 0;
  for (const name of await names(folder)) {
    // A half-written pack is renamed under our eyes: gone is no failure.
    sum += await stat(join(folder, name)).then(
      (info) => info.size,
      () => 0,
    );
  }
  return sum;
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
