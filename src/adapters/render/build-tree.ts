/** The folder a build sees: exactly the files given, as plain files, and gone afterwards. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../domain/finding.ts';
import type { RenderInput } from '../../ports/renderer.ts';
import type { FileTree } from './inspect-kustomizations.ts';

const maxFiles = 20_000;
const maxBytes = 256 * 1024 * 1024;
const writesAtOnce = 32;

/** The files by path, or why they cannot be laid out: an unsafe path, one file standing where another needs a folder, too much. */
export function fileTree(files: RenderInput['files']): FileTree | Finding {
  const byPath = new Map<string, Uint8Array>();
  const directories = new Set<string>(['']);
  let bytes = 0;
  for (const file of files) {
    const problem = pathProblem(file.path);
    if (problem !== undefined) return failure('render-failed', file.path, problem);
    if (byPath.has(file.path)) return failure('render-failed', file.path, 'the file is given twice');
    byPath.set(file.path, file.bytes);
    bytes += file.bytes.length;
    for (let end = file.path.lastIndexOf('/'); end > 0; end = file.path.lastIndexOf('/', end - 1)) {
      directories.add(file.path.slice(0, end));
    }
  }
  if (files.length > maxFiles || bytes > maxBytes) {
    const limit = `at most ${maxFiles} files and ${maxBytes} bytes can be rendered together`;
    return failure('file-too-large', '', `${limit}; these are ${files.length} files and ${bytes} bytes`);
  }
  const clash = [...directories].find((directory) => byPath.has(directory));
  if (clash !== undefined) return failure('render-failed', clash, 'it is a file and a directory at once');
  return { files: byPath, directories };
}

/** Git itself keeps such names out of a working tree; a tree object can hold them all the same. */
function pathProblem(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return 'the path is absolute or holds a NUL character';
  if (Buffer.byteLength(path) > 3072) return 'the path is longer than 3,072 bytes';
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'the path has an empty, "." or ".." part';
    if (part.toLowerCase() === '.git') return 'the path leads into a .git folder';
    if (Buffer.byteLength(part) > 255) return 'a part of the path is longer than 255 bytes';
  }
  return undefined;
}

function failure(code: Finding['code'], file: string, detail: string): Finding {
  return { code, severity: 'error', ...(file === '' ? {} : { file }), detail };
}

/** Lays the files out in a fresh folder below `parent`, lets `work` use it, and removes it whatever happens. */
export async function withBuildFolder<T>(
  parent: string,
  tree: FileTree,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await realpath(await mkdtemp(join(parent, 'fairlead-render-')));
  try {
    for (const directory of [...tree.directories].sort()) await mkdir(join(folder, directory), { recursive: true });
    const files = [...tree.files];
    while (files.length > 0) {
      // `wx`: never through something that is there already.
      const batch = files.splice(-writesAtOnce);
      await Promise.all(
        batch.map(([path, bytes]) => writeFile(join(folder, path), bytes, { flag: 'wx', mode: 0o600 })),
      );
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
