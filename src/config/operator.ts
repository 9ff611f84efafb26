/** Text of the operator file → configuration, or everything that is wrong with it, one sentence for each. */
import path from 'node:path';
import type { ConfigProblem } from '../domain/schema-violation.ts';
import { type OperatorConfig, defaultOperatorLimits } from './operator-config.ts';
import { type OperatorFile, validateOperatorFile } from './operator-file.ts';
import { relationProblems } from './operator-relations.ts';
import { clusterConfig, forgeConfig, type Resolved, storeConfig } from './resolve-entries.ts';
import type { Surroundings } from './secret-values.ts';
import { readYaml } from './yaml-source.ts';

export type OperatorFileResult =
  | { readonly ok: true; readonly config: OperatorConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * `fileName` is the path of the file: paths inside it are relative to its folder. `readFile` takes an absolute path and
 * throws when it cannot read. A problem says where, what and how to correct it; secrets appear in none.
 */
export function parseOperatorFile(
  text: string,
  fileName: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): OperatorFileResult {
  const source = readYaml(text);
  if (source.kind === 'malformed') {
    return {
      ok: false,
      problems: source.problems.map(({ line, what }) => `${fileName}:${line}: this is not valid YAML: ${what}`),
    };
  }
  const tell = (problem: ConfigProblem): string => {
    const fix = problem.fix === undefined ? '' : ` ${problem.fix}`;
    return `${fileName}:${source.lineOf(problem.path)}: ${problem.what}.${fix}`;
  };
  const shape = validateOperatorFile(source.value);
  if (!shape.ok) {
    return { ok: false, problems: shape.problems.map(tell) };
  }
  const folder = path.dirname(path.resolve(fileName));
  const around: Surroundings = { env, readFile, resolve: (file) => path.resolve(folder, file) };
  const resolved = resolveFile(shape.file, around);
  const problems = [...relationProblems(shape.file), ...resolved.problems];
  return resolved.value === undefined || problems.length > 0
    ? { ok: false, problems: problems.map(tell) }
    : { ok: true, config: resolved.value };
}

function resolveFile(file: OperatorFile, around: Surroundings): Resolved<OperatorConfig> {
  const forges = file.forges.map((entry, index) => forgeConfig(entry, ['forges', String(index)], around));
  const clusters = file.clusters.map((entry, index) => clusterConfig(entry, ['clusters', String(index)], around));
  const store = storeConfig(file.store ?? { folder: 'data' }, around);
  const problems = [...forges, ...clusters, store].flatMap((each) => each.problems);
  if (store.value === undefined) {
    return { problems };
  }
  const port = file.server?.port ?? 3000;
  const publicUrl = (file.server?.publicUrl ?? `http://localhost:${port}`).replace(/\/+$/, '');
  return {
    problems,
    value: {
      server: { host: file.server?.host ?? '0.0.0.0', port, publicUrl },
      store: store.value,
      forges: forges.flatMap((each) => (each.value === undefined ? [] : [each.value])),
      clusters: clusters.flatMap((each) => (each.value === undefined ? [] : [each.value])),
      bindings: file.bindings,
      tickSeconds: file.tick?.seconds ?? 60,
      limits: { ...defaultOperatorLimits, ...file.limits },
      tools: toolsOf(file, around),
    },
  };
}

/** A bare name is looked for on PATH; anything with a slash is a path like the others. */
function toolsOf({ tools }: OperatorFile, around: Surroundings): OperatorConfig['tools'] {
  const kustomize = tools?.kustomize;
  if (kustomize === undefined) {
    return {};
  }
  return { kustomize: kustomize.includes('/') ? around.resolve(kustomize) : kustomize };
}
