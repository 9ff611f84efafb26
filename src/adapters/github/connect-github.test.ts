/** What is GitHub's alone, against the stand-in; what every forge promises stands in the forge contract. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RepositoryRef } from '../../domain/forge.ts';
import type { GitHub as StandIn } from '../../playground/github/handle.ts';
import { startGitHub } from '../../playground/github/start-github.ts';
import { silentLog } from '../../ports/log.ts';
import { connectGitHub, type GitHub } from './connect-github.ts';

let standIn: StandIn;
let github: GitHub;
let repository: RepositoryRef;
let count = 0;

/** Without `administration`, as many organisations grant it. */
const permissions = {
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  pull_requests: 'write',
} as const;

beforeAll(async () => {
  standIn = await startGitHub({ webhookSecret: 'a secret of decent length', permissions });
});
beforeEach(async () => {
  const made = await standIn.createRepository({ owner: 'shop', name: `deploy-${(count += 1)}` });
  repository = { forge: 'github', id: String(made.id), fullName: made.fullName };
  standIn.addUser('alice', { [made.fullName]: 'write' });
  github = connect();
});
afterAll(() => standIn.stop());

function connect(more: { privateKey?: string; baseUrl?: string } = {}): GitHub {
  return connectGitHub({
    appId: String(standIn.appId),
    privateKey: more.privateKey ?? standIn.appPrivateKeyPem,
    baseUrl: more.baseUrl ?? standIn.url,
    log: silentLog,
    retryMilliseconds: 1,
    timeoutMilliseconds: 2_000,
  });
}

test('our identity is the App and its bot account', async () => {
  expect(await github.identity()).toEqual({
    known: true,
    value: { appId: String(standIn.appId), botId: String(standIn.bot.id), botLogin: 'fairlead[bot]' },
  });
});

test('a repository is found by its name, where the App is installed', async () => {
  expect(await github.repository('github', repository.fullName)).toEqual({ known: true, value: repository });
  expect(await github.repository('github', 'shop/nothing-here')).toMatchObject({ known: false, why: 'not-found' });
  expect(await github.repository('github', '../..')).toMatchObject({ known: false });
});

test('GitHub away at the start is no exception, and forgotten when it is back', async () => {
  const away = connect({ baseUrl: 'http://127.0.0.1:9' });
  expect(await away.identity()).toMatchObject({ known: false, why: 'unreachable' });
  expect(await away.gitRemote(repository)).toMatchObject({ known: false, why: 'unreachable' });
  standIn.faults.add({ match: 'GET /app', status: 503, times: 3 });
  expect((await github.identity()).known).toBe(false);
  expect((await github.identity()).known).toBe(true);
  standIn.faults.clear();
});

const rules = [
  { type: 'deletion' },
  { type: 'pull_request', parameters: { required_approving_review_count: 2 } },
  {
    type: 'required_status_checks',
    parameters: { required_status_checks: [{ context: 'build' }, { context: 'build' }] },
  },
];

test('rules and classic protection are added up', async () => {
  const open = await startGitHub({ webhookSecret: 'x', permissions: { ...permissions, administration: 'read' } });
  const { id, fullName } = await open.createRepository({ owner: 'shop', name: 'deploy' });
  open.setRules(fullName, 'main', rules);
  open.protect(fullName, 'main', { requiredApprovals: 1, requiredChecks: ['test'] });
  const forge = connectGitHub({
    appId: String(open.appId),
    privateKey: open.appPrivateKeyPem,
    baseUrl: open.url,
    log: silentLog,
  });
  expect(await forge.branchPolicy({ forge: 'github', id: String(id), fullName }, 'main')).toEqual({
    known: true,
    value: { protected: true, requiredChecks: ['build', 'test'], requiredApprovals: 2 },
  });
  await open.stop();
});

test('classic protection that may not be read is unknown, though rules are known', async () => {
  standIn.setRules(repository.fullName, 'main', rules);
  expect(await github.branchPolicy(repository, 'main')).toEqual({
    known: true,
    value: { protected: true, requiredChecks: 'unknown', requiredApprovals: 'unknown' },
  });
});

test('rules that may not be read are not "no rules"', async () => {
  for (const status of [403, 404]) {
    standIn.faults.add({ match: 'GET /repos/*/rules/branches/*', status });
    expect(await github.branchPolicy(repository, 'main')).toMatchObject({
      value: { protected: 'unknown', requiredApprovals: 'unknown', requiredChecks: 'unknown' },
    });
    standIn.faults.clear();
  }
  standIn.setRules(repository.fullName, 'main', [{ type: 'pull_request', parameters: { no: 'count' } }]);
  expect(await github.branchPolicy(repository, 'main')).toMatchObject({ known: false, why: 'malformed' });
});

