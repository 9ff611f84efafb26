/** What the API takes for a commit: a full id, an unambiguous branch or tag, or a ref. */
import { hasCommit, isSha, readRef } from '../../git-http/bare-repository.ts';
import type { Repository } from '../model.ts';

/** Undefined when nothing of that name is here. A branch wins over a tag. */
export async function resolveCommit(repository: Repository, name: string): Promise<string | undefined> {
  const { directory } = repository;
  if (isSha(name)) return (await hasCommit(directory, name)) ? name : undefined;
  if (name === 'HEAD') return readRef(directory, `refs/heads/${repository.defaultBranch}`);
  if (name.startsWith('refs/')) return readRef(directory, name);
  const full = /^(?:heads|tags)\//.test(name) ? [`refs/${name}`] : [`refs/heads/${name}`, `refs/tags/${name}`];
  for (const ref of full) {
    const sha = await readRef(directory, ref);
    if (sha !== undefined) return sha;
  }
  return undefined;
}
