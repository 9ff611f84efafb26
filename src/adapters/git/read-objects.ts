/** Reads trees and blobs of a mirror by id. Names of files are bytes that anybody may have chosen: everything is NUL-separated. */
import { parseSha, type Sha } from '../../domain/forge.ts';
import type { Blob, TreeEntry, TreeListing } from '../../ports/git.ts';
import { GitLimit, MirrorFault, MissingObject, plainWords } from './git-failure.ts';
import { type GitExit, runGit } from './git-process.ts';
import type { Mirror } from './mirror.ts';

const readTimeout = 120_000;
const entryLimit = 100_000;
const listingBytes = 64 * 1024 * 1024;
/** Bytes of all blobs of one call together. */
const blobBytes = 512 * 1024 * 1024;

/** Runs a reading git command; every failure that is not about the objects asked for makes the mirror suspect. */
export async function read(
  mirror: Mirror,
  args: readonly string[],
  options: { readonly input?: string; readonly maxBytes?: number; readonly okay?: readonly number[] } = {},
): Promise<GitExit> {
  const exit = await runGit({
    folder: mirror.folder,
    args,
    timeout: readTimeout,
    maxBytes: options.maxBytes ?? 16 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (exit.kind === 'exited' && (options.okay ?? [0]).includes(exit.code)) return exit;
  if (exit.kind === 'too-much-output') return exit;
  if (exit.kind === 'timeout') throw new GitLimit(`git ${args[0]} did not end in ${readTimeout / 1000} s`);
  mirror.suspect = true;
  throw new MirrorFault(`git ${args[0]}: ${plainWords(exit.words)}`);
}

/** Those of the ids the mirror does not hold. */
export async function absentObjects(mirror: Mirror, ids: readonly Sha[]): Promise<readonly Sha[]> {
  if (ids.length === 0) return [];
  const sizes = await objectSizes(mirror, ids);
  return ids.filter((id) => !sizes.has(id));
}

/** Throws MissingObject for the first id that is not there, so that "never fetched" is told apart from "broken". */
export async function demandObjects(mirror: Mirror, ids: readonly Sha[]): Promise<void> {
  const [missing] = await absentObjects(mirror, ids);
  if (missing !== undefined) throw new MissingObject(missing);
}

/** Trees and blobs come with the commit that names them, so one that is missing means the mirror lost it. */
function incomplete(mirror: Mirror, id: Sha): MissingObject {
  mirror.suspect = true;
  return new MissingObject(id);
}

/** Type and size of the objects that are there. Reads no content. */
async function objectSizes(
  mirror: Mirror,
  ids: readonly Sha[],
): Promise<ReadonlyMap<Sha, { readonly type: string; readonly size: number }>> {
  const exit = await read(mirror, ['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)', '--buffer'], {
    input: ids.map((id) => `${id}\n`).join(''),
  });
  const found = new Map<Sha, { type: string; size: number }>();
  for (const line of exit.stdout.toString('latin1').split('\n')) {
    const [id, type, size] = line.split(' ');
    const sha = parseSha(id ?? '');
    if (sha !== undefined && type !== undefined && size !== undefined) found.set(sha, { type, size: Number(size) });
  }
  return found;
}

/** Every entry of a tree (or of a commit's tree), recursively. */
export async function listTree(mirror: Mirror, tree: Sha): Promise<TreeListing> {
  if ((await absentObjects(mirror, [tree])).length > 0) throw incomplete(mirror, tree);
  const exit = await read(mirror, ['ls-tree', '-r', '-z', '-l', '--full-tree', tree], { maxBytes: listingBytes });
  if (exit.kind === 'too-much-output') return { kind: 'too-many', limit: entryLimit };
  const entries: TreeEntry[] = [];
  let start = 0;
  for (let end = exit.stdout.indexOf(0); end >= 0; end = exit.stdout.indexOf(0, start)) {
    if (entries.length === entryLimit) return { kind: 'too-many', limit: entryLimit };
    entries.push(treeEntry(exit.stdout.subarray(start, end)));
    start = end + 1;
  }
  return { kind: 'listed', entries };
}

/** `<mode> <type> <id> <size, padded>\t<path>`. */
function treeEntry(record: Buffer): TreeEntry {
  const tab = record.indexOf(0x09);
  const [mode = '', , id = '', size = ''] = record.subarray(0, tab).toString('latin1').split(/ +/u);
  const blob = parseSha(id);
  if (tab < 0 || blob === undefined) throw new MirrorFault('git ls-tree wrote a line of an unknown form');
  return { path: pathOf(record.subarray(tab + 1)), mode: modeOf(mode), blob, size: Number(size) || 0 };
}

function modeOf(mode: string): TreeEntry['mode'] {
  switch (mode) {
    case '120000':
      return 'symlink';
    case '160000':
      return 'submodule';
    case '100755':
      return 'executable';
    default:
      return 'file';
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A path that is not UTF-8 keeps its odd bytes as `\xNN`, so that two different ones stay different. */
function pathOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => {
      if (byte < 0x80) return String.fromCodePoint(byte);
      return `\\x${byte.toString(16)}`;
    }).join('');
  }
}

/**
 * The blobs' content; one over `maxBytes` comes back with its size and is never read. Throws MissingObject for an id that is not there
 * and GitLimit when all of them together are over 512 MiB.
 */
export async function readBlobs(
  mirror: Mirror,
  blobs: readonly Sha[],
  maxBytes: number,
): Promise<ReadonlyMap<Sha, Blob>> {
  const wanted = [...new Set(blobs)];
  const answer = new Map<Sha, Blob>();
  if (wanted.length === 0) return answer;
  const sizes = await objectSizes(mirror, wanted);
  const small: Sha[] = [];
  let total = 0;
  for (const id of wanted) {
    const object = sizes.get(id);
    if (object === undefined || object.type !== 'blob') throw incomplete(mirror, id);
    if (object.size > maxBytes) {
      answer.set(id, { kind: 'too-large', size: object.size });
    } else {
      small.push(id);
      total += object.size;
    }
  }
  if (total > blobBytes)
    throw new GitLimit(`${wanted.length} files hold ${total} bytes, over the limit of ${blobBytes}`);
  if (small.length === 0) return answer;
  const exit = await read(mirror, ['cat-file', '--batch', '--buffer'], {
    input: small.map((id) => `${id}\n`).join(''),
    maxBytes: total + small.length * 128,
  });
  for (const [id, bytes] of batchContents(exit.stdout)) answer.set(id, { kind: 'content', bytes });
  if (answer.size !== wanted.length) {
    mirror.suspect = true;
    throw new MirrorFault('git cat-file answered fewer objects than it was asked for');
  }
  return answer;
}

/** `<id> blob <size>\n<content>\n`, again and again. Content is copied: a kept file must not keep the whole answer in memory. */
function* batchContents(output: Buffer): Generator<readonly [Sha, Uint8Array]> {
  let at = 0;
  while (at < output.length) {
    const newline = output.indexOf(0x0a, at);
    const [id = '', , size = ''] = output.subarray(at, Math.max(newline, at)).toString('latin1').split(' ');
    const sha = parseSha(id);
    const end = newline + 1 + Number(size);
    if (newline < 0 || sha === undefined || !(end < output.length)) return;
    yield [sha, new Uint8Array(output.subarray(newline + 1, end))];
    at = end + 1;
  }
}
