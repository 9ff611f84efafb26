/** The stand-in GitHub, driven by the client the product uses, every answer checked against GitHub's own OpenAPI document. */
import { generateKeyPairSync } from 'node:crypto';
import type { ProbotOctokit } from 'probot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import type { GitHub } from '../../src/playground/github/handle.ts';
import { checkedOctokit, operations } from './github-openapi.ts';

const repo = 'acme/shop';
const shop = { owner: 'acme', repo: 'shop' };
const tried = new Set<string>();
const complaints: string[] = [];

let github: GitHub;
let app: ProbotOctokit;
let bot: ProbotOctokit;
let ada: ProbotOctokit;

function connect(auth: object | string): ProbotOctokit {
  return checkedOctokit(github.url, auth, (route, found) => {
    tried.add(route);
    if (found !== undefined) complaints.push(found);
  });
}

async function status(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return 'no error';
  } catch (error) {
    return (error as { status?: number }).status ?? error;
  }
}

beforeAll(async () => {
  github = await startGitHub({
    webhookSecret: 'a secret of sixteen',
    permissions: {
      administration: 'read',
      checks: 'write',
      contents: 'write',
      deployments: 'write',
      issues: 'write',
      pull_requests: 'write',
      statuses: 'write',
    },
  });
  await github.createRepository({
    owner: 'acme',
    name: 'shop',
    files: { 'app.yaml': 'replicas: 1\n', 'docs/a.md': 'a\n' },
  });
  github.addUser('ada', { [repo]: 'admin' });
  github.addUser('bob', { [repo]: 'write' });
  github.addUser('eve');
  const credentials = { appId: github.appId, privateKey: github.appPrivateKeyPem };
  app = connect(credentials);
  const { data } = await app.rest.apps.getRepoInstallation(shop);
  bot = connect({ ...credentials, installationId: data.id });
  ada = connect(github.tokenFor('ada'));
});

afterAll(async () => {
  await github.stop();
});

describe('who may ask', () => {
  test('the app by its key, its installation by a token of an hour', async () => {
    const { data: self } = await app.rest.apps.getAuthenticated();
    expect(self).toMatchObject({ id: github.appId, slug: 'fairlead' });
    const { data: installations } = await app.rest.apps.listInstallations();
    expect(installations).toMatchObject([{ account: { login: 'acme' }, app_id: github.appId }]);
    const { data: one } = await app.rest.apps.getInstallation({ installation_id: installations[0]?.id ?? 0 });
    const { data: token } = await app.rest.apps.createInstallationAccessToken({ installation_id: one.id });
    const left = Date.parse(token.expires_at) - Date.now();
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    const { data: reachable } = await bot.rest.apps.listReposAccessibleToInstallation();
    expect(reachable.repositories.map(({ full_name: name }) => name)).toEqual([repo]);
    await bot.request('GET /rate_limit');
  });

  test('a key that is not the app’s, a wrong issuer, a token that never was', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(await status(connect({ appId: github.appId, privateKey: other }).rest.apps.getAuthenticated())).toBe(401);
    const stranger = connect({ appId: 99, privateKey: github.appPrivateKeyPem });
    expect(await status(stranger.rest.apps.getAuthenticated())).toBe(401);
    expect(await status(connect('ghp_nonsense').rest.repos.get(shop))).toBe(401);
    expect(await status(bot.rest.users.getAuthenticated())).toBe(403);
  });

  test('what one may not see is not there; what the app was not granted is forbidden', async () => {
    const eve = connect(github.tokenFor('eve'));
    expect(await status(eve.rest.repos.get(shop))).toBe(404);
    expect(await status(eve.rest.issues.createComment({ ...shop, issue_number: 1, body: 'hello' }))).toBe(404);
    const classic = { ...shop, branch: 'main' };
    expect(await status(bot.rest.repos.getBranchProtection(classic))).toBe(404);
    const settings = {
      ...classic,
      required_status_checks: null,
      enforce_admins: null,
      required_pull_request_reviews: null,
      restrictions: null,
    };
    expect(await status(bot.rest.repos.updateBranchProtection(settings))).toBe(403);
    const { data: me } = await ada.rest.users.getAuthenticated();
    const { data: same } = await ada.rest.users.getByUsername({ username: 'ada' });
    expect(same.id).toBe(me.id);
    expect(await status(ada.rest.users.getByUsername({ username: 'nobody' }))).toBe(404);
    const { data: robot } = await bot.rest.users.getByUsername({ username: 'fairlead[bot]' });
    expect(robot).toMatchObject({ type: 'Bot', id: github.bot.id });
  });

  test('roles, as permission and as role_name', async () => {
    github.addUser('mia', { [repo]: 'maintain' });
    const level = async (username: string): Promise<unknown> => {
      const { data } = await bot.rest.repos.getCollaboratorPermissionLevel({ ...shop, username });
      return [data.permission, data.role_name];
    };
    expect(await level('ada')).toEqual(['admin', 'admin']);
    expect(await level('mia')).toEqual(['write', 'maintain']);
    expect(await level('eve')).toEqual(['none', 'none']);
    expect(await status(level('nobody'))).toBe(404);
  });
});

