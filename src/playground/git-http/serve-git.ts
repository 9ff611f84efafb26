/** Git's smart HTTP protocol by git's own `http-backend`, as a CGI behind our server. Who may do what is decided by the caller. */
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { gitEnvironment } from './run-git.ts';

export interface GitRequest {
  /** `owner/name`, or more segments where a forge has groups. */
  readonly repository: string;
  /** `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  readonly service: string;
  readonly push: boolean;
}

const gitPath = /^\/(.+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Whether a URL is one git clients ask for, and which repository and service it names. */
export function parseGitUrl(url: URL): GitRequest | undefined {
  const match = gitPath.exec(url.pathname);
  if (match === null) return undefined;
  const [, repository = '', service = ''] = match;
  const push = service === 'git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  return { repository: decodeURIComponent(repository), service, push };
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Answers a git client from a bare repository. Resolves when the answer has been sent and git has ended.
 * `beforeEnd` runs when git has ended and the client still waits: what a push sets off is done when `git push` returns.
 */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  options: GitAnswerOptions,
): Promise<void> {
  const environment = gitEnvironment({
    GIT_PROJECT_ROOT: dirname(options.directory),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${basename(options.directory)}/${options.service}`,
    QUERY_STRING: options.search.replace(/^\?/, ''),
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: header(request, 'content-type'),
    HTTP_CONTENT_ENCODING: header(request, 'content-encoding'),
    GIT_PROTOCOL: header(request, 'git-protocol'),
    REMOTE_USER: options.user,
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    ...(header(request, 'content-length') === '' ? {} : { CONTENT_LENGTH: header(request, 'content-length') }),
  });
  const backend = spawn('git', ['http-backend'], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
  const { stdin, stdout } = backend;
  stdin.on('error', () => request.unpipe(stdin));
  request.pipe(stdin);
  response.on('close', () => {
    if (!response.writableFinished) backend.kill();
  });
  let head = Buffer.alloc(0);
  let started = false;
  stdout.on('data', (chunk: Buffer) => {
    if (started) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    started = true;
    startAnswer(response, head.subarray(0, end).toString('latin1'));
    response.write(head.subarray(end + 4));
  });
  await new Promise<void>((resolve) => backend.on('close', () => resolve()).on('error', () => resolve()));
  await options.beforeEnd?.();
  if (response.destroyed) return;
  if (!started) response.statusCode = 500;
  await new Promise<void>((resolve) => response.on('close', resolve).end(resolve));
}

export interface GitAnswerOptions {
  /** The bare repository. */
  readonly directory: string;
  readonly service: string;
  /** Query of the URL, with its question mark. */
  readonly search: string;
  /** Who pushes; git refuses pushes of nobody. */
  readonly user: string;
  readonly beforeEnd?: () => Promise<void>;
}

/** The CGI's header lines; `Status: 404 Not Found` is the status line. */
function startAnswer(response: ServerResponse, lines: string): void {
  let status = 200;
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
