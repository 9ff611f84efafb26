/** Builds a pinned tool with the Go toolchain on PATH, from the Go module proxy. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { moduleFolder } from './find-binary.ts';
import type { Tool } from './tools.ts';

export type Made = { readonly kind: 'made' } | { readonly kind: 'cannot'; readonly why: string };

/** The oldest Go that builds Kubernetes 1.36. */
const OLDEST_GO = [1, 26] as const;
const BUILD_TIMEOUT_MS = 30 * 60_000;

/**
 * Builds `tool` to the file `target`, which exists afterwards whole or not at all.
 * `cannot` says why: Go is absent or too old, or what the build printed last.
 * @param progress gets a line before the build, as it may take minutes
 */
export async function buildBinary(tool: Tool, target: string, progress: (line: string) => void): Promise<Made> {
  const go = await execa('go', ['env', 'GOVERSION'], { reject: false, timeout: 20_000 });
  const version = /^go(\d+)\.(\d+)/.exec(go.stdout ?? '');
  if (version === null) return { kind: 'cannot', why: 'there is no Go on PATH to build it' };
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1])) {
    return { kind: 'cannot', why: `building it takes Go ${OLDEST_GO.join('.')} or newer, PATH has ${go.stdout}` };
  }

  progress(`building ${tool.name} ${tool.version} (about ${tool.buildTakes}, once) …`);
  const unfinished = `${target}.unfinished-${process.pid}`;
  await mkdir(dirname(target), { recursive: true });
  try {
    const build = execa('go', buildArguments(tool, unfinished), {
      cwd: moduleFolder(tool),
      // Static, so that the cache outlives an upgrade of the C library; the committed go.sum decides, not the user's flags.
      env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
      reject: false,
      timeout: BUILD_TIMEOUT_MS,
      all: true,
    });
    yieldToOthers(build.pid);
    const built = await build;
    if (built.failed) return { kind: 'cannot', why: `go build failed: ${lastLines(built.all) || built.shortMessage}` };
    await rename(unfinished, target);
    return { kind: 'made' };
  } finally {
    await rm(unfinished, { force: true });
  }
}

function buildArguments(tool: Tool, output: string): string[] {
  const set = Object.entries(tool.versionVariables).map(([variable, value]) => `-X ${variable}=${value}`);
  return ['build', '-trimpath', '-ldflags', ['-s', '-w', ...set].join(' '), '-o', output, tool.package];
}

/** A build uses every core for minutes; the person at the machine comes first. */
function yieldToOthers(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It already ended, or the system does not allow it: the build is merely less polite.
  }
}

function lastLines(text: string | undefined): string {
  return (text ?? '').trim().split('\n').slice(-5).join('; ');
}