describe('a pull request', () => {
  test('is opened, read, discussed, checked, approved and merged', async () => {
    const { number, head } = await github.as('bob').openPullRequest({
      repo,
      branch: 'scale',
      title: 'Scale up',
      body: 'More of it.',
      files: { 'app.yaml': 'replicas: 2\n', 'docs/a.md': null, 'new.yaml': 'a: 1\n' },
    });
    const pull = { ...shop, pull_number: number };
    const first = await bot.rest.pulls.get(pull);
    expect(first.data).toMatchObject({
      mergeable: null,
      mergeable_state: 'unknown',
      merged: false,
      head: { sha: head },
      commits: 1,
      changed_files: 3,
    });
    const second = await bot.rest.pulls.get(pull);
    expect(second.data).toMatchObject({ mergeable: true, mergeable_state: 'clean', user: { login: 'bob' } });
    expect(second.data.merge_commit_sha).toMatch(/^[0-9a-f]{40}$/);
    expect(await status(bot.rest.pulls.checkIfMerged(pull))).toBe(404);

    const { data: open } = await bot.rest.pulls.list({ ...shop, base: 'main', head: 'acme:scale' });
    expect(open.map((item) => item.number)).toEqual([number]);
    const { data: none } = await bot.rest.pulls.list({ ...shop, base: 'other' });
    expect(none).toEqual([]);
    const { data: files } = await bot.rest.pulls.listFiles(pull);
    expect(files.map((file) => [file.filename, file.status])).toEqual([
      ['app.yaml', 'modified'],
      ['docs/a.md', 'removed'],
      ['new.yaml', 'added'],
    ]);
    const { data: commits } = await bot.rest.pulls.listCommits(pull);
    expect(commits.map((commit) => commit.sha)).toEqual([head]);

    const { data: review } = await connect(github.tokenFor('ada')).rest.pulls.createReview({
      ...pull,
      event: 'APPROVE',
      commit_id: head,
    });
    expect(review).toMatchObject({ state: 'APPROVED', commit_id: head });
    const own = connect(github.tokenFor('bob')).rest.pulls.createReview({ ...pull, event: 'APPROVE' });
    expect(await status(own)).toBe(422);
    await ada.rest.pulls.dismissReview({ ...pull, review_id: review.id, message: 'No.' });
    const { data: dismissed } = await bot.rest.pulls.getReview({ ...pull, review_id: review.id });
    expect(dismissed.state).toBe('DISMISSED');
    expect((await bot.rest.pulls.listReviews(pull)).data).toHaveLength(1);

    await bot.rest.pulls.update({ ...pull, title: 'Scale up a lot' });
    expect(await status(ada.rest.pulls.merge({ ...pull, sha: '0'.repeat(40) }))).toBe(409);
    const { data: merged } = await ada.rest.pulls.merge({ ...pull, sha: head, merge_method: 'squash' });
    expect(merged.merged).toBe(true);
    expect(await status(ada.rest.pulls.merge(pull))).toBe(405);
    const { data: after } = await bot.rest.pulls.get(pull);
    expect(after).toMatchObject({
      state: 'closed',
      merged: true,
      merge_commit_sha: merged.sha,
      merged_by: { login: 'ada' },
    });
    await bot.rest.pulls.checkIfMerged(pull);
    expect(await github.head(repo)).toBe(merged.sha);
    const { data: brought } = await bot.rest.repos.listPullRequestsAssociatedWithCommit({
      ...shop,
      commit_sha: merged.sha,
    });
    expect(brought.map((item) => item.number)).toEqual([number]);
  });

  test('that conflicts, is a draft, or lacks a required check is not merged', async () => {
    const bob = github.as('bob');
    const one = await bob.openPullRequest({ repo, branch: 'one', files: { 'clash.yaml': 'a: 1\n' } });
    const two = await bob.openPullRequest({ repo, branch: 'two', files: { 'clash.yaml': 'a: 2\n' } });
    const draft = await bob.openPullRequest({ repo, branch: 'three', files: { 'other.yaml': 'a: 2\n' }, draft: true });
    expect(await status(ada.rest.pulls.merge({ ...shop, pull_number: draft.number }))).toBe(405);
    await bob.markReady(repo, draft.number);
    github.protect(repo, 'main', { requiredChecks: ['fairlead'], enforceAdmins: true });
    expect(await status(ada.rest.pulls.merge({ ...shop, pull_number: one.number }))).toBe(405);
    await bot.rest.checks.create({ ...shop, name: 'fairlead', head_sha: one.head, conclusion: 'success' });
    await bob.merge(repo, one.number);
    github.protect(repo, 'main', undefined);
    await bot.rest.pulls.get({ ...shop, pull_number: two.number });
    const { data } = await bot.rest.pulls.get({ ...shop, pull_number: two.number });
    expect(data).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
    expect(await status(ada.rest.pulls.merge({ ...shop, pull_number: two.number }))).toBe(405);
  });

  test('is refused without a branch, without commits, or a second time', async () => {
    const open = (head: string): Promise<unknown> =>
      status(ada.rest.pulls.create({ ...shop, title: 't', head, base: 'main' }));
    expect(await open('nowhere')).toBe(422);
    await github.as('bob').push(repo, 'fine', { 'fine.yaml': 'a: 1\n' });
    expect(await open('fine')).toBe('no error');
    expect(await open('fine')).toBe(422);
    await ada.rest.git.createRef({ ...shop, ref: 'refs/heads/same', sha: await github.head(repo) });
    expect(await open('same')).toBe(422);
  });

  test('is reverted through GraphQL', async () => {
    const { number } = await github
      .as('bob')
      .openPullRequest({ repo, branch: 'bad', title: 'Bad idea', files: { 'bad.yaml': 'a: 1\n' } });
    const merge = await github.as('bob').merge(repo, number);
    const { data: pull } = await bot.rest.pulls.get({ ...shop, pull_number: number });
    const answer: { revertPullRequest: { revertPullRequest: { number: number } } } = await bot.graphql(
      `mutation Revert($input: RevertPullRequestInput!) { revertPullRequest(input: $input) { revertPullRequest { number url } } }`,
      { input: { pullRequestId: pull.node_id } },
    );
    const { data: revert } = await bot.rest.pulls.get({
      ...shop,
      pull_number: answer.revertPullRequest.revertPullRequest.number,
    });
    expect(revert).toMatchObject({
      title: 'Revert "Bad idea"',
      body: `Reverts ${repo}#${number}`,
      user: { login: 'fairlead[bot]' },
    });
    const { data: commit } = await bot.rest.repos.getCommit({ ...shop, ref: revert.head.sha });
    expect(commit.commit.message).toContain(`This reverts commit ${merge}`);
    expect(commit.files).toMatchObject([{ filename: 'bad.yaml', status: 'removed' }]);
    await github.as('bob').merge(repo, revert.number, 'squash');
    expect(await github.file(repo, 'bad.yaml')).toBeUndefined();
    await expect(github.as('bob').revert(repo, number)).rejects.toThrow('reverted automatically');
  });
});

