/** One number for everything a render reads: equal digests mean equal inputs. */
import { createHash } from 'node:crypto';
import { byCodeUnit, type ClosureEntry } from './tree-index.ts';

/** SHA-256 (hex) over path, mode and blob of every file, sorted by path. Fields end in NUL, which no path can hold. */
export function inputDigest(files: readonly ClosureEntry[]): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort((a, b) => byCodeUnit(a.path, b.path))) {
    hash.update(`${file.path}\0${file.mode}\0${file.blob}\0`);
  }
  return hash.digest('hex');
}
