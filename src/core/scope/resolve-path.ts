/** Paths inside a repository, as text. */

/**
 * What `relative` means from `directory` ('' is the root): a normal path without `.` and `..`, '' for the root itself.
 * Nothing when it is absolute or leads out of the repository.
 */
export function resolvePath(directory: string, relative: string): string | undefined {
  if (relative.startsWith('/')) return undefined;
  const parts = directory === '' ? [] : directory.split('/');
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
