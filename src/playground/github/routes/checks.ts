/** Routes of check runs, check suites, commit statuses and deployments: what an app reports. */
import { accountOf } from '../access.ts';
import {
  createCheckRun,
  createStatus,
  describeSuite,
  rerequestRun,
  rerequestSuite,
  updateCheckRun,
} from '../act/checks.ts';
import { addDeploymentStatus, createDeployment } from '../act/deployments.ts';
import { latestCheckRuns, latestStatuses } from '../act/requirements.ts';
import { resolveCommit } from '../act/resolve-commit.ts';
import { ApiError, forbidden, notFound } from '../api-error.ts';
import type { CheckRun, CheckSuite, Deployment } from '../model.ts';
import { presentCheckRun, presentStatus } from '../present/check.ts';
import { presentDeployment, presentDeploymentStatus } from '../present/deployment.ts';
import { presentRepository, repositoryUrl } from '../present/repository.ts';
import type { Call, Reply, RepositoryCall, RepositoryRoute } from '../router.ts';
import { needs } from '../router.ts';

async function commitOf(call: RepositoryCall): Promise<string> {
  const ref = call.param('ref');
  const sha = await resolveCommit(call.repository, ref);
  if (sha === undefined) throw new ApiError(422, { message: `No commit found for SHA: ${ref}` });
  return sha;
}

function onlyApps(call: Call): void {
  if (call.actor.kind !== 'installation') throw forbidden('You must authenticate via a GitHub App.');
}

function findRun(call: RepositoryCall): CheckRun {
  const run = call.world.checkRuns.get(call.number('run'));
  if (run?.repositoryId !== call.repository.id) throw notFound();
  return run;
}

function findSuite(call: RepositoryCall): CheckSuite {
  const suite = call.world.checkSuites.get(call.number('suite'));
  if (suite?.repositoryId !== call.repository.id) throw notFound();
  return suite;
}

async function runsFor(call: RepositoryCall): Promise<Reply> {
  const { query, repository, world } = call;
  const sha = await commitOf(call);
  const all = [...world.checkRuns.values()].filter((run) => run.repositoryId === repository.id && run.headSha === sha);
  const runs = query.get('filter') === 'all' ? all : latestCheckRuns(world, repository, sha);
  const name = query.get('check_name');
  const status = query.get('status');
  const app = query.get('app_id');
  const shown = runs
    .filter((run) => name === null || run.name === name)
    .filter((run) => status === null || run.status === status)
    .filter(() => app === null || Number(app) === world.app.id);
  return { list: shown.reverse().map((run) => presentCheckRun(world, repository, run)), wrap: 'check_runs' };
}

async function combinedStatus(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const sha = await commitOf(call);
  const latest = latestStatuses(world, repository, sha);
  const bad = latest.some(({ state }) => state === 'error' || state === 'failure');
  const done = latest.length > 0 && latest.every(({ state }) => state === 'success');
  const url = repositoryUrl(world, repository);
  const body = {
    state: bad ? 'failure' : done ? 'success' : 'pending',
    statuses: latest.map((status) => presentStatus(world, repository, status)),
    sha,
    total_count: latest.length,
    repository: presentRepository(world, repository),
    commit_url: `${url}/commits/${sha}`,
    url: `${url}/commits/${sha}/status`,
  };
  return { status: 200, body };
}

function findDeployment(call: RepositoryCall): Deployment {
  const deployment = call.world.deployments.get(call.number('deployment'));
  if (deployment?.repositoryId !== call.repository.id) throw notFound();
  return deployment;
}

function deployments(call: RepositoryCall): Reply {
  const { query, repository, world } = call;
  const shown = [...world.deployments.values()]
    .filter((deployment) => deployment.repositoryId === repository.id)
    .filter((deployment) =>
      (['sha', 'ref', 'task', 'environment'] as const).every((field) => {
        const wanted = query.get(field);
        return wanted === null || wanted === 'none' || deployment[field] === wanted;
      }),
    );
  return { list: shown.reverse().map((deployment) => presentDeployment(world, repository, deployment)) };
}

async function deploy(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const answer = await createDeployment(world, repository, accountOf(call.actor), call.body);
  if (answer.kind === 'merged') return { status: 202, body: { message: answer.message } };
  return { status: 201, body: presentDeployment(world, repository, answer.deployment) };
}

const checksRead = needs('checks', 'read');
const checksWrite = needs('checks', 'write');

