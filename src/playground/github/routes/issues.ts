/** Routes of issues and their comments. */
import { isJsonObject } from '../../../domain/json.ts';
import { accountOf, atLeast, roleOf } from '../access.ts';
import {
  addComment,
  checkBody,
  deleteComment,
  editComment,
  editIssue,
  findComment,
  openIssue,
} from '../act/discussion.ts';
import { editPull } from '../act/pull-requests.ts';
import { forbidden } from '../api-error.ts';
import { presentComment, presentIssue } from '../present/issue.ts';
import { oneOf, optionalList, optionalText, text } from '../request-body.ts';
import type { Reply, RepositoryCall, RepositoryRoute } from '../router.ts';
import { needs } from '../router.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Issue } from '../model.ts';
import { isPullRequest, issue as findIssue } from '../world.ts';

function found(call: RepositoryCall): Issue {
  return findIssue(call.repository, call.number('number'));
}

function labelsOf(body: JsonObject): readonly string[] | undefined {
  return optionalList(body, 'labels')?.flatMap((label) => {
    if (typeof label === 'string') return [label];
    return isJsonObject(label) && typeof label['name'] === 'string' ? [label['name']] : [];
  });
}

function list(call: RepositoryCall): Reply {
  const { query, repository, world } = call;
  const state = query.get('state') ?? 'open';
  const creator = query.get('creator')?.toLowerCase();
  const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
  const since = query.get('since');
  const issues = [...repository.issues.values()]
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => creator === undefined || issue.author.login.toLowerCase() === creator)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)))
    .filter((issue) => since === null || Date.parse(issue.updatedAt) >= Date.parse(since));
  const ordered = query.get('direction') === 'asc' ? issues : issues.reverse();
  return { list: ordered.map((issue) => presentIssue(world, repository, issue)) };
}

function create(call: RepositoryCall): Reply {
  const { body, repository, world } = call;
  const words = optionalText(body, 'body');
  checkBody('Issue', words);
  const issue = openIssue(world, repository, accountOf(call.actor), {
    title: text(body, 'Issue', 'title'),
    body: words ?? null,
    labels: labelsOf(body) ?? [],
  });
  return { status: 201, body: presentIssue(world, repository, issue) };
}

async function patch(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const issue = found(call);
  const by = accountOf(call.actor);
  if (issue.author.id !== by.id && by.type !== 'Bot' && !atLeast(roleOf(repository, by), 'triage')) {
    throw forbidden('Must have admin rights to Repository.');
  }
  const state = optionalText(body, 'state');
  const words = optionalText(body, 'body');
  checkBody('Issue', words);
  const edit = {
    title: optionalText(body, 'title'),
    body: words,
    state: state === undefined ? undefined : oneOf('Issue', 'state', state, ['open', 'closed'] as const),
  };
  if (isPullRequest(issue)) await editPull(world, repository, issue, by, edit);
  else
    editIssue(world, repository, issue, by, {
      ...edit,
      stateReason: optionalText(body, 'state_reason'),
      labels: labelsOf(body),
    });
  return { status: 200, body: presentIssue(world, repository, issue) };
}

function lock(locked: boolean): RepositoryRoute['handle'] {
  return (call) => {
    found(call).locked = locked;
    return { status: 204 };
  };
}

function comments(call: RepositoryCall): Reply {
  const issue = found(call);
  const since = call.query.get('since');
  const shown = issue.comments.filter(
    (comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since),
  );
  return { list: shown.map((comment) => presentComment(call.world, call.repository, issue, comment)) };
}

function comment(call: RepositoryCall): Reply {
  const issue = found(call);
  const words = text(call.body, 'IssueComment', 'body');
  const made = addComment(call.world, call.repository, issue, accountOf(call.actor), words);
  const body = presentComment(call.world, call.repository, issue, made);
  return { status: 201, body, headers: { location: text(body, 'IssueComment', 'url') } };
}

const read = needs('issues', 'read');
const write = needs('issues', 'write', 'read');

export const issueRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', pattern: '/issues', needs: read, handle: list },
  { method: 'POST', pattern: '/issues', needs: write, handle: create },
  {
    method: 'GET',
    pattern: '/issues/{number}',
    needs: read,
    handle: (call) => ({ status: 200, body: presentIssue(call.world, call.repository, found(call)) }),
  },
  { method: 'PATCH', pattern: '/issues/{number}', needs: write, handle: patch },
  { method: 'PUT', pattern: '/issues/{number}/lock', needs: needs('issues', 'write'), handle: lock(true) },
  { method: 'DELETE', pattern: '/issues/{number}/lock', needs: needs('issues', 'write'), handle: lock(false) },
  { method: 'GET', pattern: '/issues/{number}/comments', needs: read, handle: comments },
  { method: 'POST', pattern: '/issues/{number}/comments', needs: write, handle: comment },
  {
    method: 'GET',
    pattern: '/issues/comments/{comment}',
    needs: read,
    handle: (call) => {
      const { issue, comment } = findComment(call.repository, call.number('comment'));
      return { status: 200, body: presentComment(call.world, call.repository, issue, comment) };
    },
  },
  {
    method: 'PATCH',
    pattern: '/issues/comments/{comment}',
    needs: write,
    handle: (call) => {
      const target = findComment(call.repository, call.number('comment'));
      const words = text(call.body, 'IssueComment', 'body');
      editComment(call.world, call.repository, target, accountOf(call.actor), words);
      return { status: 200, body: presentComment(call.world, call.repository, target.issue, target.comment) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/issues/comments/{comment}',
    needs: write,
    handle: (call) => {
      const target = findComment(call.repository, call.number('comment'));
      deleteComment(call.world, call.repository, target, accountOf(call.actor));
      return { status: 204 };
    },
  },
];
