/** Routes of pull requests and their reviews. */
import { isSha } from '../../git-http/bare-repository.ts';
import { log } from '../../git-http/history.ts';
import { accountOf } from '../access.ts';
import { forbidden, invalid, notFound } from '../api-error.ts';
import { addReview, dismissReview } from '../act/discussion.ts';
import { mergePull } from '../act/merge-pull-request.ts';
import { describePull, findMergeability, pullRange } from '../act/pull-details.ts';
import { editPull, openPull } from '../act/pull-requests.ts';
import { atLeast, roleOf } from '../access.ts';
import type { Review } from '../model.ts';
import { presentCommit, presentFile } from '../present/commit.ts';
import { presentPullSimple, presentReview } from '../present/pull-request.ts';
import { oneOf, optionalFlag, optionalText, text } from '../request-body.ts';
import type { Reply, RepositoryCall, RepositoryRoute } from '../router.ts';
import { needs } from '../router.ts';
import { pullRequest, pullRequestsOf } from '../world.ts';
import type { PullRequestRecord } from '../world.ts';

function found(call: RepositoryCall): PullRequestRecord {
  return pullRequest(call.repository, call.number('number'));
}

/** GitHub's list of files stops here. */
const mostFiles = 3000;

function list(call: RepositoryCall): Reply {
  const { query, repository, world } = call;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const pulls = pullRequestsOf(repository)
    .filter((issue) => state === 'all' || issue.state === state)
    .filter(({ pull }) => base === null || pull.base.branch === base)
    .filter(({ pull }) => head === null || `${pull.head.owner.login}:${pull.head.branch}` === head);
  const sort = query.get('sort') ?? 'created';
  const key = (issue: PullRequestRecord): string => (sort === 'updated' ? issue.updatedAt : issue.createdAt);
  pulls.sort((one, other) => key(one).localeCompare(key(other)) || one.number - other.number);
  const ascending = (query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc')) === 'asc';
  return { list: (ascending ? pulls : pulls.reverse()).map((issue) => presentPullSimple(world, repository, issue)) };
}

async function create(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const issue = await openPull(world, repository, accountOf(call.actor), {
    title: text(body, 'PullRequest', 'title'),
    body: optionalText(body, 'body') ?? null,
    head: text(body, 'PullRequest', 'head'),
    headRepository: optionalText(body, 'head_repo'),
    base: text(body, 'PullRequest', 'base'),
    draft: optionalFlag(body, 'draft') ?? false,
  });
  return { status: 201, body: await describePull(world, repository, issue) };
}

/** The first look after a change answers `mergeable: null`, as GitHub's does while it computes. */
async function get(call: RepositoryCall): Promise<Reply> {
  const issue = found(call);
  const body = await describePull(call.world, call.repository, issue);
  await findMergeability(call.world, call.repository, issue);
  return { status: 200, body };
}

async function patch(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const issue = found(call);
  const by = accountOf(call.actor);
  if (issue.author.id !== by.id && by.type !== 'Bot' && !atLeast(roleOf(repository, by), 'triage')) {
    throw forbidden('Must have push access to repository');
  }
  const state = optionalText(body, 'state');
  await editPull(world, repository, issue, by, {
    title: optionalText(body, 'title'),
    body: optionalText(body, 'body'),
    state: state === undefined ? undefined : oneOf('PullRequest', 'state', state, ['open', 'closed'] as const),
    base: optionalText(body, 'base'),
  });
  return { status: 200, body: await describePull(world, repository, issue) };
}

async function merge(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const method = optionalText(body, 'merge_method') ?? 'merge';
  const sha = await mergePull(world, repository, found(call), accountOf(call.actor), {
    method: oneOf('PullRequest', 'merge_method', method, ['merge', 'squash', 'rebase']),
    sha: optionalText(body, 'sha'),
    title: optionalText(body, 'commit_title'),
    message: optionalText(body, 'commit_message'),
  });
  return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
}

async function files(call: RepositoryCall): Promise<Reply> {
  const { pull } = found(call);
  const range = await pullRange(call.repository, pull);
  const listed = range.files.slice(0, mostFiles);
  return { list: listed.map((file) => presentFile(call.world, call.repository, pull.head.sha, file)) };
}

async function commits(call: RepositoryCall): Promise<Reply> {
  const { pull } = found(call);
  const range = [`${pull.base.sha}..${pull.head.sha}`];
  const own = await log(call.repository.directory, range, { oldestFirst: true });
  return { list: own.slice(0, 250).map((commit) => presentCommit(call.world, call.repository, commit)) };
}

function findReview(call: RepositoryCall): { issue: PullRequestRecord; review: Review } {
  const issue = found(call);
  const review = issue.pull.reviews.find(({ id }) => id === call.number('review'));
  if (review === undefined) throw notFound();
  return { issue, review };
}

function createReview(call: RepositoryCall): Reply {
  const { body, repository, world } = call;
  const event = optionalText(body, 'event');
  const commit = optionalText(body, 'commit_id');
  if (commit !== undefined && !isSha(commit)) throw invalid('PullRequestReview', 'commit_id', 'invalid');
  const issue = found(call);
  const review = addReview(world, repository, issue, accountOf(call.actor), {
    event:
      event === undefined
        ? undefined
        : oneOf('PullRequestReview', 'event', event, ['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] as const),
    body: optionalText(body, 'body') ?? '',
    commit,
  });
  return { status: 200, body: presentReview(world, repository, issue, review) };
}

function dismiss(call: RepositoryCall): Reply {
  const { issue, review } = findReview(call);
  text(call.body, 'PullRequestReview', 'message');
  dismissReview(call.world, call.repository, issue, review, accountOf(call.actor));
  return { status: 200, body: presentReview(call.world, call.repository, issue, review) };
}

const read = needs('pull_requests', 'read');

export const pullRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', pattern: '/pulls', needs: read, handle: list },
  { method: 'POST', pattern: '/pulls', needs: needs('pull_requests', 'write', 'read'), handle: create },
  { method: 'GET', pattern: '/pulls/{number}', needs: read, handle: get },
  { method: 'PATCH', pattern: '/pulls/{number}', needs: needs('pull_requests', 'write', 'read'), handle: patch },
  {
    method: 'GET',
    pattern: '/pulls/{number}/merge',
    needs: read,
    handle: (call) => {
      if (found(call).pull.merged === undefined) throw notFound();
      return { status: 204 };
    },
  },
  { method: 'PUT', pattern: '/pulls/{number}/merge', needs: needs('contents', 'write'), handle: merge },
  { method: 'GET', pattern: '/pulls/{number}/files', needs: read, handle: files },
  { method: 'GET', pattern: '/pulls/{number}/commits', needs: read, handle: commits },
  {
    method: 'GET',
    pattern: '/pulls/{number}/reviews',
    needs: read,
    handle: (call) => {
      const issue = found(call);
      return { list: issue.pull.reviews.map((review) => presentReview(call.world, call.repository, issue, review)) };
    },
  },
  {
    method: 'POST',
    pattern: '/pulls/{number}/reviews',
    needs: needs('pull_requests', 'write', 'read'),
    handle: createReview,
  },
  {
    method: 'GET',
    pattern: '/pulls/{number}/reviews/{review}',
    needs: read,
    handle: (call) => {
      const { issue, review } = findReview(call);
      return { status: 200, body: presentReview(call.world, call.repository, issue, review) };
    },
  },
  {
    method: 'PUT',
    pattern: '/pulls/{number}/reviews/{review}/dismissals',
    needs: needs('pull_requests', 'write'),
    handle: dismiss,
  },
];