test('a repository given to another owner is found under its installation (H23)', async () => {
  const { number } = await standIn.as('alice').openPullRequest({
    repo: repository.fullName,
    branch: 'x',
    files: { 'x.yaml': 'x: 1\n' },
  });
  standIn.renameRepository(repository.fullName, `market/deploy-${count}`);
  const old = await standIn.createRepository({ owner: 'shop', name: `deploy-${count}` });
  expect(await connect().pullRequest({ repository, number })).toMatchObject({ known: true });
  expect(await connect().gitRemote(repository)).toMatchObject({
    value: { url: `${standIn.url}/market/deploy-${count}.git` },
  });
  const forged = { ...repository, id: String(old.id) };
  expect(await connect().pullRequest({ repository: forged, number })).toMatchObject({ known: false, why: 'not-found' });
});

test('a repository the App was taken from is not found, whatever its id (H22)', async () => {
  standIn.uninstall(repository.fullName);
  expect(await github.gitRemote(repository)).toMatchObject({ known: false, why: 'not-found' });
  expect(
    await github.upsertComment({ kind: 'pull-request', ref: { repository, number: 1 } }, 'plan', 'x'),
  ).toMatchObject({
    kind: 'refused',
  });
});

test('the git token reads this repository and nothing else', async () => {
  const other = await standIn.createRepository({ owner: 'shop', name: `other-${count}` });
  const remote = await github.gitRemote(repository);
  if (!remote.known) throw new Error(remote.detail);
  const refs = (path: string) => fetch(`${path}/info/refs?service=git-upload-pack`, { headers: remote.value.headers });
  expect((await refs(remote.value.url)).status).toBe(200);
  expect((await refs(`${standIn.gitUrl}/${other.fullName}.git`)).status).toBe(404);
  const asked = standIn.requests
    .list()
    .filter(({ path }) => path.endsWith('/access_tokens'))
    .map(({ body }) => body);
  expect(
    asked.some((body) => body.includes(`"repository_ids":[${repository.id}]`) && body.includes('"contents":"read"')),
  ).toBe(true);
});

test('tokens that ended are replaced without a word', async () => {
  await github.branchPolicy(repository, 'main');
  standIn.expireTokens();
  expect((await github.branchPolicy(repository, 'main')).known).toBe(true);
});

test('another key is forbidden, and an effect waits for a better one', async () => {
  const stranger = await startGitHub({ webhookSecret: 'x' });
  const wrong = connect({ privateKey: stranger.appPrivateKeyPem });
  await stranger.stop();
  expect(await wrong.gitRemote(repository)).toMatchObject({ known: false, why: 'forbidden' });
  expect(
    await wrong.upsertComment({ kind: 'pull-request', ref: { repository, number: 1 } }, 'plan', 'x'),
  ).toMatchObject({
    kind: 'retry',
    afterSeconds: 60,
  });
});

test('an edit of a known comment is one request; a plan and its comment cost few', async () => {
  const { number } = await standIn
    .as('alice')
    .openPullRequest({ repo: repository.fullName, branch: 'x', files: { x: '1' } });
  const thread = { kind: 'pull-request', ref: { repository, number } } as const;
  await github.upsertComment(thread, 'plan', 'one');
  standIn.requests.clear();
  await github.upsertComment(thread, 'plan', 'two');
  expect(standIn.requests.list().map(({ method }) => method)).toEqual(['PATCH']);
});

test('a fork that is gone leaves a fork', async () => {
  const fork = await standIn.as('alice').fork(repository.fullName);
  const { number } = await standIn
    .as('alice')
    .openPullRequest({ repo: repository.fullName, from: fork, branch: 'x', files: { x: '1' } });
  await standIn.deleteRepository(fork);
  expect(await github.pullRequest({ repository, number })).toMatchObject({ known: true, value: { fork: true } });
});

test('the detail of a failure never holds a token or a query', async () => {
  standIn.faults.add({ match: 'GET /repos/*/pulls', status: 403, message: 'no' });
  const evidence = await github.pullRequestsFor(repository, { openAgainst: 'secret-branch' });
  standIn.faults.clear();
  expect(evidence).toEqual({
    known: false,
    why: 'forbidden',
    detail: `GET /repos/${repository.fullName}/pulls answered 403: no`,
  });
});
