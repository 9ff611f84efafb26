/** Tells a commit again on top of another history: the same whole tree, with the one file that declares the environment. */
import { Buffer } from 'node:buffer';
import { git } from '../git-http/run-git.ts';
import { commitTree } from '../git-http/write-commit.ts';
import type { SourceCommit } from './choose-commits.ts';

/** Where git pushes to and fetches from over HTTP. */
export interface Remote {
  readonly url: string;
  readonly token: string;
}

export const configurationFile = '.fairlead.yaml';

/**
 * Makes the commit in `repository` and pushes it as `branch`.
 * @param configuration content of `.fairlead.yaml`, whatever the commit itself had under that name
 * @returns the new commit's id
 */
export async function pushRetold(
  repository: string,
  remote: Remote,
  commit: SourceCommit,
  onto: { readonly base: string; readonly branch: string; readonly configuration: string },
): Promise<string> {
  const tree = await treeWith(repository, commit.sha, onto.configuration);
  const name = commit.author.name.trim() === '' ? 'unknown' : commit.author.name;
  const author = { ...commit.author, name };
  const base = await fetchBranch(repository, remote, onto.base);
  // The author's time is the past's; the commit is made now, as a rebase would.
  const committer = { ...author, date: new Date().toISOString() };
  const sha = await commitTree(repository, tree, [base], { message: commit.message, author, committer });
  await git(repository, ['push', '--quiet', remote.url, `${sha}:refs/heads/${onto.branch}`], { env: signedIn(remote) });
  return sha;
}

async function fetchBranch(repository: string, remote: Remote, branch: string): Promise<string> {
  const ref = `refs/told/${branch}`;
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remote.url, `+refs/heads/${branch}:${ref}`];
  await git(repository, args, { env: signedIn(remote) });
  return (await git(repository, ['rev-parse', '--verify', ref])).text.trim();
}

async function treeWith(repository: string, commit: string, configuration: string): Promise<string> {
  const hash = await git(repository, ['hash-object', '-w', '--stdin'], { input: configuration });
  const { text } = await git(repository, ['ls-tree', '-z', '--full-tree', commit]);
  const entries = text.split('\0').filter((entry) => entry !== '' && !entry.endsWith(`\t${configurationFile}`));
  const input = [...entries, `100644 blob ${hash.text.trim()}\t${configurationFile}`]
    .map((entry) => `${entry}\0`)
    .join('');
  // Submodules name commits that are not here.
  return (await git(repository, ['mktree', '-z', '--missing'], { input })).text.trim();
}

/** The token goes through the environment: arguments can be seen by everybody on the machine. */
function signedIn({ token }: Remote): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}