const checkRoutes: readonly RepositoryRoute[] = [
  {
    method: 'POST',
    pattern: '/check-runs',
    needs: checksWrite,
    handle: async (call) => {
      onlyApps(call);
      const run = await createCheckRun(call.world, call.repository, call.body);
      return { status: 201, body: presentCheckRun(call.world, call.repository, run) };
    },
  },
  {
    method: 'GET',
    pattern: '/check-runs/{run}',
    needs: checksRead,
    handle: (call) => ({ status: 200, body: presentCheckRun(call.world, call.repository, findRun(call)) }),
  },
  {
    method: 'PATCH',
    pattern: '/check-runs/{run}',
    needs: checksWrite,
    handle: (call) => {
      onlyApps(call);
      const run = findRun(call);
      updateCheckRun(call.world, call.repository, run, call.body);
      return { status: 200, body: presentCheckRun(call.world, call.repository, run) };
    },
  },
  {
    method: 'GET',
    pattern: '/check-runs/{run}/annotations',
    needs: checksRead,
    handle: (call) => ({ list: findRun(call).annotations }),
  },
  {
    method: 'POST',
    pattern: '/check-runs/{run}/rerequest',
    needs: checksWrite,
    handle: (call) => {
      rerequestRun(call.world, call.repository, findRun(call), accountOf(call.actor));
      return { status: 201, body: {} };
    },
  },
  {
    method: 'GET',
    pattern: '/check-suites/{suite}',
    needs: checksRead,
    handle: async (call) => ({ status: 200, body: await describeSuite(call.world, call.repository, findSuite(call)) }),
  },
  {
    method: 'POST',
    pattern: '/check-suites/{suite}/rerequest',
    needs: checksWrite,
    handle: async (call) => {
      await rerequestSuite(call.world, call.repository, findSuite(call), accountOf(call.actor));
      return { status: 201, body: {} };
    },
  },
  { method: 'GET', pattern: '/commits/{ref+}/check-runs', needs: checksRead, handle: runsFor },
  {
    method: 'GET',
    pattern: '/commits/{ref+}/check-suites',
    needs: checksRead,
    handle: async (call) => {
      const sha = await commitOf(call);
      const suites = [...call.world.checkSuites.values()].filter(
        (suite) => suite.repositoryId === call.repository.id && suite.headSha === sha,
      );
      const described = suites.map((suite) => describeSuite(call.world, call.repository, suite));
      return { list: await Promise.all(described), wrap: 'check_suites' };
    },
  },
];

const statusRoutes: readonly RepositoryRoute[] = [
  {
    method: 'POST',
    pattern: '/statuses/{sha}',
    needs: needs('statuses', 'write'),
    handle: async (call) => {
      const by = accountOf(call.actor);
      const status = await createStatus(call.world, call.repository, call.param('sha'), by, call.body);
      return { status: 201, body: presentStatus(call.world, call.repository, status) };
    },
  },
  { method: 'GET', pattern: '/commits/{ref+}/status', needs: needs('statuses', 'read'), handle: combinedStatus },
  {
    method: 'GET',
    pattern: '/commits/{ref+}/statuses',
    needs: needs('statuses', 'read'),
    handle: async (call) => {
      const sha = await commitOf(call);
      const all = call.world.statuses.filter(
        (status) => status.repositoryId === call.repository.id && status.sha === sha,
      );
      return { list: all.reverse().map((status) => presentStatus(call.world, call.repository, status)) };
    },
  },
];

const deploymentRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', pattern: '/deployments', needs: needs('deployments', 'read'), handle: deployments },
  { method: 'POST', pattern: '/deployments', needs: needs('deployments', 'write'), handle: deploy },
  {
    method: 'GET',
    pattern: '/deployments/{deployment}',
    needs: needs('deployments', 'read'),
    handle: (call) => ({ status: 200, body: presentDeployment(call.world, call.repository, findDeployment(call)) }),
  },
  {
    method: 'GET',
    pattern: '/deployments/{deployment}/statuses',
    needs: needs('deployments', 'read'),
    handle: (call) => {
      const deployment = findDeployment(call);
      const newest = deployment.statuses.toReversed();
      return { list: newest.map((status) => presentDeploymentStatus(call.world, call.repository, deployment, status)) };
    },
  },
  {
    method: 'POST',
    pattern: '/deployments/{deployment}/statuses',
    needs: needs('deployments', 'write'),
    handle: (call) => {
      const deployment = findDeployment(call);
      const status = addDeploymentStatus(call.world, deployment, accountOf(call.actor), call.body);
      return { status: 201, body: presentDeploymentStatus(call.world, call.repository, deployment, status) };
    },
  },
];

export const reportRoutes: readonly RepositoryRoute[] = [...checkRoutes, ...statusRoutes, ...deploymentRoutes];
