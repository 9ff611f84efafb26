/** The branch may have moved: every environment whose settled commit is not its head gets a deploy job. */
import type { RepositoryRef } from '../domain/forge.ts';
import type { JobResult } from '../ports/store.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import { isUnfinished } from './interrupted-deployment.ts';
import { loadEnvironments } from './load-environments.ts';
import { openTree } from './render-environment.ts';

export async function followBranch(
  deps: FlowDeps,
  input: { readonly repository: RepositoryRef; readonly branch: string },
  signal: AbortSignal,
): Promise<JobResult> {
  const { repository, branch } = input;
  const bound = deps.bindings.bindingsOf(repository).some((binding) => binding.branch === branch);
  if (!bound) return { kind: 'done' };
  const { forge } = mustGet(deps.forges, repository.forge);
  const remote = await forge.gitRemote(repository);
  if (!remote.known) return { kind: 'again', afterSeconds: deps.retrySeconds, why: remote.detail };
  const fetched = await deps.git.fetch(repository, remote.value, { branch, commits: [] }, signal);
  if (!fetched.known) {
    return fetched.why === 'not-found'
      ? { kind: 'done' }
      : { kind: 'again', afterSeconds: deps.retrySeconds, why: fetched.detail };
  }
  const { head } = fetched.value;
  const tree = await openTree(deps.git, repository, await deps.git.treeOf(repository, head));
  const { environments } = await loadEnvironments(deps, repository, branch, tree);
  await deps.store.transaction(async (tx) => {
    for (const { key, spec } of environments) {
      const state = await tx.environment(key);
      const [newest] = await tx.deploymentsOf(key, 1);
      const unfinished = newest !== undefined && isUnfinished(newest);
      if (state.settled === head && state.quarantine === undefined && !unfinished) continue;
      await tx.enqueue({ job: { kind: 'deploy', repository, branch, environment: spec.name } });
    }
  });
  return { kind: 'done' };
}
