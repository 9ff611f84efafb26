/**
 * Fetches a pinned tool from its publisher, for machines without Go. Checked against the publisher's SHA-256 sums where there
 * are any. Only its parts are tested, against a local server: the publishers could not be reached where this was written.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { request } from 'undici';
import type { Made } from './build-binary.ts';
import type { Tool } from './tools.ts';

/** The largest of them has about 110 MB; more is not what we asked for. */
const MAX_BYTES = 400 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const CONNECT_MS = 10_000;
const DOWNLOAD_MS = 10 * 60_000;

/** What this machine is called in the names of Go's binaries. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/** This machine in Go's words. */
export function thisPlatform(): Platform {
  return { os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch };
}

/**
 * Downloads `tool` to the file `target`, which exists afterwards whole or not at all.
 * `cannot` says why: not offered for the platform, not reachable, a wrong sum.
 */
export async function downloadBinary(
  tool: Tool,
  target: string,
  platform: Platform,
  progress: (line: string) => void,
): Promise<Made> {
  const { os, arch } = platform;
  const { download } = tool;
  if (!download.offeredFor.includes(os)) {
    return { kind: 'cannot', why: `its publisher offers no binary for ${os}/${arch}` };
  }
  const url = download.url(os, arch);
  progress(`downloading ${tool.name} ${tool.version} from ${new URL(url).host} …`);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), 'unfinished-'));
  try {
    const sums = download.sums === 'not-published' ? undefined : (await fetchBytes(download.sums(os, arch))).toString();
    const bytes = await fetchBytes(url);
    if (sums !== undefined && !sumMatches(bytes, sums, fileName(url))) {
      return { kind: 'cannot', why: `what ${url} holds does not match its published SHA-256 sum` };
    }
    await rename(await unpack(bytes, download.inArchive?.(os, arch), folder), target);
    return { kind: 'made' };
  } catch (error) {
    return { kind: 'cannot', why: `${url}: ${reason(error)}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whether `bytes` have the SHA-256 sum that `sums` gives for the file `name`.
 * `sums` is the bare sum or lines of `sum  name`; a file that is not listed does not match.
 */
export function sumMatches(bytes: Buffer, sums: string, name: string): boolean {
  const sum = createHash('sha256').update(bytes).digest('hex');
  return sums.split('\n').some((line) => {
    const [listed, of] = line.trim().split(/\s+/);
    return listed?.toLowerCase() === sum && (of === undefined || of.replace(/^\*/, '') === name);
  });
}

/** The whole body of `url`. Throws on any status but 2xx, on more than `MAX_BYTES` and when it takes too long. */
async function fetchBytes(url: string): Promise<Buffer> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const signal = AbortSignal.timeout(DOWNLOAD_MS);
    const { statusCode, headers, body } = await request(at, { signal, headersTimeout: CONNECT_MS });
    const location = headers['location'];
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
      await body.dump();
      at = new URL(location, at).href;
      continue;
    }
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`the server answered ${statusCode}`);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

/** Puts the executable into `folder` and returns its path. `member` names it inside a .tar.gz; without one the bytes are it. */
async function unpack(bytes: Buffer, member: string | undefined, folder: string): Promise<string> {
  const file = join(folder, 'download');
  await writeFile(file, bytes);
  if (member === undefined) {
    await chmod(file, 0o755);
    return file;
  }
  await execa('tar', ['-xzf', file, '-C', folder, '--', member], { timeout: 60_000 });
  const binary = join(folder, member);
  if ((await readFile(binary)).length === 0) throw new Error(`${member} is empty`);
  await chmod(binary, 0o755);
  return binary;
}

function fileName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
