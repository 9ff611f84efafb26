/** The forge contract's world over the stand-in GitHub. */
import { connectGitHub } from '../../src/adapters/github/connect-github.ts';
import { parseSha, type PullRequestRef, type Sha } from '../../src/domain/forge.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import { silentLog } from '../../src/ports/log.ts';
import { levels, type ForgeWorld, type PersonName } from './forge-world.ts';
import { faults, routes } from './github-faults.ts';

export async function gitHubWorld(): Promise<ForgeWorld> {
  const github = await startGitHub({
    webhookSecret: 'a secret of decent length',
    permissions: {
      administration: 'read',
      checks: 'write',
      contents: 'write',
      deployments: 'write',
      issues: 'write',
      pull_requests: 'write',
    },
  });
  const { id, fullName } = await github.createRepository({
    owner: 'shop',
    name: 'deploy',
    files: { 'a.yaml': 'a: 1\n' },
  });
  const people = new Map(
    Object.entries(levels).map(([name, level]) => [name, github.addUser(name, { [fullName]: level })]),
  );
  let repo = fullName;
  let elapsed = 0;
  let pushes = 0;
  const connect = () =>
    connectGitHub({
      appId: String(github.appId),
      privateKey: github.appPrivateKeyPem,
      baseUrl: github.url,
      gitUrl: github.gitUrl,
      log: silentLog,
      timeoutMilliseconds: 2_000,
      retryMilliseconds: 1,
      now: () => Date.now() + elapsed,
    });
  const content = (): Record<string, string> => ({ [`file-${(pushes += 1)}.yaml`]: `n: ${pushes}\n` });
  const forks = new Map<PersonName, string>();
  const forkOf = async (by: PersonName): Promise<string> => {
    const fork = forks.get(by) ?? (await github.as(by).fork(repo));
    forks.set(by, fork);
    return fork;
  };

  return {
    forge: connect(),
    repository: { forge: 'github', id: String(id), fullName },
    another: connect,
    wait: (milliseconds) => void (elapsed += milliseconds),
    person: (name) => ({ id: String(people.get(name)?.id), login: name, bot: false }),
    async open(by, branch, { fork = false, ...more } = {}) {
      const from = fork ? { from: await forkOf(by) } : {};
      const opened = await github.as(by).openPullRequest({ repo, branch, files: content(), ...from, ...more });
      return {
        ref: { repository: { forge: 'github', id: String(id), fullName }, number: opened.number },
        head: sha(opened.head),
      };
    },
    push: async (by, branch) => sha(await github.as(by).push(repo, branch, content())),
    merge: async (ref, by) => sha(await github.as(by).merge(repo, ref.number)),
    close: (ref) => github.as('alice').edit(repo, ref.number, { state: 'closed' }),
    async review(ref, by, verdict) {
      const events = { approve: 'APPROVE', 'request-changes': 'REQUEST_CHANGES', comment: 'COMMENT' } as const;
      const login = by === 'bot' ? github.bot.login : by;
      if (by === 'bot') github.addUser(login, { [repo]: 'write' });
      const review = await github.as(login).review(repo, ref.number, events[verdict]);
      return () => github.as('alice').dismissReview(repo, ref.number, review);
    },
    comment: async (ref, by, body) => void (await github.as(by).comment(repo, ref.number, body)),
    comments: async (ref: PullRequestRef) =>
      github.comments(repo, ref.number).map((comment) => ({
        byUs: comment.author.id === github.bot.id,
        body: comment.body,
        remove: () => github.as('alice').deleteComment(repo, comment.id),
      })),
    topics: async () =>
      github.issues(repo).map((issue) => ({
        byUs: issue.author.id === github.bot.id,
        title: issue.title,
        body: issue.body ?? '',
        open: issue.state === 'open',
      })),
    openTopic: async (by, title, body) =>
      void (await github.as(by).request('POST', `/repos/${repo}/issues`, { title, body })),
    checks: async (commit) =>
      github.checks(repo, commit).map((run) => ({
        name: run.name,
        state: stateOf(run.status, run.conclusion),
        title: run.title ?? '',
        summary: run.summary ?? '',
        annotations: run.annotations.map((annotation) => text(annotation['message'])),
      })),
    deployments: async () =>
      github.deployments(repo).map((deployment) => ({
        environment: deployment.environment,
        sha: deployment.sha,
        states: deployment.statuses.map((status) => status.state.replace('_', '-')),
        payload: deployment.payload,
      })),
    lock: async (ref) => github.lock(repo, ref.number),
    require: async (branch, { checks, approvals }) =>
      github.protect(repo, branch, { requiredChecks: checks, requiredApprovals: approvals }),
    async rename() {
      github.renameRepository(repo, 'shop/renamed');
      repo = 'shop/renamed';
      await github.createRepository({ owner: 'shop', name: 'deploy' });
    },
    trouble: (where, what, times) =>
      void github.faults.add({ match: routes[where], ...faults[what], ...(times === undefined ? {} : { times }) }),
    calm: () => github.faults.clear(),
    stop: () => github.stop(),
  };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('not a text');
  return value;
}

function stateOf(status: string, conclusion: string | null): string {
  if (status === 'in_progress') return 'running';
  return (conclusion ?? status).replace('_', '-');
}

function sha(text: string): Sha {
  const parsed = parseSha(text);
  if (parsed === undefined) throw new Error(`not a commit id: ${text}`);
  return parsed;
}
