/** Bare repositories and their refs. Refs are always full (`refs/heads/main`) and commits always hex: no name ever reaches git as an option. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from './run-git.ts';

/** As a forge sets it up: fetch by SHA and partial clone allowed, pushes taken, the forge's own refs closed to pushes. */
const config = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	logallrefupdates = false
[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[receive]
	hideRefs = refs/pull
	hideRefs = refs/merge-requests
	autogc = false
[gc]
	auto = 0
[fastimport]
	unpackLimit = 500
`;

/** Makes an empty bare repository without a process: git needs no more than these files. */
export async function initBare(directory: string, defaultBranch: string): Promise<void> {
  await mkdir(join(directory, 'objects', 'pack'), { recursive: true });
  await mkdir(join(directory, 'refs', 'heads'), { recursive: true });
  await writeFile(join(directory, 'config'), config);
  await setDefaultBranch(directory, defaultBranch);
}

export async function setDefaultBranch(directory: string, branch: string): Promise<void> {
  await writeFile(join(directory, 'HEAD'), `ref: refs/heads/${branch}\n`);
}

/** `main`, `feature/x`: what git takes as a branch name. */
export async function isBranchName(directory: string, name: string): Promise<boolean> {
  if (name === '' || name.startsWith('-') || name.length > 255 || /^[0-9a-f]{40}$/.test(name)) return false;
  return (await git(directory, ['check-ref-format', `refs/heads/${name}`], { accept: [1] })).exitCode === 0;
}

const shaPattern = /^[0-9a-f]{40}$/;

export function isSha(text: string): boolean {
  return shaPattern.test(text);
}

/** The commit a full ref points at; undefined when there is none. */
export async function readRef(directory: string, ref: string): Promise<string | undefined> {
  if (!ref.startsWith('refs/')) return undefined;
  const found = await git(directory, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], { accept: [1, 128] });
  return found.exitCode === 0 ? found.text.trim() : undefined;
}

/** Whether this commit's objects are here. */
export async function hasCommit(directory: string, sha: string): Promise<boolean> {
  if (!isSha(sha)) return false;
  return (await git(directory, ['cat-file', '-e', `${sha}^{commit}`], { accept: [1, 128] })).exitCode === 0;
}

/** Full ref name → object id, of every ref below `prefix` (a full ref or a folder of them). */
export async function listRefs(directory: string, prefix: string): Promise<ReadonlyMap<string, string>> {
  const { text } = await git(directory, ['for-each-ref', '--format=%(objectname) %(refname)', '--', prefix]);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(41), line.slice(0, 40)]),
  );
}

export async function updateRef(directory: string, ref: string, sha: string): Promise<void> {
  await git(directory, ['update-ref', '--no-deref', ref, sha]);
}

export async function deleteRef(directory: string, ref: string): Promise<void> {
  await git(directory, ['update-ref', '--no-deref', '-d', ref]);
}

/** Copies a commit and what it needs from another bare repository of this machine, under a ref. */
export async function copyCommit(from: string, to: string, sha: string, ref: string): Promise<void> {
  await git(to, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', from, `+${sha}:${ref}`], {
    env: { GIT_ALLOW_PROTOCOL: 'file' },
  });
}

/** All branches of another bare repository of this machine. */
export async function copyBranches(from: string, to: string): Promise<void> {
  await git(to, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', from, '+refs/heads/*:refs/heads/*'], {
    env: { GIT_ALLOW_PROTOCOL: 'file' },
  });
}
