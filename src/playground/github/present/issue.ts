/** Issues and comments in GitHub's JSON. A pull request is an issue too, with a `pull_request` field. */
import type { JsonObject } from '../../../domain/json.ts';
import type { Comment, Issue, Repository } from '../model.ts';
import type { World } from '../world.ts';
import { nodeId, presentAccount } from './account.ts';
import { association } from './pull-request.ts';
import { pageUrl, repositoryUrl } from './repository.ts';

function pullLinks(world: World, repository: Repository, issue: Issue): JsonObject {
  if (issue.pull === undefined) return {};
  const page = `${pageUrl(world, repository)}/pull/${issue.number}`;
  return {
    draft: issue.pull.draft,
    pull_request: {
      url: `${repositoryUrl(world, repository)}/pulls/${issue.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: issue.pull.merged?.at ?? null,
    },
  };
}

function issuePage(world: World, repository: Repository, issue: Issue): string {
  return `${pageUrl(world, repository)}/${issue.pull === undefined ? 'issues' : 'pull'}/${issue.number}`;
}

export function presentIssue(world: World, repository: Repository, issue: Issue): JsonObject {
  const url = `${repositoryUrl(world, repository)}/issues/${issue.number}`;
  return {
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: issuePage(world, repository, issue),
    id: issue.id,
    node_id: nodeId('I', issue.id),
    number: issue.number,
    title: issue.title,
    user: presentAccount(world, issue.author),
    labels: issue.labels.map((name) => ({ name, color: 'ededed', default: false, description: null })),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: issue.locked,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: issue.comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: issue.closedBy === undefined ? null : presentAccount(world, issue.closedBy),
    author_association: association(repository, issue.author),
    body: issue.body,
    ...pullLinks(world, repository, issue),
  };
}

export function presentComment(world: World, repository: Repository, issue: Issue, comment: Comment): JsonObject {
  return {
    url: `${repositoryUrl(world, repository)}/issues/comments/${comment.id}`,
    html_url: `${issuePage(world, repository, issue)}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world, repository)}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: presentAccount(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(repository, comment.author),
    body: comment.body,
    performed_via_github_app: null,
  };
}
