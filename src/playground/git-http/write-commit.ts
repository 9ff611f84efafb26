/** Writing commits without a working tree: files go in through one `git fast-import`, known trees through `git commit-tree`. */
import type { Signature } from './history.ts';
import { git } from './run-git.ts';

/** New content of a path; null removes it. The object form is for what is not an ordinary file: executables, symlinks, submodules. */
export type FileContent =
  | string
  | Uint8Array
  | null
  | { readonly mode: '100755' | '120000'; readonly content: string }
  | { readonly mode: '160000'; readonly commit: string };

export type FileChanges = Readonly<Record<string, FileContent>>;

export interface NewCommit {
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

/** Seconds since 1970 and UTC, as git's raw format wants it. */
function identity(who: Signature): string {
  const plain = (text: string): string => text.replaceAll(/[<>\n]/g, '');
  return `${plain(who.name)} <${plain(who.email)}> ${Math.floor(Date.parse(who.date) / 1000)} +0000`;
}

function quoted(path: string): string {
  const escaped = path
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
  return `"${escaped}"`;
}

function data(content: string | Uint8Array): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.byteLength}\n`), bytes, Buffer.from('\n')]);
}

function change(path: string, content: FileContent): Buffer {
  if (content === null) return Buffer.from(`D ${quoted(path)}\n`);
  if (typeof content === 'string' || content instanceof Uint8Array) {
    return Buffer.concat([Buffer.from(`M 100644 inline ${quoted(path)}\n`), data(content)]);
  }
  if (content.mode === '160000') return Buffer.from(`M 160000 ${content.commit} ${quoted(path)}\n`);
  return Buffer.concat([Buffer.from(`M ${content.mode} inline ${quoted(path)}\n`), data(content.content)]);
}

/**
 * Commits changes on top of `parent` (none: a first commit) and moves `ref` there, whatever it pointed at before.
 * @returns the new commit's id
 */
export async function commitChanges(
  directory: string,
  ref: string,
  parent: string | undefined,
  changes: FileChanges,
  commit: NewCommit,
): Promise<string> {
  const head = `commit ${ref}\nmark :1\nauthor ${identity(commit.author)}\ncommitter ${identity(commit.committer)}\n`;
  const input = Buffer.concat([
    Buffer.from(head),
    data(commit.message),
    Buffer.from(parent === undefined ? '' : `from ${parent}\n`),
    ...Object.entries(changes).map(([path, content]) => change(path, content)),
    Buffer.from('\nget-mark :1\n'),
  ]);
  const { text } = await git(directory, ['fast-import', '--quiet', '--force', '--date-format=raw'], { input });
  return text.trim();
}

/** Commits a tree that is there already; no ref moves. */
export async function commitTree(
  directory: string,
  tree: string,
  parents: readonly string[],
  commit: NewCommit,
): Promise<string> {
  const env = {
    GIT_AUTHOR_NAME: commit.author.name,
    GIT_AUTHOR_EMAIL: commit.author.email,
    GIT_AUTHOR_DATE: commit.author.date,
    GIT_COMMITTER_NAME: commit.committer.name,
    GIT_COMMITTER_EMAIL: commit.committer.email,
    GIT_COMMITTER_DATE: commit.committer.date,
  };
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
  const { text } = await git(directory, args, { input: commit.message, env });
  return text.trim();
}
