/**
 * What rendering a directory can read, as paths: the directory itself, and for kustomize whatever its kustomizations mention, followed through
 * directories outside. Generous on purpose: any text in a kustomization that could be a path counts.
 */
import { posix } from 'node:path';
import { parse } from 'yaml';
import type { RenderKind } from '../../domain/environment.ts';
import { git } from '../git-http/run-git.ts';

const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const longestPath = 500;

/** Paths inside the repository, '' for all of it; a change at or below one of them may change the result. Paths that do not exist may be among them. */
export async function reachOf(
  repository: string,
  commit: string,
  directory: string,
  render: RenderKind,
): Promise<ReadonlySet<string>> {
  const root = normal(directory) ?? '';
  const reach = new Set([root]);
  if (render === 'plain') return reach;
  const { text } = await git(repository, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]);
  const files = new Set(text.split('\0'));
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const name of kustomizations) {
      const file = posix.join(folder, name);
      if (!files.has(file)) continue;
      const content = (await git(repository, ['cat-file', 'blob', `${commit}:${file}`])).text;
      for (const path of mentionedIn(content, folder)) {
        if (reach.has(path)) continue;
        reach.add(path);
        if (kustomizations.some((one) => files.has(posix.join(path, one)))) waiting.push(path);
      }
    }
  }
  return reach;
}

/** Whether a file is in reach. */
export function reaches(reach: ReadonlySet<string>, file: string): boolean {
  if (reach.has('')) return true;
  for (let path = file; path !== '.'; path = posix.dirname(path)) if (reach.has(path)) return true;
  return false;
}

function mentionedIn(kustomization: string, folder: string): readonly string[] {
  let value: unknown;
  try {
    value = parse(kustomization, { maxAliasCount: 100 });
  } catch {
    // Nothing can be built from it, so nothing else is read.
    return [];
  }
  return textsIn(value).flatMap((text) => {
    if (text.length > longestPath || text.includes('\n') || text.includes('://')) return [];
    // Generators take files as `key=path`.
    return [text, text.slice(text.indexOf('=') + 1)].flatMap((one) => normal(posix.join(folder, one)) ?? []);
  });
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** `./a/../b/` → `b`, the root → ''; undefined for what leaves the repository. */
function normal(path: string): string | undefined {
  const clean = posix.normalize(path).replace(/\/+$/, '');
  if (clean === '.' || clean === '') return '';
  return clean.startsWith('/') || clean === '..' || clean.startsWith('../') ? undefined : clean;
}
