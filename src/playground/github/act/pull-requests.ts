/** Opening and editing pull requests. */
import type { JsonObject } from '../../../domain/json.ts';
import { readRef } from '../../git-http/bare-repository.ts';
import { revList } from '../../git-http/history.ts';
import { announce } from '../announce.ts';
import { ApiError, invalid } from '../api-error.ts';
import { canSee } from '../access.ts';
import type { Account, Repository } from '../model.ts';
import { fullName, pullRequestsOf } from '../world.ts';
import type { PullRequestRecord, World } from '../world.ts';
import { closePull, takeHead } from './move-branch.ts';
import { describePull } from './pull-details.ts';

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  /** `branch` or `owner:branch`. */
  readonly head: string;
  /** Name of the head repository, needed when base and head have the same owner. */
  readonly headRepository: string | undefined;
  readonly base: string;
  readonly draft: boolean;
}

function rootOf(repository: Repository): number {
  return repository.parentId ?? repository.id;
}

/** The repository and branch a `head` names; only repositories of the same network count. */
function findHead(
  world: World,
  base: Repository,
  input: NewPull,
  by: Account,
): { repository: Repository; branch: string } {
  const colon = input.head.indexOf(':');
  const branch = input.head.slice(colon + 1);
  if (colon < 0 && input.headRepository === undefined) return { repository: base, branch };
  const owner = colon < 0 ? base.owner.login : input.head.slice(0, colon);
  const name = input.headRepository?.split('/').at(-1);
  const network = [...world.repositories.values()].filter((repository) => rootOf(repository) === rootOf(base));
  const owned = network.filter((repository) => repository.owner.login.toLowerCase() === owner.toLowerCase());
  const named =
    name === undefined
      ? (owned.find(({ id }) => id === base.id) ?? owned[0])
      : owned.find((item) => item.name === name);
  if (named === undefined || !canSee({ kind: 'user', account: by }, named))
    throw invalid('PullRequest', 'head', 'invalid');
  return { repository: named, branch };
}

/** @throws ApiError 422 as GitHub: unknown branches, nothing to merge, one that is open already */
export async function openPull(
  world: World,
  repository: Repository,
  by: Account,
  input: NewPull,
): Promise<PullRequestRecord> {
  const head = findHead(world, repository, input, by);
  const [headSha, baseSha] = await Promise.all([
    readRef(head.repository.directory, `refs/heads/${head.branch}`),
    readRef(repository.directory, `refs/heads/${input.base}`),
  ]);
  if (baseSha === undefined) throw invalid('PullRequest', 'base', 'invalid');
  if (headSha === undefined) throw invalid('PullRequest', 'head', 'invalid');
  const same = pullRequestsOf(repository).find(
    ({ state, pull }) =>
      state === 'open' &&
      pull.base.branch === input.base &&
      pull.head.branch === head.branch &&
      pull.head.repositoryId === head.repository.id,
  );
  const label = `${head.repository.owner.login}:${head.branch}`;
  if (same !== undefined) throw custom(`A pull request already exists for ${label}.`);
  const number = repository.nextNumber;
  const at = world.now();
  const issue: PullRequestRecord = {
    id: world.nextId(),
    number,
    author: by,
    title: input.title,
    body: input.body,
    state: 'open',
    stateReason: null,
    locked: false,
    labels: [],
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    closedBy: undefined,
    comments: [],
    pull: {
      id: world.nextId(),
      base: { branch: input.base, sha: baseSha },
      head: { repositoryId: head.repository.id, owner: head.repository.owner, branch: head.branch, sha: headSha },
      draft: input.draft,
      merged: undefined,
      mergeability: 'unknown',
      reviews: [],
    },
  };
  await takeHead(world, repository, issue, headSha);
  const own = await revList(repository.directory, ['--max-count=1', `${baseSha}..${headSha}`]);
  if (own.length === 0) throw custom(`No commits between ${input.base} and ${input.head}`);
  repository.nextNumber += 1;
  repository.issues.set(number, issue);
  announce(world, repository, by, 'pull_request', 'opened', {
    number,
    pull_request: await describePull(world, repository, issue),
  });
  return issue;
}

function custom(message: string): ApiError {
  const error = { resource: 'PullRequest', code: 'custom', message };
  return new ApiError(422, { message: 'Validation Failed', errors: [error] });
}

export interface PullEdit {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  readonly base?: string | undefined;
}

/** Applies an edit and says what changed: `edited`, `closed`, `reopened`. */
export async function editPull(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  edit: PullEdit,
): Promise<void> {
  const { pull } = issue;
  const changes: Record<string, JsonObject> = {};
  if (edit.title !== undefined && edit.title !== issue.title) {
    changes['title'] = { from: issue.title };
    issue.title = edit.title;
  }
  if (edit.body !== undefined && edit.body !== issue.body) {
    changes['body'] = { from: issue.body };
    issue.body = edit.body;
  }
  if (edit.base !== undefined && edit.base !== pull.base.branch) {
    if (issue.state === 'closed') throw custom('Cannot change the base branch of a closed pull request.');
    const sha = await readRef(repository.directory, `refs/heads/${edit.base}`);
    if (sha === undefined) throw custom(`Proposed base branch '${edit.base}' was not found`);
    changes['base'] = { ref: { from: pull.base.branch }, sha: { from: pull.base.sha } };
    pull.base = { branch: edit.base, sha };
    pull.mergeability = 'unknown';
  }
  issue.updatedAt = world.now();
  if (Object.keys(changes).length > 0) await say(world, repository, issue, by, 'edited', { changes });
  if (edit.state === 'closed' && issue.state === 'open') await closePull(world, repository, issue, by);
  if (edit.state === 'open' && issue.state === 'closed') await reopen(world, repository, issue, by);
}

async function reopen(world: World, repository: Repository, issue: PullRequestRecord, by: Account): Promise<void> {
  const { pull } = issue;
  const source = world.repositories.get(pull.head.repositoryId);
  const head = source === undefined ? undefined : await readRef(source.directory, `refs/heads/${pull.head.branch}`);
  if (pull.merged !== undefined || head === undefined) {
    throw invalid('PullRequest', 'state', 'custom', 'state cannot be changed. The pull request cannot be reopened.');
  }
  await takeHead(world, repository, issue, head);
  issue.state = 'open';
  issue.closedAt = null;
  issue.closedBy = undefined;
  pull.mergeability = 'unknown';
  await say(world, repository, issue, by, 'reopened', {});
}

/** Takes a pull request out of draft. */
export async function markReady(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
): Promise<void> {
  if (!issue.pull.draft) return;
  issue.pull.draft = false;
  issue.updatedAt = world.now();
  await say(world, repository, issue, by, 'ready_for_review', {});
}

async function say(
  world: World,
  repository: Repository,
  issue: PullRequestRecord,
  by: Account,
  action: string,
  fields: JsonObject,
): Promise<void> {
  const payload = { number: issue.number, pull_request: await describePull(world, repository, issue), ...fields };
  announce(world, repository, by, 'pull_request', action, payload);
}

/** `owner/name#7`: how texts refer to a pull request. */
export function referenceTo(repository: Repository, issue: PullRequestRecord): string {
  return `${fullName(repository)}#${issue.number}`;
}
