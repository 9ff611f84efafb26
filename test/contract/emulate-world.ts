/** The forge contract's world over `emulate` (npm), a GitHub nobody here wrote. People act by its REST API with tokens of their own. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { createEmulator } from 'emulate';
import { connectGitHub } from '../../src/adapters/github/connect-github.ts';
import { parseSha, type Sha } from '../../src/domain/forge.ts';
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { silentLog } from '../../src/ports/log.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { levels, type ForgeWorld, type PersonName } from './forge-world.ts';
import { faults, routes } from './github-faults.ts';

const appId = 4711;
const owner = 'shop';
const botLogin = 'fairlead[bot]';
const roles = { alice: 'push', bob: 'push', carol: 'maintain', mallory: 'pull' } as const;
const permissions = {
  administration: 'read',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
};

export async function emulateWorld(): Promise<ForgeWorld> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const names = Object.keys(levels);
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: Object.fromEntries([owner, ...names].map((login) => [`token-of-${login}`, { login, scopes: ['repo'] }])),
      github: {
        users: [owner, ...names].map((login) => ({ login })),
        repos: [{ owner, name: 'deploy', auto_init: true }],
        apps: [
          {
            app_id: appId,
            slug: 'fairlead',
            name: 'Fairlead',
            private_key: pem,
            permissions,
            events: [],
            installations: [{ installation_id: 100, account: owner, repository_selection: 'all', permissions }],
          },
        ],
      },
    },
  });
  const proxy = await startFaultProxy(emulator.url);
  const repo = { path: `/repos/${owner}/deploy` };
  let elapsed = 0;
  let commits = 0;

  async function call(login: string, method: string, path: string, body?: object): Promise<unknown> {
    const token = login === botLogin ? await installationToken(emulator.url, pem) : `token-of-${login}`;
    const response = await fetch(`${emulator.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
  const object = async (...request: Parameters<typeof call>): Promise<JsonObject> => fields(await call(...request));
  const list = async (...request: Parameters<typeof call>): Promise<readonly JsonObject[]> => {
    const [login, method, path, body] = request;
    const all: JsonObject[] = [];
    for (let page = 1; ; page += 1) {
      const found = await call(
        login,
        method,
        `${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`,
        body,
      );
      // Annotations come wrapped, unlike GitHub's.
      const items = Array.isArray(found) ? found : fields(found)['check_annotations'];
      if (!Array.isArray(items)) throw new Error('not a list');
      all.push(...items.map(fields));
      if (items.length < 100) return all;
    }
  };
  const head = async (path: string, branch: string): Promise<string> =>
    text(fields((await object(owner, 'GET', `${path}/git/ref/heads/${branch}`))['object'])['sha']);
  const commit = async (login: string, path: string, branch: string): Promise<string> => {
    commits += 1;
    const content = Buffer.from(`n: ${commits}\n`).toString('base64');
    const written = { message: `commit ${commits}`, content, branch };
    const answer = await object(login, 'PUT', `${path}/contents/file-${commits}.yaml`, written);
    return text(fields(answer['commit'])['sha']);
  };
  const branchAt = async (login: string, path: string, branch: string): Promise<void> => {
    const there = await list(owner, 'GET', `${path}/branches`);
    if (there.some(({ name }) => name === branch)) return;
    await call(login, 'POST', `${path}/git/refs`, { ref: `refs/heads/${branch}`, sha: await head(path, 'main') });
  };

  // The App's own account is only made when it first writes; asked for before, it would not be there.
  await call(botLogin, 'POST', `${repo.path}/check-runs`, { name: 'first', head_sha: await head(repo.path, 'main') });
  const ids = new Map<string, string>();
  for (const name of [...names, botLogin]) ids.set(name, idOf(await object(owner, 'GET', `/users/${name}`)));
  for (const [name, permission] of Object.entries(roles)) {
    await call(owner, 'PUT', `${repo.path}/collaborators/${name}`, { permission });
  }
  const repositoryId = idOf(await object(owner, 'GET', repo.path));
  const repository = { forge: 'github', id: repositoryId, fullName: `${owner}/deploy` };
  const isBot = (item: JsonObject): boolean => idOf(fields(item['user'])) === ids.get(botLogin);
  const forks = new Map<PersonName, string>();
  const forkOf = async (by: PersonName): Promise<string> => {
    const path = forks.get(by) ?? `/repos/${text((await object(by, 'POST', `${repo.path}/forks`, {}))['full_name'])}`;
    forks.set(by, path);
    return path;
  };
  const connect = () =>
    connectGitHub({
      appId: String(appId),
      privateKey: pem,
      baseUrl: proxy.url,
      log: silentLog,
      timeoutMilliseconds: 2_000,
      retryMilliseconds: 1,
      now: () => Date.now() + elapsed,
    });

  return {
    forge: connect(),
    repository,
    another: connect,
    wait: (milliseconds) => void (elapsed += milliseconds),
    person: (name) => ({ id: ids.get(name) ?? '', login: name, bot: false }),
    async open(by, branch, { fork = false, draft = false, title = branch, body = '' } = {}) {
      const from = fork ? await forkOf(by) : repo.path;
      await branchAt(by, from, branch);
      const sha = await commit(by, from, branch);
      const headRef = fork ? `${by}:${branch}` : branch;
      const opened = await object(by, 'POST', `${repo.path}/pulls`, {
        title,
        body,
        draft,
        base: 'main',
        head: headRef,
      });
      return { ref: { repository, number: Number(opened['number']) }, head: commitId(sha) };
    },
    async push(by, branch) {
      await branchAt(by, repo.path, branch);
      return commitId(await commit(by, repo.path, branch));
    },
    merge: async ({ number }, by) =>
      commitId(text((await object(by, 'PUT', `${repo.path}/pulls/${number}/merge`, {}))['sha'])),
    close: async ({ number }) =>
      void (await call('alice', 'PATCH', `${repo.path}/pulls/${number}`, { state: 'closed' })),
    async review({ number }, by, verdict) {
      const events = { approve: 'APPROVE', 'request-changes': 'REQUEST_CHANGES', comment: 'COMMENT' } as const;
      const login = by === 'bot' ? botLogin : by;
      const path = `${repo.path}/pulls/${number}/reviews`;
      const review = await object(login, 'POST', path, { event: events[verdict], body: verdict });
      return async () => void (await call('carol', 'PUT', `${path}/${idOf(review)}/dismissals`, { message: 'no' }));
    },
    comment: async ({ number }, by, body) =>
      void (await call(by, 'POST', `${repo.path}/issues/${number}/comments`, { body })),
    comments: async ({ number }) =>
      (await list(owner, 'GET', `${repo.path}/issues/${number}/comments`)).map((item) => ({
        byUs: isBot(item),
        body: text(item['body']),
        remove: async () => void (await call(owner, 'DELETE', `${repo.path}/issues/comments/${idOf(item)}`)),
      })),
    topics: async () =>
      (await list(owner, 'GET', `${repo.path}/issues?state=all&sort=created&direction=asc`))
        .filter((item) => item['pull_request'] === undefined)
        .map((item) => ({
          byUs: isBot(item),
          title: text(item['title']),
          body: text(item['body']),
          open: item['state'] === 'open',
        })),
    openTopic: async (by, title, body) => void (await call(by, 'POST', `${repo.path}/issues`, { title, body })),
    async checks(sha) {
      const { check_runs: runs } = await object(owner, 'GET', `${repo.path}/commits/${sha}/check-runs?filter=latest`);
      if (!Array.isArray(runs)) throw new Error('no check runs');
      return Promise.all(
        runs.map(fields).map(async (run) => ({
          name: text(run['name']),
          state: stateOf(run),
          title: text(fields(run['output'])['title']),
          summary: text(fields(run['output'])['summary']),
          annotations: (await list(owner, 'GET', `${repo.path}/check-runs/${idOf(run)}/annotations`)).map((item) =>
            text(item['message']),
          ),
        })),
      );
    },
    deployments: () => Promise.reject(new Error('emulate has no deployments')),
    lock: async ({ number }) => void (await call(owner, 'PUT', `${repo.path}/issues/${number}/lock`, {})),
    require: async (branch, { checks, approvals }) =>
      void (await call(owner, 'PUT', `${repo.path}/branches/${branch}/protection`, {
        required_status_checks: { strict: false, contexts: checks },
        required_pull_request_reviews: { required_approving_review_count: approvals },
        enforce_admins: false,
        restrictions: null,
      })),
    async rename() {
      await call(owner, 'PATCH', repo.path, { name: 'renamed' });
      repo.path = `/repos/${owner}/renamed`;
      await call(owner, 'POST', '/user/repos', { name: 'deploy', auto_init: true });
    },
    trouble: (where, what, times) =>
      void proxy.faults.add({ match: routes[where], ...faults[what], ...(times === undefined ? {} : { times }) }),
    calm: () => proxy.faults.clear(),
    async stop() {
      await proxy.stop();
      await emulator.close();
    },
  };
}

async function installationToken(url: string, pem: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: appId, iat: now - 10, exp: now + 300 })}`;
  const jwt = `${claims}.${createSign('RSA-SHA256').update(claims).sign(pem, 'base64url')}`;
  const headers = { authorization: `Bearer ${jwt}` };
  const response = await fetch(`${url}/app/installations/100/access_tokens`, { method: 'POST', headers });
  const answer: unknown = await response.json();
  return text(fields(answer)['token']);
}

function stateOf(run: JsonObject): string {
  const state = run['conclusion'] ?? run['status'];
  return run['status'] === 'in_progress' ? 'running' : text(state).replace('_', '-');
}

function fields(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new Error('not an object');
  return value;
}

function idOf(item: JsonObject): string {
  const { id } = item;
  if (typeof id !== 'number') throw new Error('no id');
  return String(id);
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`not a text: ${JSON.stringify(value)}`);
  return value;
}

function commitId(value: string): Sha {
  const parsed = parseSha(value);
  if (parsed === undefined) throw new Error(`not a commit id: ${value}`);
  return parsed;
}
