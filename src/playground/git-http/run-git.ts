/** Runs the git binary on a bare repository: no user or system configuration, no prompts, an output limit. Nothing here knows what git is asked. */
import { execa } from 'execa';

/** Bytes of output one call may give; the playground's repositories are small. */
const maxOutput = 256 * 1024 * 1024;

export class GitError extends Error {
  override name = 'GitError';
  readonly exitCode: number;
  constructor(args: readonly string[], exitCode: number, stderr: string) {
    super(`git ${args.join(' ')} ended with ${exitCode}: ${stderr.trim()}`);
    this.exitCode = exitCode;
  }
}

export interface GitOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not faults; 0 always is. */
  readonly accept?: readonly number[];
}

export interface GitOutput {
  readonly exitCode: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** What every git process of the stand-in gets, whatever the machine is configured to. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...extra,
  };
}

/** @throws GitError when git ends with a code that is not in `accept`. */
export async function git(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
  const result = await execa('git', args, {
    cwd: directory,
    env: gitEnvironment(options.env),
    extendEnv: false,
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
    maxBuffer: maxOutput,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const exitCode = result.exitCode ?? -1;
  if (exitCode !== 0 && options.accept?.includes(exitCode) !== true) {
    throw new GitError(
      args,
      exitCode,
      `${Buffer.from(result.stderr).toString()}${result.exitCode === undefined ? result.message : ''}`,
    );
  }
  const bytes = result.stdout;
  return { exitCode, bytes, text: Buffer.from(bytes).toString('utf8') };
}
