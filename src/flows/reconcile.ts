/** The tick: makes up for missed webhooks. Looks at every bound branch, its open pull requests and, for drift, its environments. */
import type { RepositoryRef } from '../domain/forge.ts';
import type { JobResult } from '../ports/store.ts';
import { mustGet, type FlowDeps } from './deps.ts';
import { loadEnvironments } from './load-environments.ts';
import { openTree } from './render-environment.ts';

export async function reconcile(deps: FlowDeps, signal: AbortSignal): Promise<JobResult> {
  for (const { repository, branch } of await deps.bindings.repositories()) {
    if (signal.aborted) break;
    await deps.store.transaction((tx) => tx.enqueue({ job: { kind: 'branch', repository, branch } }));
    await planUnplanned(deps, repository, branch);
    await lookForDrift(deps, repository, branch, signal);
  }
  return { kind: 'done' };
}

/** Open pull requests whose shown plan is not of their present head: their webhook was missed. */
async function planUnplanned(deps: FlowDeps, repository: RepositoryRef, branch: string): Promise<void> {
  const { forge } = mustGet(deps.forges, repository.forge);
  const open = await forge.pullRequestsFor(repository, { openAgainst: branch });
  if (!open.known) {
    deps.log.warn({ repository: repository.fullName, detail: open.detail }, 'open pull requests could not be listed');
    return;
  }
  await deps.store.transaction(async (tx) => {
    for (const { ref, head } of open.value) {
      const planned = await tx.plannedHead(ref);
      if (planned !== head.sha) await tx.enqueue({ job: { kind: 'plan', pullRequest: ref } });
    }
  });
}

async function lookForDrift(
  deps: FlowDeps,
  repository: RepositoryRef,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  const { forge } = mustGet(deps.forges, repository.forge);
  const remote = await forge.gitRemote(repository);
  if (!remote.known) return;
  const fetched = await deps.git.fetch(repository, remote.value, { branch, commits: [] }, signal);
  if (!fetched.known) return;
  const tree = await openTree(deps.git, repository, await deps.git.treeOf(repository, fetched.value.head));
  const { environments } = await loadEnvironments(deps, repository, branch, tree);
  await deps.store.transaction(async (tx) => {
    for (const { spec } of environments) {
      await tx.enqueue({ job: { kind: 'drift', repository, branch, environment: spec.name } });
    }
  });
}
