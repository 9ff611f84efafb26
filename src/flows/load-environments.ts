/** `.fairlead.yaml` of a tree, together with what the operator allows → environments. An environment without a binding is none. */
import { parseRepositoryFile } from '../core/settings/repository-file.ts';
import { environmentKey, type Environment, type EnvironmentSpec } from '../domain/environment.ts';
import type { Finding } from '../domain/finding.ts';
import type { RepositoryRef } from '../domain/forge.ts';
import type { FlowDeps } from './deps.ts';
import type { OpenTree } from './render-environment.ts';

export const configurationFile = '.fairlead.yaml';

export interface LoadedEnvironments {
  readonly environments: readonly Environment[];
  readonly findings: readonly Finding[];
  /** Why no environment is touched, where that is not simply because no path changed. */
  readonly untouchedTitle?: string;
}

const maxBytes = 256_000;

export async function loadEnvironments(
  deps: Pick<FlowDeps, 'git' | 'bindings'>,
  repository: RepositoryRef,
  branch: string,
  tree: OpenTree,
): Promise<LoadedEnvironments> {
  const bindings = deps.bindings.bindingsOf(repository);
  if (bindings.length === 0) return nothing('The operator has not bound this repository to a cluster');
  if (!bindings.some((binding) => binding.branch === branch))
    return nothing(`Nothing is deployed from the branch ${branch}`);
  const entry = tree.entries.get(configurationFile);
  if (entry === undefined)
    return nothing(`There is no ${configurationFile} on ${branch} yet: no environment is declared`);
  const blob = (await deps.git.readBlobs(repository, [entry.blob], maxBytes)).get(entry.blob);
  if (blob?.kind !== 'content' || (entry.mode !== 'file' && entry.mode !== 'executable')) {
    return { environments: [], findings: [unreadable(`it is not a plain file of at most ${maxBytes} bytes`)] };
  }
  const parsed = parseRepositoryFile(blob.bytes, configurationFile);
  if (parsed.kind === 'refused') return { environments: [], findings: parsed.findings };
  return bind(deps, repository, branch, parsed.environments);
}

function bind(
  deps: Pick<FlowDeps, 'bindings'>,
  repository: RepositoryRef,
  branch: string,
  specs: readonly EnvironmentSpec[],
): LoadedEnvironments {
  const bindings = deps.bindings.bindingsOf(repository);
  const environments: Environment[] = [];
  const findings: Finding[] = [];
  for (const spec of specs) {
    const binding = bindings.find((one) => one.branch === branch && one.cluster === spec.cluster);
    if (binding === undefined) {
      findings.push({
        code: 'config-not-bound',
        severity: 'error',
        file: configurationFile,
        line: 1,
        detail: `environment ${spec.name} on cluster ${spec.cluster}`,
      });
      continue;
    }
    environments.push({ key: environmentKey(repository, spec.name), repository, branch, spec, binding });
  }
  return { environments, findings };
}

function nothing(untouchedTitle: string): LoadedEnvironments {
  return { environments: [], findings: [], untouchedTitle };
}

function unreadable(detail: string): Finding {
  return { code: 'config-malformed', severity: 'error', file: configurationFile, line: 1, detail };
}
