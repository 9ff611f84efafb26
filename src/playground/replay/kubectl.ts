/** The kubectl binary on one cluster: the second opinion that has nothing of ours in it. */
import { execa } from 'execa';

export interface Kubectl {
  /** Runs one command; a refusal is an answer, not an exception. `input` goes to stdin. */
  run(args: readonly string[], input?: string): Promise<KubectlAnswer>;
  readonly binary: string;
  readonly kubeconfig: string;
}

export interface KubectlAnswer {
  readonly ok: boolean;
  readonly out: string;
  /** What it wrote to stderr: warnings, or why not. */
  readonly said: string;
}

const runMilliseconds = 300_000;
const outputLimit = 256 * 1024 * 1024;

/** @param home a folder of its own, where it may cache what the cluster serves */
export function kubectlOn(binary: string, kubeconfig: string, home: string): Kubectl {
  return {
    binary,
    kubeconfig,
    run: async (args, input) => {
      const result = await execa(binary, ['--kubeconfig', kubeconfig, '--cache-dir', home, ...args], {
        env: { HOME: home, PATH: process.env['PATH'] ?? '' },
        extendEnv: false,
        reject: false,
        timeout: runMilliseconds,
        maxBuffer: outputLimit,
        ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      });
      const failure = result.exitCode === undefined ? `\n${result.message}` : '';
      return { ok: result.exitCode === 0, out: result.stdout, said: `${result.stderr}${failure}` };
    },
  };
}

/** The same cluster and user in a kubeconfig of its own, with this namespace for objects that name none. */
export async function kubeconfigInNamespace(
  binary: string,
  kubeconfig: string,
  namespace: string,
  home: string,
): Promise<string> {
  const view = ['config', 'view', '--raw', '--flatten', '--minify', '--output=json'];
  const { ok, out, said } = await kubectlOn(binary, kubeconfig, home).run(view);
  if (!ok) throw new Error(`${kubeconfig} cannot be used: ${said.trim()}`);
  return withNamespace(out, namespace);
}

function withNamespace(text: string, namespace: string): string {
  const config: unknown = JSON.parse(text);
  if (!isConfig(config)) throw new Error('kubectl printed no kubeconfig');
  const contexts = config.contexts.map((entry) => ({ ...entry, context: { ...entry.context, namespace } }));
  return JSON.stringify({ ...config, contexts });
}

function isConfig(value: unknown): value is { contexts: readonly { readonly context: object }[] } {
  return typeof value === 'object' && value !== null && 'contexts' in value && Array.isArray(value.contexts);
}
