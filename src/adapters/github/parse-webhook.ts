/**
 * From a verified GitHub webhook to jobs. Only identity is taken from it (repository id, pull request, comment): whatever the payload says
 * about state, commits or permissions is asked again when the job runs, so old, swapped or reordered deliveries do no harm (H13–H15).
 */
import type { Person, PullRequestRef, RepositoryRef } from '../../domain/forge.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ParsedWebhook, WebhookHeaders } from '../../ports/intake.ts';
import type { Job } from '../../ports/jobs.ts';
import { decode, Malformed } from './decode.ts';
import {
  checkRunEvent,
  checkSuiteEvent,
  commentEvent,
  pullRequestEvent,
  pushEvent,
  withRepository,
} from './schema-webhooks.ts';

export interface ParseOptions {
  /** Name of the forge in the operator file. */
  readonly forge: string;
  /** Our App, so that other Apps' checks are told apart. */
  readonly appId: string;
}

/** `key` tells this happening from others of the same event and action; a redelivery has the same. */
type Outcome = { readonly jobs: readonly Job[]; readonly key: string } | { readonly ignored: string };
type Handler = (body: JsonObject, options: ParseOptions, deliveryId: string) => Outcome;

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['pull_request', onPullRequest],
  ['push', onPush],
  ['issue_comment', onComment],
  ['check_run', onCheckRun],
  ['check_suite', onCheckSuite],
]);

/** Pure. `body` is the parsed JSON of the very bytes that were verified. */
export function parseGitHub(headers: WebhookHeaders, body: JsonObject, options: ParseOptions): ParsedWebhook {
  const event = headers['x-github-event'];
  const deliveryId = headers['x-github-delivery'];
  if (typeof event !== 'string' || !/^[a-z_]{1,64}$/.test(event)) return malformed('no usable X-GitHub-Event header');
  if (typeof deliveryId !== 'string' || !/^[\w-]{1,64}$/.test(deliveryId)) {
    return malformed('no usable X-GitHub-Delivery header');
  }
  const handler = handlers.get(event);
  const action = typeof body['action'] === 'string' ? body['action'].slice(0, 64) : undefined;
  const name = action === undefined ? event : `${event}.${action}`;
  if (handler === undefined) return { kind: 'ignored', event, why: 'nothing listens to this event' };
  try {
    const outcome = handler(body, options, deliveryId);
    if ('ignored' in outcome) return { kind: 'ignored', event: name, why: outcome.ignored };
    const contentKey = `${options.forge}:${name}:${outcome.key}`;
    return { kind: 'jobs', deliveryId, contentKey, event: name, jobs: outcome.jobs };
  } catch (error) {
    if (error instanceof Malformed) return malformed(`${name}: ${error.message}`);
    throw error;
  }
}

const planningActions: ReadonlySet<string> = new Set([
  'opened',
  'synchronize',
  'reopened',
  'ready_for_review',
  'edited',
]);

function onPullRequest(body: JsonObject, options: ParseOptions): Outcome {
  const { action, number, pull_request: found, changes } = decode(pullRequestEvent, body);
  const repository = repositoryIn(body, options);
  const pullRequest = { repository, number };
  // The time of the change tells a second reopening of the same head from a redelivery of the first.
  const key = `${repository.id}:${number}:${found.head.sha}:${found.updated_at ?? ''}`;
  if (action === 'closed') return { jobs: [{ kind: 'branch', repository, branch: found.base.ref }], key };
  if (!planningActions.has(action)) return { ignored: 'this action changes no plan' };
  if (action === 'edited' && changes?.base === undefined) return { ignored: 'only words were edited' };
  return { jobs: [{ kind: 'plan', pullRequest }], key };
}

function onPush(body: JsonObject, options: ParseOptions): Outcome {
  const { ref, after, before, repository: pushed } = decode(pushEvent, body);
  const repository = repositoryIn(body, options);
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1];
  if (branch === undefined) return { ignored: 'not a branch' };
  // A branch may be moved to and fro between the same two commits: the time tells those pushes apart.
  const key = `${repository.id}:${ref}:${before}:${after}:${JSON.stringify(pushed.pushed_at ?? '')}`;
  return { jobs: [{ kind: 'branch', repository, branch }], key };
}

/** A command is the first line of a new comment on an open pull request. Edited comments never are one, whoever edits (H27). */
function onComment(body: JsonObject, options: ParseOptions): Outcome {
  const { action, comment, issue, sender } = decode(commentEvent, body);
  const repository = repositoryIn(body, options);
  if (action !== 'created') return { ignored: 'only new comments can be commands' };
  if (issue.pull_request === undefined) return { ignored: 'not on a pull request' };
  if (issue.state !== 'open' && issue.pull_request.merged_at === undefined)
    return { ignored: 'the pull request is closed' };
  const author = comment.user;
  if (author === undefined || author.type !== 'User') return { ignored: 'not written by a person' };
  if (comment.performed_via_github_app !== undefined) return { ignored: 'written by an App' };
  if (sender?.id !== author.id) return { ignored: 'the sender is not the author' };
  const line = (comment.body ?? '').split(/\r?\n/, 1)[0] ?? '';
  if (!/^\/fairlead(?=[ \t]|$)/.test(line)) return { ignored: 'not a command' };
  const by: Person = { id: author.id, login: author.login, bot: false };
  const pullRequest: PullRequestRef = { repository, number: issue.number };
  const job: Job = { kind: 'command', pullRequest, by, commentId: comment.id, line: line.trimEnd().slice(0, 1_000) };
  return { jobs: [job], key: `${repository.id}:${issue.number}:${comment.id}` };
}

function onCheckRun(body: JsonObject, options: ParseOptions, deliveryId: string): Outcome {
  const { action, check_run: run } = decode(checkRunEvent, body);
  if (action !== 'rerequested') return { ignored: 'only re-runs matter' };
  return replanned(body, options, run.app.id, run.check_suite?.pull_requests ?? run.pull_requests, deliveryId);
}

function onCheckSuite(body: JsonObject, options: ParseOptions, deliveryId: string): Outcome {
  const { action, check_suite: suite } = decode(checkSuiteEvent, body);
  if (action !== 'rerequested') return { ignored: 'only re-runs matter' };
  return replanned(body, options, suite.app.id, suite.pull_requests, deliveryId);
}

/**
 * A check can be asked for again and again, and nothing in the payload tells one time from the next but the delivery; planning twice does
 * no harm. For the head of a fork GitHub leaves the list of pull requests empty: the next tick plans those.
 */
function replanned(
  body: JsonObject,
  options: ParseOptions,
  appId: string,
  pullRequests: readonly { readonly number: number; readonly base: { readonly repo: { readonly id: string } } }[],
  deliveryId: string,
): Outcome {
  const repository = repositoryIn(body, options);
  if (appId !== options.appId) return { ignored: "another App's check" };
  const ours = pullRequests.filter(({ base }) => base.repo.id === repository.id);
  if (ours.length === 0) return { ignored: 'the check names no pull request of this repository' };
  const jobs = ours.map(({ number }): Job => ({ kind: 'plan', pullRequest: { repository, number } }));
  return { jobs, key: `${repository.id}:${deliveryId}` };
}

function repositoryIn(body: JsonObject, options: ParseOptions): RepositoryRef {
  const { id, full_name: fullName } = decode(withRepository, body).repository;
  return { forge: options.forge, id, fullName };
}

function malformed(why: string): ParsedWebhook {
  return { kind: 'malformed', why };
}