describe('what the app writes', () => {
  test('comments: made, changed, paged, deleted, refused', async () => {
    const { number } = await github
      .as('bob')
      .openPullRequest({ repo, branch: 'talk', files: { 'talk.yaml': 'a: 1\n' } });
    const thread = { ...shop, issue_number: number };
    const { data: made } = await bot.rest.issues.createComment({ ...thread, body: 'Plan' });
    expect(made.user).toMatchObject({ login: 'fairlead[bot]', id: github.bot.id, type: 'Bot' });
    await bot.rest.issues.updateComment({ ...shop, comment_id: made.id, body: 'New plan' });
    expect((await bot.rest.issues.getComment({ ...shop, comment_id: made.id })).data.body).toBe('New plan');
    for (let count = 0; count < 34; count += 1) await github.as('bob').comment(repo, number, `note ${count}`);
    const all = await bot.paginate(bot.rest.issues.listComments, { ...thread, per_page: 10 });
    expect(all).toHaveLength(35);
    expect((await bot.rest.issues.listComments({ ...thread, page: 2 })).data).toHaveLength(5);
    await bot.rest.issues.deleteComment({ ...shop, comment_id: made.id });
    expect(await status(bot.rest.issues.updateComment({ ...shop, comment_id: made.id, body: 'x' }))).toBe(404);
    expect(await status(bot.rest.issues.createComment({ ...thread, body: 'x'.repeat(65_537) }))).toBe(422);
    expect(await status(bot.rest.issues.createComment({ ...thread, body: '' }))).toBe(422);
    await ada.rest.issues.lock(thread);
    expect(await status(bot.rest.issues.createComment({ ...thread, body: 'x' }))).toBe(403);
    await ada.rest.issues.unlock(thread);
  });

  test('issues: made, closed, found by their author', async () => {
    const { data: issue } = await bot.rest.issues.create({
      ...shop,
      title: 'Drift in production',
      body: 'See.',
      labels: ['drift'],
    });
    await ada.rest.issues.create({ ...shop, title: 'Something else' });
    const { data: ours } = await bot.rest.issues.listForRepo({ ...shop, creator: 'fairlead[bot]', state: 'all' });
    expect(ours.some((item) => item.number === issue.number)).toBe(true);
    expect(ours.every((item) => item.user?.login === 'fairlead[bot]')).toBe(true);
    const { data: closed } = await bot.rest.issues.update({ ...shop, issue_number: issue.number, state: 'closed' });
    expect(closed).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect((await bot.rest.issues.get({ ...shop, issue_number: issue.number })).data.closed_by?.login).toBe(
      'fairlead[bot]',
    );
  });

  test('check runs: fifty annotations a request, appended', async () => {
    const head = await github.as('bob').push(repo, 'checked', { 'checked.yaml': 'a: 1\n' });
    const annotations = (count: number) =>
      Array.from({ length: count }, (_, line) => ({
        path: 'checked.yaml',
        start_line: line + 1,
        end_line: line + 1,
        annotation_level: 'failure' as const,
        message: 'Wrong.',
      }));
    const output = (count: number) => ({ title: 'Plan', summary: 'Two changes', annotations: annotations(count) });
    const run = { ...shop, name: 'fairlead/plan', head_sha: head };
    expect(await status(bot.rest.checks.create({ ...run, output: output(51) }))).toBe(422);
    expect(await status(ada.rest.checks.create(run))).toBe(403);
    expect(await status(bot.rest.checks.create({ ...run, head_sha: '1'.repeat(40) }))).toBe(422);
    const long = { title: 't', summary: 'x'.repeat(65_536) };
    expect(await status(bot.rest.checks.create({ ...run, output: long }))).toBe(422);
    const { data: made } = await bot.rest.checks.create({
      ...run,
      status: 'in_progress',
      external_id: 'ours',
      output: output(50),
    });
    const target = { ...shop, check_run_id: made.id };
    await bot.rest.checks.update({ ...target, conclusion: 'failure', output: output(7) });
    const { data: done } = await bot.rest.checks.get(target);
    expect(done).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      external_id: 'ours',
      output: { annotations_count: 57 },
    });
    expect(await bot.paginate(bot.rest.checks.listAnnotations, target)).toHaveLength(57);
    expect((await bot.rest.checks.listAnnotations({ ...target, per_page: 1, page: 57 })).data).toHaveLength(1);
    await bot.rest.checks.create({ ...run, conclusion: 'success' });
    const { data: latest } = await bot.rest.checks.listForRef({ ...shop, ref: head, check_name: 'fairlead/plan' });
    expect(latest.check_runs.map((item) => item.conclusion)).toEqual(['success']);
    const { data: every } = await bot.rest.checks.listForRef({ ...shop, ref: head, filter: 'all' });
    expect(every.total_count).toBe(2);
    const { data: suites } = await bot.rest.checks.listSuitesForRef({ ...shop, ref: head });
    const suite = { ...shop, check_suite_id: suites.check_suites[0]?.id ?? 0 };
    expect((await bot.rest.checks.getSuite(suite)).data.head_branch).toBe('checked');
    await ada.rest.checks.rerequestSuite(suite);
    await ada.rest.checks.rerequestRun(target);
  });

  test('commit statuses', async () => {
    const sha = await github.head(repo);
    await bot.rest.repos.createCommitStatus({ ...shop, sha, state: 'pending', context: 'fairlead' });
    await bot.rest.repos.createCommitStatus({
      ...shop,
      sha,
      state: 'success',
      context: 'fairlead',
      description: 'Fine',
    });
    const { data } = await bot.rest.repos.getCombinedStatusForRef({ ...shop, ref: sha });
    expect(data).toMatchObject({ state: 'success', total_count: 1 });
    expect((await bot.rest.repos.listCommitStatusesForRef({ ...shop, ref: sha })).data).toHaveLength(2);
    const long = bot.rest.repos.createCommitStatus({ ...shop, sha, state: 'error', description: 'x'.repeat(141) });
    expect(await status(long)).toBe(422);
  });

  test('deployments: surprising by default, plain when told so', async () => {
    const behind = await github.as('bob').push(repo, 'behind', { 'behind.yaml': 'a: 1\n' });
    await github.as('bob').push(repo, 'main', { 'ahead.yaml': 'a: 1\n' });
    const auto = await bot.rest.repos.createDeployment({ ...shop, ref: 'behind' });
    expect(auto.status).toBe(202);
    expect(await github.head(repo, 'behind')).not.toBe(behind);
    await bot.rest.repos.createCommitStatus({ ...shop, sha: behind, state: 'failure', context: 'ci' });
    expect(await status(bot.rest.repos.createDeployment({ ...shop, ref: behind, auto_merge: false }))).toBe(409);
    const plain = {
      ...shop,
      ref: behind,
      auto_merge: false,
      required_contexts: [],
      task: 'fairlead',
      environment: 'staging',
    };
    const deploy = async (): Promise<number> => {
      const { data } = await bot.rest.repos.createDeployment({ ...plain, payload: { id: 7 } });
      if (!('id' in data)) throw new Error('no deployment');
      expect(data.payload).toEqual({ id: 7 });
      await bot.rest.repos.createDeploymentStatus({
        ...shop,
        deployment_id: data.id,
        state: 'success',
        description: 'Done',
      });
      return data.id;
    };
    const older = await deploy();
    const newer = await deploy();
    const { data: listed } = await bot.rest.repos.listDeployments({ ...shop, environment: 'staging', sha: behind });
    expect(listed.map((item) => item.id)).toEqual([newer, older]);
    const states = async (id: number) =>
      (await bot.rest.repos.listDeploymentStatuses({ ...shop, deployment_id: id })).data.map((item) => item.state);
    expect(await states(older)).toEqual(['inactive', 'success']);
    expect(await states(newer)).toEqual(['success']);
    await bot.rest.repos.getDeployment({ ...shop, deployment_id: newer });
    expect(await status(bot.rest.repos.createDeployment({ ...plain, ref: 'nowhere' }))).toBe(422);
  });
});

