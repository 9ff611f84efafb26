/** Acting as somebody: the short forms by which tests and the playground open, merge and revert. Every act takes the way an HTTP request takes. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import { readRef } from '../git-http/bare-repository.ts';
import type { FileChanges } from '../git-http/write-commit.ts';
import { demand } from './access.ts';
import { moveRef } from './act/move-branch.ts';
import type { MergeMethod } from './act/merge-pull-request.ts';
import { writeFiles } from './act/write-files.ts';
import { notFound } from './api-error.ts';
import type { Account, Repository } from './model.ts';
import { perform } from './perform.ts';
import { nodeId } from './present/account.ts';
import { text } from './request-body.ts';
import { needs } from './router.ts';
import { fullName, pullRequest } from './world.ts';
import type { World } from './world.ts';

export interface OpenedPull {
  readonly number: number;
  readonly head: string;
  readonly branch: string;
  readonly url: string;
}

export interface PullInput {
  /** `owner/name` of the repository it is opened in. */
  readonly repo: string;
  readonly branch: string;
  readonly title?: string;
  readonly body?: string;
  /** Default: the default branch. */
  readonly base?: string;
  /** Content of the branch's one new commit, null removes a path. Absent: the branch is there already. */
  readonly files?: FileChanges;
  /** `owner/name` of the fork the branch lives in. */
  readonly from?: string;
  readonly draft?: boolean;
}

export interface PushOptions {
  readonly message?: string;
  /** Throws the branch's commits away and builds on this commit; `true`: on the default branch's head. */
  readonly force?: boolean | string;
}

/** All throw ApiError when GitHub would refuse. `repo` is `owner/name`. */
export interface Person {
  readonly account: Account;
  openPullRequest(input: PullInput): Promise<OpenedPull>;
  /** One commit on a branch, which is made from the default branch when it is new; answers its id. */
  push(repo: string, branch: string, files: FileChanges, options?: PushOptions): Promise<string>;
  deleteBranch(repo: string, branch: string): Promise<void>;
  comment(repo: string, number: number, body: string): Promise<{ readonly id: number }>;
  editComment(repo: string, id: number, body: string): Promise<void>;
  deleteComment(repo: string, id: number): Promise<void>;
  /** @returns the id of the commit the merge made */
  merge(repo: string, number: number, method?: MergeMethod, sha?: string): Promise<string>;
  /** The Revert button. */
  revert(repo: string, number: number): Promise<OpenedPull>;
  /** @returns the review's id */
  review(
    repo: string,
    number: number,
    event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT',
    options?: { readonly body?: string; readonly commit?: string },
  ): Promise<number>;
  dismissReview(repo: string, number: number, review: number): Promise<void>;
  edit(
    repo: string,
    number: number,
    change: {
      readonly title?: string;
      readonly body?: string;
      readonly state?: 'open' | 'closed';
      readonly base?: string;
    },
  ): Promise<void>;
  markReady(repo: string, number: number): Promise<void>;
  /** @returns `owner/name` of the fork */
  fork(repo: string, to?: { readonly owner?: string; readonly name?: string }): Promise<string>;
  rerequestCheck(repo: string, checkRun: number): Promise<void>;
  /** Any other request of the API, as this person. */
  request(method: string, path: string, body?: JsonObject): Promise<Json | undefined>;
}

export function actAs(world: World, find: (repo: string) => Repository, account: Account): Person {
  const actor = { kind: 'user', account } as const;
  const request = async (method: string, path: string, body: JsonObject = {}): Promise<Json | undefined> => {
    const url = new URL(path, world.url);
    return (await perform(world, actor, { method, path: url.pathname, query: url.searchParams, body })).body;
  };
  const change = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const answer = await request(method, path, body);
    return isJsonObject(answer) ? answer : {};
  };
  const at = (repo: string): string => `/repositories/${find(repo).id}`;
  const push = async (repo: string, branch: string, files: FileChanges, options: PushOptions = {}): Promise<string> => {
    const repository = find(repo);
    demand(world, actor, repository, needs('contents', 'write'));
    const { force, message = `Update ${branch}` } = options;
    return world.exclusively(async () => {
      const main =
        force === true ? await readRef(repository.directory, `refs/heads/${repository.defaultBranch}`) : undefined;
      const onto = typeof force === 'string' ? force : main;
      return writeFiles(world, repository, account, { branch, changes: files, message, onto, onPage: false });
    });
  };
  const opened = (repo: string, number: unknown): OpenedPull => {
    const issue = pullRequest(find(repo), Number(number));
    const { branch, sha } = issue.pull.head;
    return {
      number: issue.number,
      head: sha,
      branch,
      url: `${world.url}/${fullName(find(repo))}/pull/${issue.number}`,
    };
  };
  const openPullRequest = async (input: PullInput): Promise<OpenedPull> => {
    const { base, body = '', branch, draft = false, files, from, repo, title = `Change ${branch}` } = input;
    if (files !== undefined) await push(from ?? repo, branch, files, { message: title });
    const source = from === undefined ? undefined : find(from);
    const head =
      source === undefined ? { head: branch } : { head: `${source.owner.login}:${branch}`, head_repo: source.name };
    const fields = { title, body, draft, base: base ?? find(repo).defaultBranch, ...head };
    return opened(repo, (await change('POST', `${at(repo)}/pulls`, fields))['number']);
  };
  return {
    account,
    openPullRequest,
    push,
    request,
    ...conversation(change, at),
    ...branchWork(world, find, account, change, opened, at),
  };
}

