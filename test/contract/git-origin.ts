/** A repository behind real git over HTTP (`git http-backend`), with a token at the door and faults on demand. For tests only. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSha, type Sha } from '../../src/domain/forge.ts';
import type { GitRemote } from '../../src/ports/forge.ts';

export type OriginFault =
  | { readonly kind: 'status'; readonly status: number; readonly location?: string }
  | { readonly kind: 'drop' }
  | { readonly kind: 'hang' };

export interface OriginFile {
  readonly mode?: '100644' | '100755' | '120000' | '160000';
  readonly content: string | Buffer;
}

export interface Origin {
  readonly folder: string;
  readonly remote: GitRemote;
  readonly token: string;
  /** `METHOD /path` of every request so far. */
  readonly requests: string[];
  /** The next `times` requests fail so. */
  fail(fault: OriginFault, times: number): void;
  /** A commit on a branch that replaces all files; parents default to the branch's head. Returns its id. */
  commit(
    branch: string,
    files: Readonly<Record<string, string | OriginFile>>,
    options?: { readonly message?: string; readonly parents?: readonly Sha[] },
  ): Promise<Sha>;
  git(...args: string[]): string;
  stop(): Promise<void>;
}

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export async function startOrigin(): Promise<Origin> {
  const root = await mkdtemp(join(tmpdir(), 'fairlead-origin-'));
  const folder = join(root, 'shop.git');
  const environment = { ...process.env, ...identity };
  const git = (...args: string[]) =>
    execFileSync('git', ['--git-dir', folder, ...args], { env: environment, encoding: 'utf8', stdio: 'pipe' }).trim();
  execFileSync('git', ['init', '--quiet', '--bare', folder], { env: environment });
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');

  const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const faults: OriginFault[] = [];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const fault = faults.shift();
    if (fault !== undefined) return misbehave(fault, request, response);
    if (request.headers.authorization !== authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?');
      return;
    }
    httpBackend(root, request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    folder,
    token,
    requests,
    remote: { url: `http://127.0.0.1:${port}/shop.git`, headers: { Authorization: authorization } },
    fail: (fault, times) => void faults.push(...Array.from({ length: times }, () => fault)),
    git,
    commit: (branch, files, options = {}) => commit(folder, environment, git, { branch, files, ...options }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(root, { recursive: true, force: true });
    },
  };
}

function misbehave(fault: OriginFault, request: IncomingMessage, response: ServerResponse): void {
  if (fault.kind === 'drop') {
    request.socket.destroy();
  } else if (fault.kind === 'status') {
    response.writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location }).end('no');
  }
}

function httpBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'x',
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  let started = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (started) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    started = true;
    let status = 200;
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/u);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
  });
  child.on('close', () => response.end());
}

interface CommitOrder {
  readonly branch: string;
  readonly files: Readonly<Record<string, string | OriginFile>>;
  readonly message?: string;
  readonly parents?: readonly Sha[];
}

/** Through fast-import: no working tree, any file name, any mode. */
async function commit(
  folder: string,
  environment: NodeJS.ProcessEnv,
  git: (...args: string[]) => string,
  order: CommitOrder,
): Promise<Sha> {
  const ref = `refs/heads/${order.branch}`;
  const message = Buffer.from(order.message ?? 'change');
  const present = git('for-each-ref', '--format=%(objectname)', ref);
  const parents: readonly string[] = order.parents ?? (present === '' ? [] : [present]);
  const parts: (string | Buffer)[] = [
    `commit refs/import\ncommitter Ada <ada@example.org> 1760000000 +0200\ndata ${message.length}\n`,
    message,
    '\n',
    ...parents.map((parent, index) => `${index === 0 ? 'from' : 'merge'} ${parent}\n`),
    'deleteall\n',
  ];
  for (const [path, file] of Object.entries(order.files)) {
    const { mode = '100644', content } = typeof file === 'string' ? { content: file } : file;
    const bytes = Buffer.from(content);
    if (mode === '160000') parts.push(`M 160000 ${bytes.toString()} ${quote(path)}\n`);
    else parts.push(`M ${mode} inline ${quote(path)}\ndata ${bytes.length}\n`, bytes, '\n');
  }
  await new Promise<void>((done, failed) => {
    const child = execFile(
      'git',
      ['--git-dir', folder, 'fast-import', '--quiet', '--force'],
      { env: environment },
      (error) => (error === null ? done() : failed(error)),
    );
    child.stdin?.end(Buffer.concat(parts.map((part) => Buffer.from(part))));
  });
  const sha = parseSha(git('rev-parse', 'refs/import'));
  if (sha === undefined) throw new Error('fast-import made no commit');
  git('update-ref', ref, sha);
  git('update-ref', '-d', 'refs/import');
  return sha;
}

function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
