/** Gets the binaries of a control plane: from this machine if they are here, else built once, else downloaded once. */
import { join } from 'node:path';
import { buildBinary } from './build-binary.ts';
import { withCacheLock } from './cache-lock.ts';
import { downloadBinary, thisPlatform } from './download-binary.ts';
import { cachedBinary, cacheFolder, findBinary } from './find-binary.ts';
import { TOOLS, type ToolName } from './tools.ts';

export type Binaries =
  | { readonly kind: 'ready'; readonly path: (name: ToolName) => string }
  | { readonly kind: 'unavailable'; readonly why: string };

/**
 * Absolute paths of the named tools; `path` throws for a tool that was not asked for.
 * The order in which they are sought: KUBEBUILDER_ASSETS, PATH, the cache folder (`FAIRLEAD_CACHE`, else `~/.cache/fairlead`),
 * a build with the Go toolchain on PATH (Go 1.26 or newer; minutes, once), the publisher's download.
 * @param progress gets one line before each step that takes long
 * @returns `unavailable` with a sentence for people when one of them cannot be had; never throws for that
 */
export async function ensureBinaries(names: readonly ToolName[], progress: (line: string) => void): Promise<Binaries> {
  const paths = new Map<ToolName, string>();
  for (const name of names) {
    const got = await ensureBinary(name, progress);
    if (got.kind === 'unavailable') return got;
    paths.set(name, got.path);
  }
  return {
    kind: 'ready',
    path: (name) => {
      const path = paths.get(name);
      if (path === undefined) throw new Error(`${name} was not asked for`);
      return path;
    },
  };
}

/** One tool of `ensureBinaries`. */
async function ensureBinary(
  name: ToolName,
  progress: (line: string) => void,
): Promise<{ readonly kind: 'ready'; readonly path: string } | { readonly kind: 'unavailable'; readonly why: string }> {
  const tool = TOOLS[name];
  const found = await findBinary(tool, process.env);
  if (found !== undefined) return { kind: 'ready', path: found };

  const target = cachedBinary(tool, process.env);
  const lock = join(cacheFolder(process.env), 'bin', '.lock');
  const waiting = (): void => progress(`waiting for ${name}: another process is building …`);
  return withCacheLock(lock, waiting, async () => {
    // Whoever held the lock before us may have made it.
    const meanwhile = await findBinary(tool, process.env);
    if (meanwhile !== undefined) return { kind: 'ready', path: meanwhile };
    const built = await buildBinary(tool, target, progress);
    if (built.kind === 'made') return { kind: 'ready', path: target };
    const downloaded = await downloadBinary(tool, target, thisPlatform(), progress);
    if (downloaded.kind === 'made') return { kind: 'ready', path: target };
    const why = `there is no ${name} ${tool.version} on this machine, ${built.why}, and the download failed: ${downloaded.why}`;
    return { kind: 'unavailable', why };
  });
}
