/** Deployments with GitHub's surprising defaults: auto-merge, all contexts required, older ones made inactive. */
import type { Json, JsonObject } from '../../../domain/json.ts';
import { readRef } from '../../git-http/bare-repository.ts';
import { isAncestor } from '../../git-http/history.ts';
import { mergeTrees } from '../../git-http/merge.ts';
import { commitTree } from '../../git-http/write-commit.ts';
import { ApiError } from '../api-error.ts';
import type { Account, Deployment, DeploymentStatus, Repository } from '../model.ts';
import { signatureOf } from '../present/commit.ts';
import { atMost, oneOf, optionalFlag, optionalText, optionalTexts, text } from '../request-body.ts';
import type { World } from '../world.ts';
import { moveRef } from './move-branch.ts';
import { contextsOf } from './requirements.ts';
import { resolveCommit } from './resolve-commit.ts';

const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const;

export type DeploymentAnswer =
  | { readonly kind: 'created'; readonly deployment: Deployment }
  | { readonly kind: 'merged'; readonly message: string };

/** @throws ApiError 409 when the ref is behind and conflicts, or when required contexts have not succeeded */
export async function createDeployment(
  world: World,
  repository: Repository,
  by: Account,
  body: JsonObject,
): Promise<DeploymentAnswer> {
  const ref = text(body, 'Deployment', 'ref');
  const sha = await resolveCommit(repository, ref);
  if (sha === undefined) throw new ApiError(422, { message: `No ref found for: ${ref}` });
  atMost('Deployment', 'description', optionalText(body, 'description'), 140);
  if (optionalFlag(body, 'auto_merge') !== false) {
    const message = await autoMerge(world, repository, ref, sha, by);
    if (message !== undefined) return { kind: 'merged', message };
  }
  checkContexts(world, repository, ref, sha, optionalTexts(body, 'required_contexts'));
  const environment = optionalText(body, 'environment') ?? 'production';
  const deployment: Deployment = {
    id: world.nextId(),
    repositoryId: repository.id,
    sha,
    ref,
    task: optionalText(body, 'task') ?? 'deploy',
    environment,
    description: optionalText(body, 'description') ?? null,
    payload: payloadOf(body['payload']),
    production: optionalFlag(body, 'production_environment') ?? environment === 'production',
    transient: optionalFlag(body, 'transient_environment') ?? false,
    creator: by,
    createdAt: world.now(),
    updatedAt: world.now(),
    statuses: [],
  };
  world.deployments.set(deployment.id, deployment);
  return { kind: 'created', deployment };
}

function payloadOf(payload: Json | undefined): Json {
  return payload === undefined || payload === null || payload === '' ? {} : payload;
}

/** Merges the default branch into a ref that is behind it; the message of GitHub's 202 when that happened. */
async function autoMerge(
  world: World,
  repository: Repository,
  ref: string,
  sha: string,
  by: Account,
): Promise<string | undefined> {
  const { directory, defaultBranch } = repository;
  const main = await readRef(directory, `refs/heads/${defaultBranch}`);
  if (main === undefined || (await isAncestor(directory, main, sha))) return undefined;
  const branch = `refs/heads/${ref.replace(/^refs\/heads\//, '')}`;
  const merged = await mergeTrees(directory, sha, main);
  if (merged.kind === 'conflict' || (await readRef(directory, branch)) !== sha) {
    throw new ApiError(409, { message: `Conflict merging ${defaultBranch} into ${ref}.` });
  }
  const who = signatureOf(world, by);
  const message = `Merge ${defaultBranch} into ${ref}`;
  const after = await commitTree(directory, merged.tree, [sha, main], { message, author: who, committer: who });
  await moveRef(world, repository, { ref: branch, before: sha, after }, by);
  return `Auto-merged ${defaultBranch} into ${ref} on deployment.`;
}

function checkContexts(
  world: World,
  repository: Repository,
  ref: string,
  sha: string,
  required: readonly string[] | undefined,
): void {
  const contexts = contextsOf(world, repository, sha);
  const bad = (required ?? [...contexts.keys()]).filter((context) => contexts.get(context) !== 'success');
  if (bad.length === 0) return;
  const listed = bad.map((context) => ({ context, state: contexts.get(context) ?? 'expected' }));
  throw new ApiError(409, {
    message: `Conflict: Commit status checks failed for ${ref}.`,
    errors: [{ contexts: listed, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
  });
}

/** Adds a status; a success makes older deployments of the environment inactive unless told otherwise or it is production. */
export function addDeploymentStatus(
  world: World,
  deployment: Deployment,
  by: Account,
  body: JsonObject,
): DeploymentStatus {
  const state = oneOf('DeploymentStatus', 'state', text(body, 'DeploymentStatus', 'state'), states);
  const description = optionalText(body, 'description') ?? '';
  atMost('DeploymentStatus', 'description', description, 140);
  const logUrl = optionalText(body, 'log_url') ?? optionalText(body, 'target_url') ?? '';
  const status = record(world, deployment, by, state, description, logUrl, optionalText(body, 'environment_url') ?? '');
  if (state === 'success' && optionalFlag(body, 'auto_inactive') !== false) retireOlder(world, deployment, by);
  return status;
}

function record(
  world: World,
  deployment: Deployment,
  creator: Account,
  state: string,
  description: string,
  logUrl: string,
  environmentUrl: string,
): DeploymentStatus {
  const createdAt = world.now();
  const status = { id: world.nextId(), state, description, logUrl, environmentUrl, creator, createdAt };
  deployment.statuses.push(status);
  deployment.updatedAt = createdAt;
  return status;
}

function retireOlder(world: World, deployment: Deployment, by: Account): void {
  for (const older of world.deployments.values()) {
    const same = older.repositoryId === deployment.repositoryId && older.environment === deployment.environment;
    if (!same || older.id >= deployment.id || older.production || older.transient) continue;
    if (older.statuses.at(-1)?.state === 'inactive') continue;
    record(world, older, by, 'inactive', '', '', '');
  }
}
