/** A tree listing made quick to ask: built once, asked by every environment. Directories are '' (the root) or `a/b`. */
import type { Sha } from '../../domain/forge.ts';

export interface ClosureEntry {
  readonly path: string;
  readonly mode: 'file' | 'executable' | 'symlink' | 'submodule';
  readonly blob: Sha;
}

export interface TreeIndex {
  readonly byPath: ReadonlyMap<string, ClosureEntry>;
  /** Paths in code unit order, so that what lies below a directory is one run. */
  readonly sorted: readonly string[];
}

export function indexTree(entries: readonly ClosureEntry[]): TreeIndex {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return { byPath, sorted: [...byPath.keys()].sort(byCodeUnit) };
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Every entry below a directory, at any depth, sorted by path. */
export function entriesBelow(tree: TreeIndex, directory: string): readonly ClosureEntry[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  const found: ClosureEntry[] = [];
  for (let at = firstNotBefore(tree.sorted, prefix); at < tree.sorted.length; at += 1) {
    const path = tree.sorted[at];
    if (path === undefined || !path.startsWith(prefix)) break;
    const entry = tree.byPath.get(path);
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

export function isDirectory(tree: TreeIndex, path: string): boolean {
  const prefix = path === '' ? '' : `${path}/`;
  return tree.sorted[firstNotBefore(tree.sorted, prefix)]?.startsWith(prefix) ?? false;
}

/** The symbolic link or submodule that a path is or leads through. */
export function linkOn(tree: TreeIndex, path: string): ClosureEntry | undefined {
  for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
    const entry = tree.byPath.get(end < 0 ? path : path.slice(0, end));
    if (entry?.mode === 'symlink' || entry?.mode === 'submodule') return entry;
    if (end < 0) return undefined;
  }
}

function firstNotBefore(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