describe('branches, files and refs', () => {
  test('protection and rules', async () => {
    const main = { ...shop, branch: 'main' };
    const settings = {
      required_status_checks: { strict: false, contexts: ['fairlead'] },
      enforce_admins: true,
      required_pull_request_reviews: { required_approving_review_count: 2 },
      restrictions: null,
    };
    await ada.rest.repos.updateBranchProtection({ ...main, ...settings });
    const { data } = await bot.rest.repos.getBranchProtection(main);
    expect(data).toMatchObject({
      required_status_checks: { contexts: ['fairlead'] },
      required_pull_request_reviews: { required_approving_review_count: 2 },
    });
    expect((await bot.rest.repos.getBranch(main)).data.protected).toBe(true);
    await ada.rest.repos.deleteBranchProtection(main);
    expect((await bot.rest.repos.getBranchRules(main)).data).toEqual([]);
    const source = { ruleset_source_type: 'Repository', ruleset_source: repo, ruleset_id: 1 };
    github.setRules(repo, 'main', [{ type: 'deletion', ...source }]);
    expect((await bot.rest.repos.getBranchRules(main)).data).toMatchObject([{ type: 'deletion' }]);
    github.setRules(repo, 'main', []);
    const { data: branches } = await bot.rest.repos.listBranches({ ...shop, per_page: 100 });
    expect(branches.find((branch) => branch.name === 'main')?.protected).toBe(false);
  });

  test('files read and written by the API', async () => {
    const file = { ...shop, path: 'edited/ä file.yaml' };
    const content = (text: string): string => Buffer.from(text).toString('base64');
    const { data: made } = await ada.rest.repos.createOrUpdateFileContents({
      ...file,
      message: 'Add',
      content: content('a: 1\n'),
    });
    const again = ada.rest.repos.createOrUpdateFileContents({ ...file, message: 'Change', content: content('a: 2\n') });
    expect(await status(again)).toBe(422);
    const stale = { ...file, message: 'Change', content: content('a: 2\n'), sha: '0'.repeat(40) };
    expect(await status(ada.rest.repos.createOrUpdateFileContents(stale))).toBe(409);
    const sha = made.content?.sha ?? '';
    await ada.rest.repos.createOrUpdateFileContents({ ...stale, sha });
    const { data: read } = await bot.rest.repos.getContent(file);
    expect(Buffer.from('content' in read ? read.content : '', 'base64').toString()).toBe('a: 2\n');
    const { data: folder } = await bot.rest.repos.getContent({ ...shop, path: 'edited' });
    expect(folder).toMatchObject([{ name: 'ä file.yaml', type: 'file' }]);
    await ada.rest.repos.deleteFile({ ...file, message: 'Remove', sha: 'sha' in read ? read.sha : '' });
    expect(await status(bot.rest.repos.getContent(file))).toBe(404);
  });

  test('refs, commits and comparisons', async () => {
    const sha = await github.head(repo);
    const ref = { ...shop, ref: 'heads/refs-test' };
    await ada.rest.git.createRef({ ...shop, ref: 'refs/heads/refs-test', sha });
    expect(await status(ada.rest.git.createRef({ ...shop, ref: 'refs/heads/refs-test', sha }))).toBe(422);
    expect(await status(ada.rest.git.createRef({ ...shop, ref: 'refs/heads/--upload-pack=x..y', sha }))).toBe(422);
    const side = await github.as('bob').push(repo, 'side', { 'side.yaml': 'a: 1\n' });
    await ada.rest.git.updateRef({ ...ref, sha: side });
    expect(await status(ada.rest.git.updateRef({ ...ref, sha }))).toBe(422);
    await ada.rest.git.updateRef({ ...ref, sha, force: true });
    expect((await bot.rest.git.getRef(ref)).data.object.sha).toBe(sha);
    expect((await bot.rest.git.listMatchingRefs({ ...shop, ref: 'heads/refs-' })).data).toHaveLength(1);
    await ada.rest.git.deleteRef(ref);
    expect(await status(bot.rest.git.getRef(ref))).toBe(404);
    const { data: compared } = await bot.rest.repos.compareCommitsWithBasehead({ ...shop, basehead: `main...side` });
    expect(compared).toMatchObject({ status: 'ahead', ahead_by: 1, files: [{ filename: 'side.yaml' }] });
    expect((await bot.rest.repos.listCommits({ ...shop, sha: 'side', per_page: 2 })).data[0]?.sha).toBe(side);
    expect((await bot.rest.git.getCommit({ ...shop, commit_sha: side })).data.message).toBe('Update side');
    expect(await status(bot.rest.repos.getCommit({ ...shop, ref: '2'.repeat(40) }))).toBe(422);
  });
});

