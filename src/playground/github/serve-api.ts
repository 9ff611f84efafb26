/** The HTTP face of the stand-in: API requests and git clients on one port, faults, the request log, GitHub's headers. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listRefs } from '../git-http/bare-repository.ts';
import { parseGitUrl, serveGit } from '../git-http/serve-git.ts';
import type { GitRequest } from '../git-http/serve-git.ts';
import { accountOf, authenticate, canSee, demand } from './access.ts';
import { refMoved } from './act/move-branch.ts';
import { ApiError, badCredentials, notFound } from './api-error.ts';
import { faultError } from './faults.ts';
import type { Faults } from './faults.ts';
import type { Account, Actor, Repository } from './model.ts';
import { perform } from './perform.ts';
import type { ApiResponse } from './perform.ts';
import { isRegistrationPage, takeManifest } from './register-app.ts';
import { parseBody } from './request-body.ts';
import type { RequestLog } from './request-log.ts';
import { needs } from './router.ts';
import { repositoryNamed } from './world.ts';
import type { World } from './world.ts';

/** Bytes of a JSON body; far beyond anything the API takes. */
const largestBody = 10 * 1024 * 1024;

export interface Services {
  readonly world: World;
  readonly faults: Faults;
  readonly requests: RequestLog;
}

/** Answers one HTTP request, whatever happens. */
export async function serve(services: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { faults, world } = services;
  const url = new URL(request.url ?? '/', world.url);
  const path = url.pathname.replace(/^\/api(?:\/v3)?(?=\/)/, '');
  const fault = faults.meet(request.method ?? 'GET', path);
  if (fault?.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay));
  const error = fault === undefined ? undefined : faultError(fault, Date.parse(world.now()) / 1000);
  const gitRequest = parseGitUrl(url);
  if (fault?.done !== true && fault?.drop === true) return void request.socket.destroy();
  if (gitRequest !== undefined) {
    if (error !== undefined) return write(world, response, failed(error));
    return answerGit(services, request, response, url, gitRequest);
  }
  const body = await readBody(request);
  const by = { name: 'anonymous' };
  const lost = fault?.done === true ? undefined : error;
  const answer = lost === undefined ? await answerApi(world, request, url, path, body, by) : failed(lost);
  const told = fault?.done === true && error !== undefined ? failed(error) : answer;
  services.requests.add({
    method: request.method ?? 'GET',
    path,
    search: url.search,
    status: told.status,
    by: by.name,
    body: Buffer.from(body ?? []).toString('utf8'),
  });
  if (fault?.drop === true) return void request.socket.destroy();
  write(world, response, told);
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size <= largestBody) chunks.push(bytes);
  }
  return size > largestBody ? undefined : Buffer.concat(chunks);
}

async function answerApi(
  world: World,
  request: IncomingMessage,
  url: URL,
  path: string,
  bytes: Uint8Array | undefined,
  by: { name: string },
): Promise<ApiResponse> {
  try {
    if (bytes === undefined) throw new ApiError(413, { message: 'Payload too large' });
    if (isRegistrationPage(request.method ?? '', path)) return takeManifest(world, url.searchParams, bytes);
    const actor = authenticate(world, request);
    by.name = 'account' in actor ? actor.account.login : actor.kind;
    const method = request.method ?? 'GET';
    return await perform(world, actor, { method, path, query: url.searchParams, body: parseBody(bytes) });
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): ApiResponse {
  if (error instanceof ApiError) return { status: error.status, body: error.body, headers: error.headers };
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, body: { message: `Server Error: ${message}` }, headers: {} };
}

function write(world: World, response: ServerResponse, answer: ApiResponse): void {
  const reset = Math.floor(Date.parse(world.now()) / 1000) + 3600;
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    server: 'github.com',
    'x-github-request-id': randomUUID(),
    'x-github-media-type': 'github.v3; format=json',
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-used': '1',
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
    date: new Date(world.now()).toUTCString(),
    ...answer.headers,
  });
  response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
}

function findForGit(world: World, name: string): Repository | undefined {
  const [owner = '', repository = ''] = name.split('/');
  const id = world.formerNames.get(name.toLowerCase());
  return repositoryNamed(world, owner, repository) ?? (id === undefined ? undefined : world.repositories.get(id));
}

/** @throws ApiError 401 for strangers, 404 for what the token may not see, 403 when it may not push */
function admit(world: World, actor: Actor, name: string, push: boolean): Repository {
  const repository = findForGit(world, name);
  const open = repository !== undefined && !repository.private && !push;
  if (actor.kind === 'anonymous' && !open) throw badCredentials();
  if (repository === undefined || actor.kind === 'app' || !canSee(actor, repository)) throw notFound();
  demand(world, actor, repository, needs('contents', push ? 'write' : 'read'));
  return repository;
}

async function answerGit(
  { requests, world }: Services,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  wanted: GitRequest,
): Promise<void> {
  let by = 'anonymous';
  try {
    const actor = authenticate(world, request);
    if ('account' in actor) by = actor.account.login;
    const repository = admit(world, actor, wanted.repository, wanted.push);
    const options = { directory: repository.directory, service: wanted.service, search: url.search, user: by };
    if (wanted.service !== 'git-receive-pack') await serveGit(request, response, options);
    else await world.exclusively(() => receivePush(world, repository, accountOf(actor), request, response, options));
  } catch (error) {
    const answer = failed(error);
    response.writeHead(answer.status, {
      'content-type': 'text/plain',
      ...(answer.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}),
    });
    response.end(
      answer.status === 404 ? 'Repository not found.\n' : `${error instanceof Error ? error.message : ''}\n`,
    );
  }
  const { method = 'GET' } = request;
  requests.add({ method, path: url.pathname, search: url.search, status: response.statusCode, by, body: '' });
}

/** Lets git take the push, then sets off what hangs on the refs that moved. */
async function receivePush(
  world: World,
  repository: Repository,
  by: Account,
  request: IncomingMessage,
  response: ServerResponse,
  options: Parameters<typeof serveGit>[2],
): Promise<void> {
  const refs = async (): Promise<ReadonlyMap<string, string>> =>
    new Map([
      ...(await listRefs(repository.directory, 'refs/heads/')),
      ...(await listRefs(repository.directory, 'refs/tags/')),
    ]);
  const before = await refs();
  const announceMoves = async (): Promise<void> => {
    const after = await refs();
    for (const ref of new Set([...before.keys(), ...after.keys()])) {
      await refMoved(world, repository, { ref, before: before.get(ref), after: after.get(ref) }, by);
    }
  };
  await serveGit(request, response, { ...options, beforeEnd: announceMoves });
}
