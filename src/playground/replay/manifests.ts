/** A commit's manifests as files, the way somebody with a checkout and kubectl would have them. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RenderKind } from '../../domain/environment.ts';
import { git } from '../git-http/run-git.ts';

export type Manifests =
  /** `target` is what `kubectl apply --recursive --filename` takes; `fileOf` names a file of the repository, or for a built one the whole build. */
  | { readonly kind: 'there'; readonly target: string; readonly fileOf: (path: string) => string }
  | { readonly kind: 'not-built'; readonly why: string };

const buildMilliseconds = 60_000;

/** @param into where a folder for them is made; the caller removes it */
export async function manifestsOf(
  repository: string,
  commit: string,
  what: { readonly path: string; readonly render: RenderKind; readonly kustomize: string },
  into: string,
): Promise<Manifests> {
  const folder = await mkdtemp(join(into, 'tree-'));
  await checkOut(repository, commit, folder);
  const target = join(folder, what.path);
  if (what.render === 'plain') {
    await removeHidden(target);
    return { kind: 'there', target, fileOf: (path) => (path === '' ? target : join(folder, path)) };
  }
  const built = await execa(what.kustomize, ['build', target], {
    reject: false,
    timeout: buildMilliseconds,
    stdin: 'ignore',
  });
  if (built.exitCode !== 0)
    return { kind: 'not-built', why: built.stderr.trim() || built.shortMessage || 'kustomize failed' };
  const file = join(folder, 'built.yaml');
  await writeFile(file, built.stdout);
  return { kind: 'there', target: file, fileOf: () => file };
}

async function checkOut(repository: string, commit: string, folder: string): Promise<void> {
  const index = join(folder, '.index');
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: folder, GIT_DIR: repository };
  await git(repository, ['read-tree', commit], { env });
  await git(repository, ['checkout-index', '--all', '--force', `--prefix=${folder}/`], { env });
  await rm(index);
}

/** Fairlead leaves out what has a part beginning with a dot, and says so; kubectl would take it. */
async function removeHidden(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) await rm(path, { recursive: true });
    else if (entry.isDirectory()) await removeHidden(path);
  }
}
