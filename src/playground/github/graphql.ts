/** The few GraphQL fields that have no REST call: reverting a pull request, taking it out of draft, and looking up node ids. */
import { isJsonObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { accountOf, canSee, demand } from './access.ts';
import { mergePull, revertPull } from './act/merge-pull-request.ts';
import { markReady } from './act/pull-requests.ts';
import { ApiError, badCredentials } from './api-error.ts';
import { GraphqlSyntaxError, parseOperation } from './graphql-document.ts';
import type { Field } from './graphql-document.ts';
import type { Actor, Repository } from './model.ts';
import { nodeId } from './present/account.ts';
import { pageUrl } from './present/repository.ts';
import { oneOf, optionalFlag, optionalObject, optionalText, text } from './request-body.ts';
import { needs } from './router.ts';
import { fullName, pullRequestsOf, repositoryNamed } from './world.ts';
import type { PullRequestRecord, World } from './world.ts';

class GraphqlError extends Error {
  override name = 'GraphqlError';
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Answers `POST /graphql`: 200 with `data` and, when something failed, `errors` as GitHub words them. */
export async function answerGraphql(world: World, actor: Actor, body: JsonObject): Promise<JsonObject> {
  if (actor.kind === 'anonymous' || actor.kind === 'app') throw badCredentials();
  const variables = optionalObject(body, 'variables') ?? {};
  const data: Record<string, Json> = {};
  const errors: JsonObject[] = [];
  try {
    const operation = parseOperation(text(body, 'Query', 'query'), variables);
    for (const field of operation.fields) {
      try {
        const resolve = operation.kind === 'mutation' ? mutate : query;
        data[field.alias] = select(await resolve(world, actor, field), field.fields);
      } catch (error) {
        data[field.alias] = null;
        errors.push(describe(error, field.alias));
      }
    }
  } catch (error) {
    if (error instanceof GraphqlSyntaxError) return { errors: [{ message: error.message }] };
    throw error;
  }
  return errors.length === 0 ? { data } : { data, errors };
}

function describe(error: unknown, path: string): JsonObject {
  if (error instanceof GraphqlError) return { type: error.type, path: [path], message: error.message };
  if (!(error instanceof ApiError)) throw error;
  const type = error.status === 403 ? 'FORBIDDEN' : error.status === 404 ? 'NOT_FOUND' : 'UNPROCESSABLE';
  return { type, path: [path], message: text(error.body, 'Error', 'message') };
}

/** Keeps the fields that were asked for. */
function select(value: Json | undefined, fields: readonly Field[]): Json {
  if (value === undefined || value === null) return null;
  if (fields.length === 0 || !isJsonObject(value)) return value;
  const object = value;
  return Object.fromEntries(
    fields.map((field) => {
      if (!(field.name in object)) {
        throw new GraphqlError('undefinedField', `Field '${field.name}' doesn't exist on this type in this stand-in`);
      }
      return [field.alias, select(object[field.name], field.fields)];
    }),
  );
}

function pullObject(world: World, repository: Repository, issue: PullRequestRecord): JsonObject {
  const { pull } = issue;
  const page = `${pageUrl(world, repository)}/pull/${issue.number}`;
  return {
    __typename: 'PullRequest',
    id: nodeId('PR', pull.id),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    url: page,
    permalink: page,
    state: pull.merged === undefined ? issue.state.toUpperCase() : 'MERGED',
    merged: pull.merged !== undefined,
    isDraft: pull.draft,
    headRefName: pull.head.branch,
    headRefOid: pull.head.sha,
    baseRefName: pull.base.branch,
    baseRefOid: pull.base.sha,
    repository: { id: nodeId('R', repository.id), databaseId: repository.id, nameWithOwner: fullName(repository) },
  };
}

function findPull(world: World, actor: Actor, id: string): { repository: Repository; issue: PullRequestRecord } {
  for (const repository of world.repositories.values()) {
    if (!canSee(actor, repository)) continue;
    const issue = pullRequestsOf(repository).find(({ pull }) => nodeId('PR', pull.id) === id);
    if (issue !== undefined) return { repository, issue };
  }
  throw new GraphqlError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function query(world: World, actor: Actor, field: Field): Json {
  if (field.name === 'viewer') {
    const account = accountOf(actor);
    return { login: account.login, databaseId: account.id, id: nodeId('U', account.id) };
  }
  if (field.name === 'node') {
    const { repository, issue } = findPull(world, actor, text(field.arguments, 'Query', 'id'));
    return pullObject(world, repository, issue);
  }
  if (field.name !== 'repository')
    throw new GraphqlError('undefinedField', `Field '${field.name}' doesn't exist on type 'Query'`);
  const [owner, name] = [text(field.arguments, 'Query', 'owner'), text(field.arguments, 'Query', 'name')];
  const repository = repositoryNamed(world, owner, name);
  if (repository === undefined || !canSee(actor, repository)) {
    throw new GraphqlError('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  }
  const wanted = field.fields.find((inner) => inner.name === 'pullRequest')?.arguments['number'];
  const issue = pullRequestsOf(repository).find((candidate) => candidate.number === wanted);
  return {
    id: nodeId('R', repository.id),
    databaseId: repository.id,
    nameWithOwner: fullName(repository),
    pullRequest: issue === undefined ? null : pullObject(world, repository, issue),
  };
}

async function mutate(world: World, actor: Actor, field: Field): Promise<Json> {
  const input = optionalObject(field.arguments, 'input') ?? {};
  const { repository, issue } = findPull(world, actor, text(input, 'Mutation', 'pullRequestId'));
  const by = accountOf(actor);
  const clientMutationId = optionalText(input, 'clientMutationId') ?? null;
  demand(world, actor, repository, needs('contents', 'write'));
  demand(world, actor, repository, needs('pull_requests', 'write'));
  switch (field.name) {
    case 'revertPullRequest': {
      const options = {
        title: optionalText(input, 'title'),
        body: optionalText(input, 'body'),
        draft: optionalFlag(input, 'draft'),
      };
      const revert = await revertPull(world, repository, issue, by, options);
      return {
        clientMutationId,
        pullRequest: pullObject(world, repository, issue),
        revertPullRequest: pullObject(world, repository, revert),
      };
    }
    case 'markPullRequestReadyForReview':
      await markReady(world, repository, issue, by);
      return { clientMutationId, pullRequest: pullObject(world, repository, issue) };
    case 'mergePullRequest': {
      const method = (optionalText(input, 'mergeMethod') ?? 'MERGE').toLowerCase();
      await mergePull(world, repository, issue, by, {
        method: oneOf('PullRequest', 'mergeMethod', method, ['merge', 'squash', 'rebase'] as const),
        sha: optionalText(input, 'expectedHeadOid'),
      });
      return { clientMutationId, pullRequest: pullObject(world, repository, issue) };
    }
    default:
      throw new GraphqlError('undefinedField', `Field '${field.name}' doesn't exist on type 'Mutation'`);
  }
}
