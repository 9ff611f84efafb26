/** Where the commits since the last settled one came from: the merged pull requests that brought each. */
import type { AttributedCommit } from '../core/gate/decide.ts';
import { broughtByMerge } from '../core/gate/brought-by-merge.ts';
import { known, type Evidence } from '../domain/evidence.ts';
import type { Environment } from '../domain/environment.ts';
import type { PullRequest, Sha } from '../domain/forge.ts';
import type { Forge } from '../ports/forge.ts';
import type { CommitInfo, Git } from '../ports/git.ts';
import type { EnvironmentState } from '../ports/store.ts';
import { mapLimited } from './map-limited.ts';
import { inputOf, openTree } from './render-environment.ts';

export interface CommitRange {
  readonly commits: readonly AttributedCommit[];
  /** The branch no longer descends from the settled commit. */
  readonly rewritten: boolean;
  /** Messages of the commits, for recognising a revert. */
  readonly texts: readonly string[];
  /** When the newest commit was made, RFC 3339. */
  readonly headCommittedAt: string;
}

/** Older commits of a longer absence count as brought by nobody: a later pull request whose plan shows it all releases them. */
const lookedAt = 200;
const lookUpsAtOnce = 4;

export async function attributeCommits(
  deps: { readonly git: Git; readonly forge: Pick<Forge, 'pullRequestsFor'> },
  environment: Environment,
  state: EnvironmentState,
  head: Sha,
): Promise<CommitRange> {
  const { repository } = environment;
  const { commits, rewritten } = await newCommits(deps.git, environment, state, head);
  const recent = commits.slice(-lookedAt);
  const named = await mapLimited(recent, lookUpsAtOnce, (commit) => namedPullRequests(deps.forge, environment, commit));
  const brought = broughtByMerge(
    named.map(({ sha, found }) => ({ sha, pullRequests: found.known ? found.value : [] })),
  );
  const attributed = await mapLimited(recent, lookUpsAtOnce, (commit, index) =>
    attribute(deps.git, environment, commit, named[index]?.found, brought[index] ?? []),
  );
  const before: AttributedCommit[] =
    rewritten || commits.length > recent.length
      ? [{ sha: state.quarantine?.commit ?? head, pullRequests: known([]), touchesEnvironment: true }]
      : [];
  const headCommit = await deps.git.commit(repository, head);
  return {
    commits: [...before, ...attributed],
    rewritten,
    texts: recent.map(({ message }) => message),
    headCommittedAt: headCommit.committedAt,
  };
}

/** Commits after the settled one. Of an environment never settled only the newest counts: what was there before is nobody's doing here. */
async function newCommits(
  git: Git,
  environment: Environment,
  state: EnvironmentState,
  head: Sha,
): Promise<{ readonly commits: readonly CommitInfo[]; readonly rewritten: boolean }> {
  const { repository } = environment;
  if (state.settled === undefined) return { commits: [await git.commit(repository, head)], rewritten: false };
  const range = await git.firstParentRange(repository, state.settled, head);
  if (range.kind === 'range') return { commits: range.commits, rewritten: false };
  // After a force push: what came on top of the rewritten history since it was noticed counts, the rewritten part does not.
  const noticed = state.quarantine?.kind === 'force-push' ? state.quarantine.commit : head;
  const since = noticed === head ? undefined : await git.firstParentRange(repository, noticed, head);
  return { commits: since?.kind === 'range' ? since.commits : [], rewritten: true };
}

interface Named {
  readonly sha: Sha;
  readonly found: Evidence<readonly PullRequest[]>;
}

/** What the forge says of a commit: the pull requests merged into this branch that contain it. */
async function namedPullRequests(
  forge: Pick<Forge, 'pullRequestsFor'>,
  { repository, branch }: Environment,
  { sha }: CommitInfo,
): Promise<Named> {
  const found = await forge.pullRequestsFor(repository, { commit: sha });
  if (!found.known) return { sha, found };
  return { sha, found: known(found.value.filter(({ state, base }) => state === 'merged' && base.branch === branch)) };
}

async function attribute(
  git: Git,
  environment: Environment,
  commit: CommitInfo,
  found: Named['found'] | undefined,
  brought: readonly PullRequest[],
): Promise<AttributedCommit> {
  const unknown = found !== undefined && !found.known;
  const nobody = !unknown && brought.length === 0;
  const touchesEnvironment = nobody ? await touches(git, environment, commit) : true;
  const subject = commit.message.split('\n', 1)[0] ?? '';
  return { sha: commit.sha, pullRequests: unknown ? found : known(brought), touchesEnvironment, subject };
}

async function touches(git: Git, environment: Environment, commit: CommitInfo): Promise<boolean> {
  const parent = commit.parents[0];
  if (parent === undefined) return true;
  const { repository } = environment;
  const [before, after] = await Promise.all([
    openTree(git, repository, await git.treeOf(repository, parent)),
    openTree(git, repository, commit.tree),
  ]);
  const [then, now] = await Promise.all([inputOf(git, before, environment), inputOf(git, after, environment)]);
  return then.digest !== now.digest;
}
