/** Reading files and folders of a commit. */
import { git } from './run-git.ts';

export interface TreeItem {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Bytes; 0 for folders and submodules. */
  readonly size: number;
  /** Path inside the repository. */
  readonly path: string;
}

function itemsOf(text: string, folder: string): TreeItem[] {
  return text
    .split('\0')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', sha = '', size = ''] = line.slice(0, tab).split(/ +/);
      if (type !== 'blob' && type !== 'tree' && type !== 'commit') return [];
      const name = line.slice(tab + 1);
      return [{ mode, type, sha, size: Number(size) || 0, path: folder === '' ? name : `${folder}/${name}` }];
    });
}

/** What lies at a path of a commit; undefined when nothing does. */
export async function entryAt(directory: string, commit: string, path: string): Promise<TreeItem | undefined> {
  const { text } = await git(directory, ['ls-tree', '-z', '-l', '--full-tree', commit, '--', path]);
  return itemsOf(text, '').find((item) => item.path === path);
}

/** The entries directly in a folder; '' is the root. */
export async function listFolder(directory: string, commit: string, folder: string): Promise<TreeItem[]> {
  const { text } = await git(directory, ['ls-tree', '-z', '-l', `${commit}:${folder}`]);
  return itemsOf(text, folder);
}

export async function readBlob(directory: string, sha: string): Promise<Uint8Array> {
  return (await git(directory, ['cat-file', 'blob', sha])).bytes;
}