describe('repositories', () => {
  test('are bound by number: renamed, the old name leads on', async () => {
    const { id } = await github.createRepository({ owner: 'acme', name: 'old' });
    github.addUser('ada', { 'acme/old': 'admin' });
    const { data } = await ada.rest.repos.update({ owner: 'acme', repo: 'old', name: 'new' });
    expect(data.full_name).toBe('acme/new');
    expect((await bot.rest.repos.get({ owner: 'acme', repo: 'old' })).data.id).toBe(id);
    expect((await bot.request('GET /repositories/{id}', { id })).data).toMatchObject({ full_name: 'acme/new' });
    await ada.rest.repos.delete({ owner: 'acme', repo: 'new' });
    expect(await status(bot.rest.repos.get({ owner: 'acme', repo: 'new' }))).toBe(404);
  });

  test('are forked, even by the same owner, and forks vanish', async () => {
    const { data: made } = await ada.rest.repos.createFork({ ...shop, organization: 'acme', name: 'shop-copy' });
    expect(made).toMatchObject({ fork: true, full_name: 'acme/shop-copy' });
    github.addUser('bob', { 'acme/shop-copy': 'admin' });
    const pull = await github
      .as('bob')
      .openPullRequest({ repo, from: 'acme/shop-copy', branch: 'forked', files: { 'fork.yaml': 'a: 1\n' } });
    const target = { ...shop, pull_number: pull.number };
    expect((await bot.rest.pulls.get(target)).data.head.repo.full_name).toBe('acme/shop-copy');
    const { data: run } = await bot.rest.checks.create({ ...shop, name: 'fairlead', head_sha: pull.head });
    expect(run.pull_requests).toEqual([]);
    await github.deleteRepository('acme/shop-copy');
    const before = complaints.length;
    expect((await bot.rest.pulls.get(target)).data.head.repo).toBeNull();
    expect(complaints.splice(before)).toEqual([expect.stringContaining('/head/repo must be object')]);
  });
});

test('deliveries are logged, and made again when asked', async () => {
  const { data: listed } = await app.rest.apps.listWebhookDeliveries({ per_page: 100 });
  expect(listed.map(({ event }) => event)).toContain('pull_request');
  const one = { delivery_id: listed[0]?.id ?? 0 };
  const { data } = await app.rest.apps.getWebhookDelivery(one);
  expect(data.request.payload).toHaveProperty('installation.id');
  await app.rest.apps.redeliverWebhookDelivery(one);
});

test('every answer so far was one GitHub’s own document allows, and every operation was tried', () => {
  expect(complaints).toEqual([]);
  expect(operations.filter((operation) => !tried.has(operation))).toEqual([]);
});
