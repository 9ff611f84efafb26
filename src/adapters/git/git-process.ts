/**
 * Runs one git process the way every git process of Fairlead runs: argv only, an empty environment, no system, global or user
 * configuration, no hooks, filters, helpers or prompts, a time limit and an output limit. Nothing else in the product starts git.
 */
import { execa } from 'execa';

/** Configuration every call gets, through the environment, so that no file can say otherwise. */
const settings: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.askPass', ''],
  ['credential.helper', ''],
  // Collecting garbage is ours to time (mirror-upkeep.ts): a repack in the middle of a read or a fetch is a surprise.
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // Every fetch becomes a pack, put in place in one rename: a killed fetch leaves nothing half there. Unpacked into loose
  // objects, the commit would be written before its trees.
  ['fetch.unpackLimit', '1'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  // A redirect would carry the token to whatever host the answer names.
  ['http.followRedirects', 'false'],
  // Under 1,000 bytes a second for 30 seconds is a stalled transfer.
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '30'],
  ['protocol.version', '2'],
  ['log.showSignature', 'false'],
  ['i18n.logOutputEncoding', 'UTF-8'],
];

export type Protocol = 'https' | 'http' | 'file';

export interface GitCall {
  /** The bare repository; also the working directory, so that nothing else is found by accident. */
  readonly folder: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of standard output. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Further configuration, kept out of argv because it may hold a token. */
  readonly config?: readonly (readonly [string, string])[];
  readonly protocols?: readonly Protocol[];
}

export interface GitExit {
  readonly kind: 'exited' | 'timeout' | 'too-much-output' | 'aborted' | 'not-started';
  /** Exit code; -1 when there is none. */
  readonly code: number;
  readonly stdout: Buffer;
  /** What git said, untrusted and perhaps with a secret in it: scrub it before showing it. */
  readonly words: string;
}

const maxWordsBytes = 1_000_000;

/** Runs git and tells how it ended; never throws for what git does. */
export async function runGit(call: GitCall): Promise<GitExit> {
  const running = execa('git', [...call.args], {
    cwd: call.folder,
    env: environment(call),
    extendEnv: false,
    preferLocal: false,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    // A process group of its own: git's helper for HTTP outlives git and keeps the pipes open, so they are ended together.
    detached: true,
    maxBuffer: { stdout: call.maxBytes, stderr: maxWordsBytes },
    ...(call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input }),
  });
  const ending = endGroupWhen(running.pid, call);
  const result = await running;
  const ended = ending.settle();
  const stderr = result.stderr === undefined ? '' : Buffer.from(result.stderr).toString('utf8');
  const gone = result.exitCode === undefined;
  return {
    kind: ended ?? (result.isMaxBuffer ? 'too-much-output' : gone ? 'not-started' : 'exited'),
    code: result.exitCode ?? -1,
    stdout: bufferOf(result.stdout),
    words: gone && stderr === '' ? 'git could not be started or was killed' : stderr,
  };
}

/** Milliseconds git has for removing its lock files when it is told to end. */
const grace = 2_000;

/** Ends the whole process group at the time limit or when the call is aborted. `settle` says which of the two happened, if any. */
function endGroupWhen(
  pid: number | undefined,
  call: GitCall,
): { readonly settle: () => 'timeout' | 'aborted' | undefined } {
  let why: 'timeout' | 'aborted' | undefined;
  let last: NodeJS.Timeout | undefined;
  const end = (reason: 'timeout' | 'aborted') => {
    if (why !== undefined) return;
    why = reason;
    signalGroup(pid, 'SIGTERM');
    last = setTimeout(() => signalGroup(pid, 'SIGKILL'), grace);
  };
  const aborted = () => end('aborted');
  const timer = setTimeout(() => end('timeout'), call.timeout);
  if (call.signal?.aborted === true) aborted();
  call.signal?.addEventListener('abort', aborted, { once: true });
  return {
    settle: () => {
      clearTimeout(timer);
      clearTimeout(last);
      call.signal?.removeEventListener('abort', aborted);
      return why;
    },
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group ended by itself meanwhile.
  }
}

function bufferOf(bytes: Uint8Array | undefined): Buffer {
  return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function environment(call: GitCall): Record<string, string> {
  const config = [...settings, ...(call.config ?? [])];
  const pairs = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    // Errors are told apart by their English words.
    LC_ALL: 'C',
    GIT_DIR: call.folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: (call.protocols ?? []).join(':') || 'none',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(pairs),
  };
}
