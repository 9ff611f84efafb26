/** Pull requests and their reviews in GitHub's JSON. */
import type { JsonObject } from '../../../domain/json.ts';
import { atLeast, roleOf } from '../access.ts';
import type { Account, Pull, Repository, Review } from '../model.ts';
import type { PullRequestRecord, World } from '../world.ts';
import { nodeId, presentAccount } from './account.ts';
import { pageUrl, presentRepository, repositoryUrl } from './repository.ts';

/** What the full form shows beyond the list form. */
export interface PullDetails {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly blocked: boolean;
}

/** How GitHub calls somebody's relation to a repository. */
export function association(repository: Repository, account: Account): string {
  if (repository.owner.id === account.id) return 'OWNER';
  if (!atLeast(roleOf(repository, account), 'write')) return 'NONE';
  return repository.owner.type === 'Organization' ? 'MEMBER' : 'COLLABORATOR';
}

function side(
  world: World,
  repository: Repository | undefined,
  owner: Account,
  branch: string,
  sha: string,
): JsonObject {
  return {
    label: `${owner.login}:${branch}`,
    ref: branch,
    sha,
    user: presentAccount(world, owner),
    repo: repository === undefined ? null : presentRepository(world, repository),
  };
}

/** Before a merge GitHub shows its test merge, after it the commit the merge made. */
function mergeCommit(pull: Pull): string | null {
  if (pull.merged !== undefined) return pull.merged.sha;
  return pull.mergeability === 'unknown' ? null : (pull.mergeability.testMerge ?? null);
}

export function presentPullSimple(world: World, repository: Repository, issue: PullRequestRecord): JsonObject {
  const { pull } = issue;
  const url = `${repositoryUrl(world, repository)}/pulls/${issue.number}`;
  const issueUrl = `${repositoryUrl(world, repository)}/issues/${issue.number}`;
  const page = `${pageUrl(world, repository)}/pull/${issue.number}`;
  const statuses = `${repositoryUrl(world, repository)}/statuses/${pull.head.sha}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(world, repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    number: issue.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: presentAccount(world, issue.author),
    body: issue.body,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: mergeCommit(pull),
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: side(world, world.repositories.get(pull.head.repositoryId), pull.head.owner, pull.head.branch, pull.head.sha),
    base: side(world, repository, repository.owner, pull.base.branch, pull.base.sha),
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repositoryUrl(world, repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: association(repository, issue.author),
    auto_merge: null,
    draft: pull.draft,
  };
}

function mergeState(issue: PullRequestRecord, details: PullDetails): string {
  const { mergeability } = issue.pull;
  if (mergeability === 'unknown') return 'unknown';
  if (!mergeability.mergeable) return 'dirty';
  if (issue.pull.draft) return 'draft';
  return details.blocked ? 'blocked' : 'clean';
}

/** The full form, as one pull request alone and webhooks show it. */
export function presentPull(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  details: PullDetails,
): JsonObject {
  const { pull } = issue;
  return {
    ...presentPullSimple(world, repository, issue),
    merged: pull.merged !== undefined,
    merged_by: pull.merged === undefined ? null : presentAccount(world, pull.merged.by),
    mergeable: pull.mergeability === 'unknown' || issue.state === 'closed' ? null : pull.mergeability.mergeable,
    mergeable_state: mergeState(issue, details),
    rebaseable: null,
    comments: issue.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: details.commits,
    additions: details.additions,
    deletions: details.deletions,
    changed_files: details.changedFiles,
  };
}

export function presentReview(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  review: Review,
): JsonObject {
  const pullUrl = `${repositoryUrl(world, repository)}/pulls/${issue.number}`;
  const page = `${pageUrl(world, repository)}/pull/${issue.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: presentAccount(world, review.author),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: pullUrl,
    author_association: association(repository, review.author),
    _links: { html: { href: page }, pull_request: { href: pullUrl } },
    submitted_at: review.submittedAt,
    commit_id: review.commit,
  };
}
