/** Carries one API request out: finds the route and the repository, checks the right, calls the handler, cuts lists into pages. No HTTP here. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { canSee, demand } from './access.ts';
import { ApiError, notFound } from './api-error.ts';
import { answerGraphql } from './graphql.ts';
import type { Actor, Repository } from './model.ts';
import { matchPath, parameterReader } from './router.ts';
import type { Call, Reply, RepositoryRoute } from './router.ts';
import { appRoutes, installationRoute } from './routes/app.ts';
import { reportRoutes } from './routes/checks.ts';
import { commitRoutes } from './routes/commits.ts';
import { contentRoutes } from './routes/contents.ts';
import { issueRoutes } from './routes/issues.ts';
import { pullRoutes } from './routes/pulls.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { repositoryNamed } from './world.ts';
import type { World } from './world.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: Json | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Order matters: `/commits/{ref+}/check-runs` before `/commits/{ref+}`. */
const repositoryTable: readonly RepositoryRoute[] = [
  ...reportRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...contentRoutes,
  ...commitRoutes,
  ...repositoryRoutes,
];

/** @throws ApiError for everything GitHub answers with an error */
export async function perform(world: World, actor: Actor, request: ApiRequest): Promise<ApiResponse> {
  const change = async (): Promise<ApiResponse> => finish(world, request, await route(world, actor, request));
  return request.method === 'GET' ? change() : world.exclusively(change);
}

async function route(world: World, actor: Actor, request: ApiRequest): Promise<Reply> {
  const { body, method, path, query } = request;
  if (path === '/graphql' && method === 'POST') {
    return { status: 200, body: await answerGraphql(world, actor, body) };
  }
  const call = { world, actor, body, query };
  for (const candidate of appRoutes) {
    const matched = candidate.method === method ? matchPath(candidate.pattern, path) : undefined;
    if (matched !== undefined) return candidate.handle({ ...call, ...parameterReader(matched.parameters) });
  }
  const place = findRepository(world, actor, path);
  if (place.kind === 'moved') throw moved(method, `${world.url}/repositories/${place.repository.id}${place.rest}`);
  return routeInRepository(call, method, place.repository, place.rest);
}

type CallBase = Omit<Call, 'param' | 'number'>;

async function routeInRepository(call: CallBase, method: string, repository: Repository, rest: string): Promise<Reply> {
  if (method === installationRoute.method && rest === installationRoute.pattern) {
    return installationRoute.handle({ ...call, repository, ...parameterReader(new Map()) });
  }
  for (const candidate of repositoryTable) {
    const matched = candidate.method === method ? matchPath(candidate.pattern, rest) : undefined;
    if (matched === undefined) continue;
    demand(call.world, call.actor, repository, candidate.needs);
    return candidate.handle({ ...call, repository, ...parameterReader(matched.parameters) });
  }
  throw notFound();
}

interface Place {
  readonly kind: 'here' | 'moved';
  readonly repository: Repository;
  readonly rest: string;
}

/** By name, by number, or by a name given up. @throws ApiError 404 */
function findRepository(world: World, actor: Actor, path: string): Place {
  const byId = /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
  if (byId !== null) {
    const repository = world.repositories.get(Number(byId[1]));
    if (repository !== undefined) return { kind: 'here', repository, rest: byId[2] ?? '' };
  }
  const byName = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path);
  if (byName === null) throw notFound();
  const [, owner = '', name = '', rest = ''] = byName;
  const repository = repositoryNamed(world, owner, name);
  if (repository !== undefined) return { kind: 'here', repository, rest };
  const former = world.repositories.get(world.formerNames.get(`${owner}/${name}`.toLowerCase()) ?? -1);
  if (former === undefined || (actor.kind !== 'app' && !canSee(actor, former))) throw notFound();
  return { kind: 'moved', repository: former, rest };
}

function moved(method: string, location: string): ApiError {
  const status = method === 'GET' ? 301 : 307;
  const message = status === 301 ? 'Moved Permanently' : 'Temporary Redirect';
  return new ApiError(status, { message, url: location }, { location });
}

const largestPage = 100;
const usualPage = 30;

function finish(world: World, request: ApiRequest, reply: Reply): ApiResponse {
  if (!('list' in reply)) return { status: reply.status, body: reply.body, headers: reply.headers ?? {} };
  const size = Math.min(Math.max(Number(request.query.get('per_page') ?? usualPage) || usualPage, 1), largestPage);
  const page = Math.max(Number(request.query.get('page') ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(reply.list.length / size), 1);
  const items = reply.list.slice((page - 1) * size, page * size);
  const body = reply.wrap === undefined ? items : { total_count: reply.list.length, [reply.wrap]: items };
  const link = linkHeader(world, request, page, last);
  return { status: 200, body, headers: link === '' ? {} : { link } };
}

function linkHeader(world: World, request: ApiRequest, page: number, last: number): string {
  const to = (number: number, rel: string): string => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(number));
    return `<${world.url}${request.path}?${query.toString()}>; rel="${rel}"`;
  };
  return [
    ...(page > 1 ? [to(page - 1, 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ].join(', ');
}
