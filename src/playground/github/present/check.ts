/** Check runs, check suites and commit statuses in GitHub's JSON. */
import type { JsonObject } from '../../../domain/json.ts';
import type { CheckRun, CheckSuite, CommitStatus, Repository } from '../model.ts';
import { pullRequestsOf } from '../world.ts';
import type { World } from '../world.ts';
import { nodeId, presentAccount } from './account.ts';
import { presentApp } from './app.ts';
import { pageUrl, presentRepository, repositoryUrl } from './repository.ts';

/** Open pull requests with this head. Heads in a fork are not listed, as on GitHub. */
function pullRequestsWith(world: World, repository: Repository, sha: string): JsonObject[] {
  const brief = (of: Repository): JsonObject => ({ id: of.id, url: repositoryUrl(world, of), name: of.name });
  return pullRequestsOf(repository)
    .filter(({ state, pull }) => state === 'open' && pull.head.sha === sha && pull.head.repositoryId === repository.id)
    .map(({ number, pull }) => ({
      url: `${repositoryUrl(world, repository)}/pulls/${number}`,
      id: pull.id,
      number,
      head: { ref: pull.head.branch, sha: pull.head.sha, repo: brief(repository) },
      base: { ref: pull.base.branch, sha: pull.base.sha, repo: brief(repository) },
    }));
}

export function presentCheckRun(world: World, repository: Repository, run: CheckRun): JsonObject {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${pageUrl(world, repository)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite.id },
    app: presentApp(world),
    pull_requests: pullRequestsWith(world, repository, run.headSha),
  };
}

/** A suite is as far as its runs are: completed when all are, failed when one has. */
function suiteState(runs: readonly CheckRun[]): { status: string; conclusion: string | null } {
  if (runs.length === 0) return { status: 'queued', conclusion: null };
  if (runs.some((run) => run.status !== 'completed')) return { status: 'in_progress', conclusion: null };
  const bad = runs.find((run) => !['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''));
  return { status: 'completed', conclusion: bad?.conclusion ?? 'success' };
}

export function presentCheckSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  headCommit: JsonObject,
): JsonObject {
  const url = `${repositoryUrl(world, repository)}/check-suites/${suite.id}`;
  const runs = [...world.checkRuns.values()].filter((run) => run.suite.id === suite.id);
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteState(runs),
    url,
    before: null,
    after: suite.headSha,
    pull_requests: pullRequestsWith(world, repository, suite.headSha),
    app: presentApp(world),
    repository: presentRepository(world, repository),
    created_at: suite.createdAt,
    updated_at: suite.createdAt,
    head_commit: headCommit,
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
  };
}

export function presentStatus(world: World, repository: Repository, status: CommitStatus): JsonObject {
  return {
    url: `${repositoryUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: `${world.url}/avatars/u/${status.creator.id}?v=4`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: presentAccount(world, status.creator),
  };
}
