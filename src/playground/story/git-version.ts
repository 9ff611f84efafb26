/** The one thing a machine must have besides Node.js. */
import { execa } from 'execa';

/** `git merge-tree --write-tree` came with 2.38 (git's release notes). */
const oldest = { major: 2, minor: 38 } as const;

/** What is wrong with the git of this machine, as a sentence; undefined when nothing is. */
export async function gitProblem(): Promise<string | undefined> {
  const result = await execa('git', ['--version'], { reject: false, stdin: 'ignore' });
  return result.exitCode === 0 ? versionProblem(result.stdout) : missing('git could not be run here');
}

/** @param said what `git --version` prints */
export function versionProblem(said: string): string | undefined {
  const [version, major, minor] = /(\d+)\.(\d+)[\w.-]*/.exec(said) ?? [];
  if (version === undefined) return missing(`git says its version is "${said.trim()}"`);
  const isNew = Number(major) > oldest.major || (Number(major) === oldest.major && Number(minor) >= oldest.minor);
  return isNew ? undefined : missing(`this is git ${version}`);
}

function missing(what: string): string {
  return `The playground needs git ${oldest.major}.${oldest.minor} or newer, and ${what}. Install it from your distribution or from https://git-scm.com.`;
}
