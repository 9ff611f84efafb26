/** Which git is on PATH, and whether it is new enough. */
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import { runGit } from './git-process.ts';

/** `merge-tree --write-tree` came with it (release notes of Git 2.38). */
const oldest = [2, 38] as const;

/** `2.39.5`; unknown, with the reason, where there is no git or it is too old. */
export async function gitVersion(): Promise<Evidence<string>> {
  const exit = await runGit({ folder: '/', args: ['--version'], timeout: 10_000, maxBytes: 10_000 });
  if (exit.kind === 'not-started') return unknown('not-found', 'git is not on PATH');
  const found = /(\d+)\.(\d+)[\w.]*/.exec(exit.stdout.toString('utf8'));
  if (found === null) return unknown('malformed', 'git --version does not say a version');
  const [version, major, minor] = [found[0], Number(found[1]), Number(found[2])];
  const enough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  return enough ? known(version) : unknown('malformed', `git ${version} is too old`);
}
