/**
 * The Renderer port over the kustomize binary. What keeps a build from reading or running anything but the files given, outermost first:
 *
 * 1. Every kustomization the build reaches is inspected before it runs (inspect-kustomizations.ts): what is not in the tree is refused.
 * 2. The build keeps kustomize's own rule (`LoadRestrictionsRootOnly`): files from at or below a kustomization's directory, bases from
 *    anywhere. Without the rule `files: [/var/run/secrets/…]` is read from *our* disk, however little the build folder holds. It is
 *    also what `kubectl apply -k` does, so what builds on a desk builds here.
 * 3. Plugins, Helm and functions stay off, as they are by default, and PATH is empty, so that git and helm cannot be found.
 * 4. A proxy that does not exist stands before the network, for a build that would ask it all the same.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Finding } from '../../domain/finding.ts';
import type { Renderer, RenderInput, RenderOutcome } from '../../ports/renderer.ts';
import { fileTree, withBuildFolder } from './build-tree.ts';
import { findTool, type Tool } from './find-tool.ts';
import { inspectKustomizations } from './inspect-kustomizations.ts';
import { failedBuild } from './tool-words.ts';

export interface RendererOptions {
  /** The kustomize (or kubectl) binary of the operator's choice; found on PATH otherwise. */
  readonly kustomize?: string;
  /** Where to look for it, as in PATH. */
  readonly searchPath: string;
  /** Where build folders are made. */
  readonly temporaryFolder?: string;
  readonly limits?: Partial<RenderLimits>;
}

export interface RenderLimits {
  /** Milliseconds a build may take. */
  readonly timeout: number;
  /** Bytes a build may put out. */
  readonly outputBytes: number;
}

const defaultLimits: RenderLimits = { timeout: 60_000, outputBytes: 64 * 1024 * 1024 };

const buildEnvironment = {
  PATH: '/nonexistent',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
};

/** Looks for the tool at the first render, and again as long as there is none. */
export function connectRenderer(options: RendererOptions): Renderer {
  const limits = { ...defaultLimits, ...options.limits };
  let found: Tool | undefined;

  async function kustomize(input: RenderInput, signal: AbortSignal): Promise<RenderOutcome> {
    signal.throwIfAborted();
    const tree = fileTree(input.files);
    if ('code' in tree) return failed(tree);
    const directory = input.path === '.' ? '' : input.path;
    if (!tree.directories.has(directory)) return failed(pathNotFound(input.path));
    const { refused, kustomizations } = inspectKustomizations(tree, directory);
    if (refused !== undefined) return failed(refused);
    const [own] = kustomizations;
    if (own === undefined) return failed(noKustomization(input.path));
    const tool = found ?? (await findTool(options.kustomize, options.searchPath));
    if ('code' in tool) return failed(tool);
    found = tool;
    return withBuildFolder(options.temporaryFolder ?? tmpdir(), tree, async (folder) => {
      const result = await build(tool, join(folder, directory), limits, signal);
      signal.throwIfAborted();
      if (result.timedOut) return failed(tooSlow(own, limits));
      if (result.isMaxBuffer) return failed(tooMuch(own, limits));
      if (result.exitCode === 0) return { kind: 'rendered', text: result.stdout, tool: tool.name };
      return failed(failedBuild(result.stderr || `${tool.name} could not be run`, folder, tree.files.keys(), own));
    });
  }

  return { kustomize };
}

async function build(tool: Tool, folder: string, limits: RenderLimits, signal: AbortSignal) {
  const command = tool.kind === 'kubectl' ? 'kustomize' : 'build';
  const result = await execa(tool.program, [command, folder, '--load-restrictor=LoadRestrictionsRootOnly'], {
    cwd: folder,
    env: buildEnvironment,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    encoding: 'buffer',
    stripFinalNewline: false,
    timeout: limits.timeout,
    maxBuffer: { stdout: limits.outputBytes, stderr: 1_000_000 },
    cancelSignal: signal,
    // A build holds nothing worth a farewell.
    killSignal: 'SIGKILL',
  });
  return {
    timedOut: result.timedOut,
    isMaxBuffer: result.isMaxBuffer,
    exitCode: result.exitCode,
    stdout: new TextDecoder().decode(result.stdout),
    stderr: new TextDecoder().decode(result.stderr),
  };
}

function failed(finding: Finding): RenderOutcome {
  return { kind: 'failed', finding };
}

function pathNotFound(path: string): Finding {
  return { code: 'path-not-found', severity: 'error', file: path, detail: `there is no directory ${path}` };
}

function noKustomization(path: string): Finding {
  return {
    code: 'render-failed',
    severity: 'error',
    file: path,
    detail: `${path} holds no kustomization.yaml`,
    fix: 'add one, or say `render: plain` for this environment',
  };
}

function tooSlow(file: string, limits: RenderLimits): Finding {
  return {
    code: 'render-timeout',
    severity: 'error',
    file,
    detail: `the build did not end within ${limits.timeout / 1000} s`,
  };
}

function tooMuch(file: string, limits: RenderLimits): Finding {
  return {
    code: 'render-failed',
    severity: 'error',
    file,
    detail: `the build puts out more than ${limits.outputBytes} bytes`,
  };
}
