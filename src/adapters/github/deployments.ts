/** Deployment objects: one for each of our deployment numbers, and a status on it whenever the state changes. */
import type { RepositoryRef } from '../../domain/forge.ts';
import type { DeploymentNotice } from '../../ports/forge.ts';
import type { Bindings, Bound } from './bindings.ts';
import { cut } from './checks.ts';
import { list, shape, text } from './decode.ts';
import { GitHubFault, type Standing } from './fault.ts';
import type { Identity } from './identity.ts';
import { deployment as schema, deploymentPayload, deploymentStatus } from './schema.ts';

const task = 'fairlead';
const longestDescription = 140;
const mostPages = 10;

/** Throws GitHubFault. */
export async function putDeployment(
  bindings: Bindings,
  identity: () => Promise<Identity>,
  repository: RepositoryRef,
  notice: DeploymentNotice,
): Promise<Standing> {
  const bound = await bindings.bind(repository);
  const { botId } = await identity();
  const standing = (await find(bound, botId, notice)) ?? (await create(bound, notice));
  if (!(await says(bound, standing.id, notice.state))) await setStatus(bound, standing.id, notice);
  return { id: standing.id, url: standing.url };
}

async function find(bound: Bound, botId: string, notice: DeploymentNotice) {
  const parameters = { ...bound.at, sha: notice.sha, environment: notice.environment, task };
  const route = 'GET /repos/{owner}/{repo}/deployments';
  for await (const item of bound.client.each(route, parameters, list(schema), mostPages)) {
    if (item.creator?.id === botId && numberIn(item.payload) === String(notice.id)) return item;
  }
  return undefined;
}

/** GitHub gives the payload back as we gave it, or as text. Foreign payloads have no number of ours. */
function numberIn(payload: unknown): string | undefined {
  try {
    const value: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
    return deploymentPayload(value, 'payload').fairlead;
  } catch {
    return undefined;
  }
}

async function create(bound: Bound, notice: DeploymentNotice) {
  const answer = await bound.client.one(
    'POST /repos/{owner}/{repo}/deployments',
    {
      ...bound.at,
      ref: notice.sha,
      task,
      // Otherwise GitHub merges the default branch into ours first, or refuses while any check of the commit is not green, ours included.
      auto_merge: false,
      required_contexts: [],
      environment: notice.environment,
      production_environment: notice.production,
      transient_environment: false,
      description: cut(notice.description, longestDescription),
      payload: { fairlead: notice.id, ...notice.payload },
    },
    (value, path) => ({ made: isMessage(value) ? undefined : schema(value, path) }),
  );
  // 202: nothing was made, there is only a message.
  if (answer.made === undefined) throw new GitHubFault('unreachable', 'GitHub made no deployment yet');
  return answer.made;
}

function isMessage(value: unknown): boolean {
  try {
    shape({ message: text })(value, '');
    return true;
  } catch {
    return false;
  }
}

/**
 * Statuses are listed newest first. `auto_inactive` turns older non-production deployments of the environment inactive when a newer one
 * succeeds: a success told late must not bring an overtaken deployment back to life.
 */
async function says(bound: Bound, id: string, state: DeploymentNotice['state']): Promise<boolean> {
  const route = 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
  const told: string[] = [];
  const parameters = { ...bound.at, deployment_id: Number(id) };
  for await (const status of bound.client.each(route, parameters, list(deploymentStatus), mostPages)) {
    told.push(status.state);
  }
  const wanted = state.replace('-', '_');
  return told[0] === wanted || (told[0] === 'inactive' && wanted === 'success' && told.includes('success'));
}

async function setStatus(bound: Bound, id: string, notice: DeploymentNotice): Promise<void> {
  const url = notice.detailsUrl;
  await bound.client.one(
    'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    {
      ...bound.at,
      deployment_id: Number(id),
      state: notice.state.replace('-', '_'),
      description: cut(notice.description, longestDescription),
      ...(url === undefined ? {} : { log_url: url }),
    },
    deploymentStatus,
  );
}
