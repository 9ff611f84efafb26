/** Issues, comments and reviews: who may write them and what is announced. */
import { announce } from '../announce.ts';
import { ApiError, forbidden, invalid, notFound } from '../api-error.ts';
import { atLeast, roleOf } from '../access.ts';
import type { Account, Comment, Issue, Repository, Review } from '../model.ts';
import { presentComment, presentIssue } from '../present/issue.ts';
import { presentPullSimple, presentReview } from '../present/pull-request.ts';
import { atMost } from '../request-body.ts';
import type { PullRequestRecord, World } from '../world.ts';

/** What GitHub's error message names as its limit. */
const longestBody = 65_536;

/** @throws ApiError 422 when the text is longer than GitHub takes */
export function checkBody(resource: string, body: string | undefined): void {
  atMost(resource, 'body', body, longestBody);
}

export function openIssue(
  world: World,
  repository: Repository,
  by: Account,
  input: { readonly title: string; readonly body: string | null; readonly labels: readonly string[] },
): Issue {
  const at = world.now();
  const issue: Issue = {
    id: world.nextId(),
    number: repository.nextNumber,
    author: by,
    ...input,
    state: 'open',
    stateReason: null,
    locked: false,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    closedBy: undefined,
    comments: [],
    pull: undefined,
  };
  repository.nextNumber += 1;
  repository.issues.set(issue.number, issue);
  announce(world, repository, by, 'issues', 'opened', { issue: presentIssue(world, repository, issue) });
  return issue;
}

export interface IssueEdit {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  readonly stateReason?: string | undefined;
  readonly labels?: readonly string[] | undefined;
}

export function editIssue(world: World, repository: Repository, issue: Issue, by: Account, edit: IssueEdit): void {
  issue.title = edit.title ?? issue.title;
  if (edit.body !== undefined) issue.body = edit.body;
  issue.labels = edit.labels ?? issue.labels;
  issue.updatedAt = world.now();
  if (edit.state === undefined || edit.state === issue.state) return;
  const closed = edit.state === 'closed';
  issue.state = edit.state;
  issue.stateReason = closed ? (edit.stateReason ?? 'completed') : 'reopened';
  issue.closedAt = closed ? world.now() : null;
  issue.closedBy = closed ? by : undefined;
  announce(world, repository, by, 'issues', closed ? 'closed' : 'reopened', {
    issue: presentIssue(world, repository, issue),
  });
}

function mayModerate(repository: Repository, by: Account): boolean {
  return by.type === 'Bot' || atLeast(roleOf(repository, by), 'write');
}

export function addComment(world: World, repository: Repository, issue: Issue, by: Account, body: string): Comment {
  checkBody('IssueComment', body);
  if (issue.locked && !atLeast(roleOf(repository, by), 'write')) {
    throw forbidden('Unable to create comment because issue is locked.');
  }
  const at = world.now();
  const comment: Comment = { id: world.nextId(), author: by, body, createdAt: at, updatedAt: at };
  issue.comments.push(comment);
  issue.updatedAt = at;
  announce(world, repository, by, 'issue_comment', 'created', commentFields(world, repository, issue, comment));
  return comment;
}

/** @throws ApiError 403 when the comment is another's and the editor has no write access */
export function editComment(
  world: World,
  repository: Repository,
  found: FoundComment,
  by: Account,
  body: string,
): void {
  const { issue, comment } = found;
  checkBody('IssueComment', body);
  if (comment.author.id !== by.id && !mayModerate(repository, by))
    throw forbidden('Must have push access to repository');
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.now();
  const fields = { changes: { body: { from } }, ...commentFields(world, repository, issue, comment) };
  announce(world, repository, by, 'issue_comment', 'edited', fields);
}

export function deleteComment(
  world: World,
  repository: Repository,
  { issue, comment }: FoundComment,
  by: Account,
): void {
  if (comment.author.id !== by.id && !mayModerate(repository, by))
    throw forbidden('Must have push access to repository');
  issue.comments.splice(issue.comments.indexOf(comment), 1);
  announce(world, repository, by, 'issue_comment', 'deleted', commentFields(world, repository, issue, comment));
}

function commentFields(world: World, repository: Repository, issue: Issue, comment: Comment) {
  return {
    issue: presentIssue(world, repository, issue),
    comment: presentComment(world, repository, issue, comment),
  };
}

export interface FoundComment {
  readonly issue: Issue;
  readonly comment: Comment;
}

/** @throws ApiError 404 */
export function findComment(repository: Repository, id: number): FoundComment {
  for (const issue of repository.issues.values()) {
    const comment = issue.comments.find((candidate) => candidate.id === id);
    if (comment !== undefined) return { issue, comment };
  }
  throw notFound();
}

export interface NewReview {
  readonly event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT' | undefined;
  readonly body: string;
  readonly commit: string | undefined;
}

const states = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

export function addReview(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  input: NewReview,
): Review {
  const verdict =
    input.event === 'APPROVE' ? 'approve' : input.event === 'REQUEST_CHANGES' ? 'request changes on' : undefined;
  if (verdict !== undefined && issue.author.id === by.id) {
    throw new ApiError(422, { message: 'Unprocessable Entity', errors: [`Can not ${verdict} your own pull request`] });
  }
  if (input.event !== undefined && input.event !== 'APPROVE' && input.body === '') {
    throw invalid('PullRequestReview', 'body', 'missing_field');
  }
  const review: Review = {
    id: world.nextId(),
    author: by,
    body: input.body,
    state: input.event === undefined ? 'PENDING' : states[input.event],
    commit: input.commit ?? issue.pull.head.sha,
    submittedAt: world.now(),
  };
  issue.pull.reviews.push(review);
  if (review.state !== 'PENDING') announceReview(world, repository, issue, by, 'submitted', review);
  return review;
}

export function dismissReview(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  review: Review,
  by: Account,
): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw new ApiError(422, { message: 'Unprocessable Entity', errors: ['Can not dismiss this review'] });
  }
  review.state = 'DISMISSED';
  announceReview(world, repository, issue, by, 'dismissed', review);
}

function announceReview(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  action: string,
  review: Review,
): void {
  announce(world, repository, by, 'pull_request_review', action, {
    review: { ...presentReview(world, repository, issue, review), state: review.state.toLowerCase() },
    pull_request: presentPullSimple(world, repository, issue),
  });
}