type Change = (method: string, path: string, body?: JsonObject) => Promise<JsonObject>;

function conversation(
  change: Change,
  at: (repo: string) => string,
): Pick<
  Person,
  'comment' | 'editComment' | 'deleteComment' | 'review' | 'dismissReview' | 'edit' | 'rerequestCheck' | 'merge'
> {
  return {
    comment: async (repo, number, body) => {
      const comment = await change('POST', `${at(repo)}/issues/${number}/comments`, { body });
      return { id: Number(comment['id']) };
    },
    editComment: async (repo, id, body) => void (await change('PATCH', `${at(repo)}/issues/comments/${id}`, { body })),
    deleteComment: async (repo, id) => void (await change('DELETE', `${at(repo)}/issues/comments/${id}`)),
    review: async (repo, number, event, { body = 'Reviewed.', commit } = {}) => {
      const fields = { event, body, ...(commit === undefined ? {} : { commit_id: commit }) };
      return Number((await change('POST', `${at(repo)}/pulls/${number}/reviews`, fields))['id']);
    },
    dismissReview: async (repo, number, review) => {
      await change('PUT', `${at(repo)}/pulls/${number}/reviews/${review}/dismissals`, { message: 'Dismissed.' });
    },
    edit: async (repo, number, fields) => void (await change('PATCH', `${at(repo)}/pulls/${number}`, { ...fields })),
    rerequestCheck: async (repo, checkRun) =>
      void (await change('POST', `${at(repo)}/check-runs/${checkRun}/rerequest`)),
    merge: async (repo, number, method = 'merge', sha) => {
      const fields = { merge_method: method, ...(sha === undefined ? {} : { sha }) };
      return text(await change('PUT', `${at(repo)}/pulls/${number}/merge`, fields), 'Merge', 'sha');
    },
  };
}

function branchWork(
  world: World,
  find: (repo: string) => Repository,
  account: Account,
  change: Change,
  opened: (repo: string, number: unknown) => OpenedPull,
  at: (repo: string) => string,
): Pick<Person, 'deleteBranch' | 'revert' | 'markReady' | 'fork'> {
  const mutate = async (repo: string, number: number, mutation: string, answer: string): Promise<JsonObject> => {
    const id = nodeId('PR', pullRequest(find(repo), number).pull.id);
    const document = `mutation($id: ID!) { done: ${mutation}(input: {pullRequestId: $id}) { ${answer} { number } } }`;
    const { data, errors } = await change('POST', '/graphql', { query: document, variables: { id } });
    const [error] = Array.isArray(errors) ? errors : [];
    if (isJsonObject(error)) throw new Error(text(error, 'Error', 'message'));
    const done = isJsonObject(data) ? data['done'] : undefined;
    const pull = isJsonObject(done) ? done[answer] : undefined;
    return isJsonObject(pull) ? pull : {};
  };
  return {
    deleteBranch: async (repo, branch) => {
      const repository = find(repo);
      demand(world, { kind: 'user', account }, repository, needs('contents', 'write'));
      await world.exclusively(async () => {
        const ref = `refs/heads/${branch}`;
        const before = await readRef(repository.directory, ref);
        if (before === undefined) throw notFound();
        await moveRef(world, repository, { ref, before, after: undefined }, account);
      });
    },
    revert: async (repo, number) => {
      return opened(repo, (await mutate(repo, number, 'revertPullRequest', 'revertPullRequest'))['number']);
    },
    markReady: async (repo, number) =>
      void (await mutate(repo, number, 'markPullRequestReadyForReview', 'pullRequest')),
    fork: async (repo, to = {}) => {
      const name = to.name === undefined ? {} : { name: to.name };
      const organization = to.owner === undefined || to.owner === account.login ? {} : { organization: to.owner };
      return text(await change('POST', `${at(repo)}/forks`, { ...name, ...organization }), 'Repository', 'full_name');
    },
  };
}
