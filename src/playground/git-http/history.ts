/** Reading commits, ranges and differences out of a bare repository. */
import { git } from './run-git.ts';

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** RFC 3339. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

const fields = '%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B';
const fieldCount = 10;

/**
 * Commits of a range, newest first.
 * @param range hex ids only: `a`, `a..b` or several joined, as `git log` takes them
 */
export async function log(directory: string, range: readonly string[], options: LogOptions = {}): Promise<Commit[]> {
  const args = ['log', '-z', `--format=${fields}`];
  if (options.max !== undefined) args.push(`--max-count=${options.max}`);
  if (options.skip !== undefined) args.push(`--skip=${options.skip}`);
  if (options.noMerges === true) args.push('--no-merges');
  if (options.oldestFirst === true) args.push('--reverse', '--topo-order');
  const paths = options.path === undefined ? [] : [options.path];
  const { text } = await git(directory, [...args, ...range, '--', ...paths], { env: { GIT_LITERAL_PATHSPECS: '1' } });
  const tokens = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + fieldCount <= tokens.length; at += fieldCount)
    commits.push(commitOf(tokens.slice(at, at + fieldCount)));
  return commits;
}

export interface LogOptions {
  readonly max?: number;
  readonly skip?: number;
  readonly path?: string;
  readonly noMerges?: boolean;
  readonly oldestFirst?: boolean;
}

function commitOf(tokens: readonly string[]): Commit {
  const [sha = '', tree = '', parents = '', an = '', ae = '', aI = '', cn = '', ce = '', cI = '', body = ''] = tokens;
  return {
    sha,
    tree,
    parents: parents === '' ? [] : parents.split(' '),
    author: { name: an, email: ae, date: utc(aI) },
    committer: { name: cn, email: ce, date: utc(cI) },
    message: body.replace(/\n+$/, ''),
  };
}

function utc(date: string): string {
  return new Date(date).toISOString().replace('.000Z', 'Z');
}

/** @throws GitError when there is no such commit */
export async function readCommit(directory: string, sha: string): Promise<Commit> {
  const [commit] = await log(directory, [sha], { max: 1 });
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return commit;
}

export async function isAncestor(directory: string, ancestor: string, descendant: string): Promise<boolean> {
  return (
    (await git(directory, ['merge-base', '--is-ancestor', ancestor, descendant], { accept: [1, 128] })).exitCode === 0
  );
}

/** Undefined for histories that have nothing in common. */
export async function mergeBase(directory: string, one: string, other: string): Promise<string | undefined> {
  const found = await git(directory, ['merge-base', one, other], { accept: [1, 128] });
  return found.exitCode === 0 ? found.text.trim() : undefined;
}

/** Ids only, newest first. */
export async function revList(directory: string, args: readonly string[]): Promise<string[]> {
  const { text } = await git(directory, ['rev-list', ...args]);
  return text.split('\n').filter((line) => line !== '');
}

export interface ChangedFile {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  /** Blob after the change, or before it when the file was removed. */
  readonly blob: string;
  readonly additions: number;
  readonly deletions: number;
}

/** Files that differ between two trees or commits, renames found. */
export async function changedFiles(directory: string, before: string, after: string): Promise<ChangedFile[]> {
  const { text } = await git(directory, ['diff-tree', '-r', '-z', '-M', '--raw', '--numstat', before, after]);
  const tokens = text.split('\0');
  const files: (Omit<ChangedFile, 'additions' | 'deletions'> & { additions?: number; deletions?: number })[] = [];
  let at = 0;
  for (; tokens[at]?.startsWith(':') === true; at += 1) {
    const [, , oldBlob = '', newBlob = '', status = ''] = (tokens[at] ?? '').split(' ');
    const path = tokens[(at += 1)] ?? '';
    if (status.startsWith('R')) {
      files.push({ path: tokens[(at += 1)] ?? '', previousPath: path, status: 'renamed', blob: newBlob });
    } else if (status === 'D') files.push({ path, status: 'removed', blob: oldBlob });
    else files.push({ path, status: status === 'A' ? 'added' : 'modified', blob: newBlob });
  }
  const lines = new Map<string, readonly [number, number]>();
  for (; at < tokens.length; at += 1) {
    const [added = '', deleted = '', path] = (tokens[at] ?? '').split('\t');
    if (path === undefined) continue;
    const name = path === '' ? tokens[(at += 2)] : path;
    lines.set(name ?? '', [Number(added) || 0, Number(deleted) || 0]);
  }
  return files.map((file) => {
    const [additions, deletions] = lines.get(file.path) ?? [0, 0];
    return { ...file, additions, deletions };
  });
}
