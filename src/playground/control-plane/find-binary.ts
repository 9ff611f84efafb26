/** Looks for a tool that is already on this machine: in KUBEBUILDER_ASSETS, on PATH, in our own cache. Makes nothing. */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Tool } from './tools.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The path of a usable binary, or undefined.
 * KUBEBUILDER_ASSETS (the variable of Kubernetes' envtest) is an explicit choice and taken as it is; what merely lies on PATH
 * must be new enough; our own cache holds exactly the pinned version.
 */
export async function findBinary(tool: Tool, env: Environment): Promise<string | undefined> {
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '' && isExecutable(join(assets, tool.name))) return join(assets, tool.name);
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, tool.name);
    if (folder !== '' && isExecutable(candidate) && (await isNewEnough(candidate, tool))) return candidate;
  }
  const cached = cachedBinary(tool, env);
  return isExecutable(cached) ? cached : undefined;
}

/**
 * Where our own copy of a tool lies once it was built or downloaded:
 * `<cache>/bin/<tool>-<version>-<hash of its go.mod and go.sum>/<tool>`, so that a changed dependency is a new binary.
 */
export function cachedBinary(tool: Tool, env: Environment): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(tool), file)));
  const folder = `${tool.name}-${tool.version}-${hash.digest('hex').slice(0, 12)}`;
  return join(cacheFolder(env), 'bin', folder, tool.name);
}

/** The folder for all that Fairlead builds or downloads once: FAIRLEAD_CACHE, else the XDG cache folder. Outside any clone. */
export function cacheFolder(env: Environment): string {
  const own = env['FAIRLEAD_CACHE'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'fairlead');
}

/** The folder with the go.mod of a tool. The sources are read from the package's root, as dist/ holds compiled code only. */
export function moduleFolder(tool: Tool): string {
  return join(packageRoot(import.meta.dirname), 'src', 'playground', 'control-plane', 'go', tool.module);
}

function packageRoot(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (statSync(join(folder, 'package.json'), { throwIfNoEntry: false }) !== undefined) return folder;
  }
  throw new Error(`no package.json above ${from}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function isNewEnough(path: string, tool: Tool): Promise<boolean> {
  const said = await execa(path, [...tool.versionArgs], { reject: false, timeout: 20_000, all: true });
  const version = /v?(\d+)\.(\d+)\.\d+/.exec(said.all);
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [oldestMajor, oldestMinor] = tool.oldestOnPath;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
