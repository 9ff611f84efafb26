/** Which branch names may reach git at all. The rules are git's own (git-check-ref-format), and stricter in length (H50). */

const maxLength = 255;

/**
 * Says what is wrong with a branch name, or nothing. A name that passes is still only ever used as `refs/heads/<name>` after `--`.
 */
export function branchNameProblem(name: string): string | undefined {
  if (name === '') return 'a branch name is empty';
  if (name.length > maxLength || Buffer.byteLength(name) > maxLength) {
    return `a branch name is longer than ${maxLength} bytes`;
  }
  if (!name.isWellFormed()) return 'a branch name is not valid Unicode';
  if (name.startsWith('-')) return 'a branch name begins with a dash';
  if (name === 'HEAD' || name === '@') return `a branch cannot be named ${name}`;
  if (name.includes('..') || name.includes('@{')) return 'a branch name holds a revision expression (".." or "@{")';
  if (hasForbiddenCharacter(name)) return 'a branch name holds a control character, a space or one of ~ ^ : ? * [ \\';
  if (name.endsWith('.')) return 'a branch name ends in a dot';
  const badPart = name.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  return badPart ? 'a part of a branch name is empty, begins with a dot or ends in ".lock"' : undefined;
}

function hasForbiddenCharacter(name: string): boolean {
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0x20 || code === 0x7f || '~^:?*[\\'.includes(character)) return true;
  }
  return false;
}
