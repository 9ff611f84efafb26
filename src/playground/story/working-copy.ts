/** A clone on somebody's machine, by real git over HTTP: for what is not done on the forge's page. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { git } from '../git-http/run-git.ts';
import { repository } from './shop.ts';
import type { Stage } from './stage.ts';

export interface WorkingCopy {
  /** Commits on the branch checked out. @returns the commit's id */
  commit(message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** A branch from main as it is now on the forge. */
  branch(name: string): Promise<void>;
  /** `git revert`. */
  revert(commit: string): Promise<void>;
  push(branch: string): Promise<void>;
}

/** With the person's token in it, as `git clone` takes it. */
export function cloneUrl(stage: Stage, login: string): string {
  const url = new URL(`${stage.github.gitUrl}/${repository.fullName}.git`);
  url.username = login;
  url.password = stage.github.tokenFor(login);
  return url.href;
}

/** Commits of a working copy are made some time before they are pushed. Fairlead gives younger ones a moment: they may be a merge GitHub is not done with. */
const hour = 3_600_000;

export async function cloneAs(stage: Stage, login: string): Promise<WorkingCopy> {
  const folder = join(stage.folder, login);
  await git(stage.folder, ['clone', '--quiet', cloneUrl(stage, login), folder]);
  const date = new Date(Date.now() - hour).toISOString();
  const env = {
    GIT_AUTHOR_NAME: login,
    GIT_AUTHOR_EMAIL: `${login}@acme.example`,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: login,
    GIT_COMMITTER_EMAIL: `${login}@acme.example`,
    GIT_COMMITTER_DATE: date,
  };
  const run = async (...args: readonly string[]): Promise<string> => (await git(folder, args, { env })).text.trim();
  return {
    async commit(message, files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      await run('add', '--all');
      await run('commit', '--quiet', '--message', message);
      return run('rev-parse', 'HEAD');
    },
    async branch(name) {
      await run('fetch', '--quiet', 'origin');
      await run('checkout', '--quiet', '-b', name, 'origin/main');
    },
    async revert(commit) {
      await run('revert', '--no-edit', commit);
    },
    async push(branch) {
      await run('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    },
  };
}
