/** A history somebody else made, as a bare clone of our own to read from. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { listRefs } from '../git-http/bare-repository.ts';
import { git } from '../git-http/run-git.ts';

/**
 * Clones a bundle, a repository of this machine or a URL into `directory`, with the user's own git configuration (credentials, proxies).
 * @returns the commit at the head of the branch it is about: HEAD, else main, else master, else the branch there is
 */
export async function cloneSource(from: string, directory: string): Promise<string> {
  const cloned = await execa('git', ['clone', '--quiet', '--bare', '--', from, directory], {
    env: { GIT_TERMINAL_PROMPT: '0' },
    stdin: 'ignore',
    reject: false,
  });
  if (cloned.exitCode !== 0) throw new Error(`${from} cannot be cloned: ${cloned.stderr.trim()}`);
  await asStored(directory);
  const head = await git(directory, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { accept: [1, 128] });
  if (head.exitCode === 0) return head.text.trim();
  // A bundle need not say which of its branches is HEAD.
  const branches = await listRefs(directory, 'refs/heads');
  const [only] = branches.values();
  const found = branches.get('refs/heads/main') ?? branches.get('refs/heads/master') ?? only;
  if (found === undefined) throw new Error(`${from} has no branch`);
  return found;
}

/** Files are checked out byte for byte as they are stored, whatever the repository's .gitattributes say. */
async function asStored(directory: string): Promise<void> {
  await mkdir(join(directory, 'info'), { recursive: true });
  await appendFile(join(directory, 'info', 'attributes'), '* -text -eol -filter -ident -working-tree-encoding\n');
}
