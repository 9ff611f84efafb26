/** Facts about pull requests: one by number, those that brought a commit, those open against a branch. */
import type { Person, PullRequest, PullRequestRef, RepositoryRef } from '../../domain/forge.ts';
import type { PullRequestQuery } from '../../ports/forge.ts';
import type { Bindings, Bound } from './bindings.ts';
import { list } from './decode.ts';
import { GitHubFault } from './fault.ts';
import { account, pullRequest as schema } from './schema.ts';

type Answered = ReturnType<typeof schema>;

const mostPages = 10;
/** Lists leave out who merged. Up to so many pull requests of one commit are asked for singly. */
const mostDetails = 20;

/** GitHub's record of a pull request together with its node id, which only GraphQL needs. Throws GitHubFault. */
export async function pullRequestWithNode(
  bindings: Bindings,
  ref: PullRequestRef,
): Promise<{ pullRequest: PullRequest; nodeId: string }> {
  const { client, at } = await bindings.bind(ref.repository);
  const parameters = { ...at, pull_number: ref.number };
  const found = await client.one('GET /repos/{owner}/{repo}/pulls/{pull_number}', parameters, schema);
  // The name may have been given to another repository since it was looked up (H23).
  if (found.base.repo.id !== ref.repository.id) throw anotherRepository(ref.repository);
  return { pullRequest: pullRequestOf(ref.repository, found), nodeId: found.node_id };
}

/** Merged ones for a commit, open ones for a branch; newest first. Throws GitHubFault, also for more than 1,000 of a commit. */
export async function pullRequestsFor(
  bindings: Bindings,
  repository: RepositoryRef,
  query: PullRequestQuery,
): Promise<readonly PullRequest[]> {
  const bound = await bindings.bind(repository);
  return 'commit' in query
    ? mergedWith(bindings, bound, repository, query.commit)
    : openAgainst(bound, repository, query.openAgainst);
}

async function mergedWith(bindings: Bindings, bound: Bound, repository: RepositoryRef, commit: string) {
  const found: PullRequest[] = [];
  const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
  try {
    for await (const item of bound.client.each(route, { ...bound.at, commit_sha: commit }, list(schema), mostPages)) {
      if (item.base.repo.id !== repository.id) continue;
      const pullRequest = pullRequestOf(repository, item);
      if (pullRequest.state === 'merged') found.push(pullRequest);
    }
  } catch (error) {
    // 422 "No commit found for SHA" is this route's way to say 404.
    if (error instanceof GitHubFault && error.status === 422) throw new GitHubFault('not-found', error.message);
    throw error;
  }
  if (found.length > mostDetails) return found;
  return Promise.all(found.map(async ({ ref }) => (await pullRequestWithNode(bindings, ref)).pullRequest));
}

async function openAgainst(bound: Bound, repository: RepositoryRef, branch: string): Promise<readonly PullRequest[]> {
  const found: PullRequest[] = [];
  const parameters = { ...bound.at, state: 'open', base: branch };
  for await (const item of bound.client.each(
    'GET /repos/{owner}/{repo}/pulls',
    parameters,
    list(schema),
    mostPages + 1,
  )) {
    if (item.base.repo.id !== repository.id) throw anotherRepository(repository);
    found.push(pullRequestOf(repository, item));
    if (found.length === mostPages * 100) break;
  }
  return found;
}

function anotherRepository(repository: RepositoryRef): GitHubFault {
  return new GitHubFault('not-found', `the answer is about another repository than ${repository.id}`, { status: 404 });
}

function pullRequestOf(repository: RepositoryRef, found: Answered): PullRequest {
  const merged = found.merged_at !== undefined;
  return {
    ref: { repository, number: found.number },
    title: found.title,
    body: found.body ?? '',
    url: found.html_url,
    state: merged ? 'merged' : found.state,
    draft: found.draft ?? false,
    author: personOf(found.user),
    base: { branch: found.base.ref, sha: found.base.sha },
    head: { branch: found.head.ref, sha: found.head.sha },
    fork: found.head.repo?.id !== repository.id,
    // Before the merge this commit is GitHub's own test merge and says nothing.
    ...(merged && found.merge_commit_sha !== undefined ? { mergedAs: found.merge_commit_sha } : {}),
    ...(found.merged_by === undefined ? {} : { mergedBy: personOf(found.merged_by) }),
    ...(found.merged_at === undefined ? {} : { mergedAt: found.merged_at }),
  };
}

/** A deleted account is GitHub's `ghost`: id 0 is nobody's. */
export function personOf(found: ReturnType<typeof account> | undefined): Person {
  if (found === undefined) return { id: '0', login: 'ghost', bot: false };
  return { id: found.id, login: found.login, bot: found.type === 'Bot' };
}
