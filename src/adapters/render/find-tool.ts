/** Which program builds kustomizations: the one configured, else kustomize or kubectl from PATH. */
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { execa } from 'execa';
import type { Finding } from '../../domain/finding.ts';

export interface Tool {
  /** Absolute path. */
  readonly program: string;
  readonly kind: 'kustomize' | 'kubectl';
  /** For people: `kustomize v5.8.1`, `kubectl kustomize v5.5.0`. */
  readonly name: string;
}

/** `configured` wins and must work; nothing else is tried in its place, so that no other version renders than the operator chose. */
export async function findTool(configured: string | undefined, searchPath: string): Promise<Tool | Finding> {
  if (configured !== undefined) {
    const program = isAbsolute(configured) ? await executable(configured) : await onPath(configured, searchPath);
    return program === undefined ? missing(`${configured} is not a program that can be run`) : describe(program);
  }
  const program = (await onPath('kustomize', searchPath)) ?? (await onPath('kubectl', searchPath));
  return program === undefined ? missing('neither kustomize nor kubectl is on PATH') : describe(program);
}

function missing(detail: string): Finding {
  return {
    code: 'render-tool-missing',
    severity: 'error',
    detail,
    fix:
      'install kustomize (https://kubectl.docs.kubernetes.io/installation/kustomize/) where Fairlead runs, ' +
      'or name it in the operator file under tools.kustomize',
  };
}

async function onPath(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const program = await executable(join(folder, name));
    if (program !== undefined) return program;
  }
  return undefined;
}

async function executable(path: string): Promise<string | undefined> {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

async function describe(program: string): Promise<Tool> {
  // Told by name through links: `kubectl` may be a link to a versioned file, and so may `kustomize`.
  const names = [program, await realpath(program)];
  const kubectl = names.some((name) => /(?:^|\/)kubectl[^/]*$/u.test(name));
  const version = await versionOf(program, kubectl ? ['version', '--client', '--output=json'] : ['version']);
  return kubectl
    ? { program, kind: 'kubectl', name: `kubectl kustomize ${version}`.trim() }
    : { program, kind: 'kustomize', name: `kustomize ${version}`.trim() };
}

/** The version as the tool says it; '' where it does not. Only for people to read. */
async function versionOf(program: string, args: readonly string[]): Promise<string> {
  const result = await execa(program, [...args], {
    env: { PATH: '/nonexistent' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
    maxBuffer: 100_000,
  });
  const text = typeof result.stdout === 'string' ? result.stdout : '';
  const said = /"kustomizeVersion":\s*"([^"]+)"/u.exec(text)?.[1] ?? text;
  return /v?\d+\.\d+\.\d+[\w.+-]*/u.exec(said)?.[0] ?? '';
}
