/** Routes of repositories: themselves, forks, people's permissions, branches and what protects them. */
import { isJsonObject } from '../../../domain/json.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { listRefs, readRef } from '../../git-http/bare-repository.ts';
import { readCommit } from '../../git-http/history.ts';
import { accountOf, roleOf } from '../access.ts';
import { changeDefaultBranch, deleteRepository, forkRepository, renameRepository } from '../act/repositories.ts';
import { ApiError, invalid, notFound } from '../api-error.ts';
import type { Protection, Repository, Role } from '../model.ts';
import { presentAccount } from '../present/account.ts';
import { presentCommit } from '../present/commit.ts';
import { pageUrl, presentFullRepository, repositoryUrl } from '../present/repository.ts';
import { optionalFlag, optionalNumber, optionalObject, optionalText, optionalTexts } from '../request-body.ts';
import type { Reply, RepositoryCall, RepositoryRoute } from '../router.ts';
import { needs } from '../router.ts';
import { accountNamed, repositoryNamed } from '../world.ts';
import type { World } from '../world.ts';

function describe(call: RepositoryCall, repository: Repository): JsonObject {
  const { actor } = call;
  const viewer = actor.kind === 'user' || actor.kind === 'installation' ? actor.account : undefined;
  return presentFullRepository(call.world, repository, viewer);
}

async function patch(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const name = optionalText(body, 'name');
  if (name !== undefined && name !== repository.name) {
    if (repositoryNamed(world, repository.owner.login, name) !== undefined) {
      throw invalid('Repository', 'name', 'custom', 'name already exists on this account');
    }
    renameRepository(world, repository, { name });
  }
  const branch = optionalText(body, 'default_branch');
  if (branch !== undefined) {
    if ((await readRef(repository.directory, `refs/heads/${branch}`)) === undefined) {
      throw invalid('Repository', 'default_branch', 'invalid');
    }
    await changeDefaultBranch(repository, branch);
  }
  repository.private = optionalFlag(body, 'private') ?? repository.private;
  return { status: 200, body: describe(call, repository) };
}

async function fork(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const organization = optionalText(body, 'organization');
  const owner = organization === undefined ? accountOf(call.actor) : accountNamed(world, organization);
  if (owner === undefined) throw notFound();
  const made = await forkRepository(world, repository, owner, optionalText(body, 'name') ?? repository.name);
  return { status: 202, body: describe(call, made) };
}

/** The older field knows four levels only; `role_name` tells all. */
function legacy(role: Role): string {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}

function permission(call: RepositoryCall): Reply {
  const account = accountNamed(call.world, call.param('login'));
  if (account === undefined) throw notFound();
  const role = roleOf(call.repository, account);
  return {
    status: 200,
    body: {
      permission: legacy(role),
      role_name: role,
      user: {
        ...presentAccount(call.world, account),
        role_name: role,
        permissions: {
          admin: role === 'admin',
          maintain: role === 'admin' || role === 'maintain',
          push: role === 'admin' || role === 'maintain' || role === 'write',
          triage: role !== 'none' && role !== 'read',
          pull: role !== 'none',
        },
      },
    },
  };
}

function isProtected(repository: Repository, branch: string): boolean {
  return repository.protections.has(branch) || (repository.rules.get(branch)?.length ?? 0) > 0;
}

async function branches(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const refs = await listRefs(repository.directory, 'refs/heads/');
  const list = [...refs].map(([ref, sha]) => {
    const name = ref.slice('refs/heads/'.length);
    return {
      name,
      commit: { sha, url: `${repositoryUrl(world, repository)}/commits/${sha}` },
      protected: isProtected(repository, name),
    };
  });
  const only = call.query.get('protected');
  return { list: list.filter((branch) => only === null || String(branch.protected) === only) };
}

async function branch(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const name = call.param('branch');
  const sha = await readRef(repository.directory, `refs/heads/${name}`);
  if (sha === undefined) throw new ApiError(404, { message: 'Branch not found' });
  const url = `${repositoryUrl(world, repository)}/branches/${encodeURIComponent(name)}`;
  const contexts = [...(repository.protections.get(name)?.requiredChecks ?? [])];
  const on = isProtected(repository, name);
  return {
    status: 200,
    body: {
      name,
      commit: presentCommit(world, repository, await readCommit(repository.directory, sha)),
      _links: { self: url, html: `${pageUrl(world, repository)}/tree/${name}` },
      protected: on,
      protection: {
        enabled: on,
        required_status_checks: { enforcement_level: on ? 'non_admins' : 'off', contexts, checks: [] },
      },
      protection_url: `${url}/protection`,
    },
  };
}

function presentProtection(world: World, repository: Repository, branch: string, protection: Protection): JsonObject {
  const url = `${repositoryUrl(world, repository)}/branches/${encodeURIComponent(branch)}/protection`;
  const off = { enabled: false };
  const reviews = {
    url: `${url}/required_pull_request_reviews`,
    dismiss_stale_reviews: false,
    require_code_owner_reviews: false,
    require_last_push_approval: false,
    required_approving_review_count: protection.requiredApprovals,
  };
  const checks = {
    url: `${url}/required_status_checks`,
    strict: false,
    contexts: [...protection.requiredChecks],
    contexts_url: `${url}/required_status_checks/contexts`,
    checks: protection.requiredChecks.map((context) => ({ context, app_id: null })),
  };
  return {
    url,
    ...(protection.requiredChecks.length === 0 ? {} : { required_status_checks: checks }),
    ...(protection.requiredApprovals === 0 ? {} : { required_pull_request_reviews: reviews }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: off,
    allow_force_pushes: off,
    allow_deletions: off,
    block_creations: off,
    required_conversation_resolution: off,
    lock_branch: off,
    allow_fork_syncing: off,
  };
}

function getProtection(call: RepositoryCall): Reply {
  const name = call.param('branch');
  const protection = call.repository.protections.get(name);
  if (protection === undefined) throw new ApiError(404, { message: 'Branch not protected' });
  return { status: 200, body: presentProtection(call.world, call.repository, name, protection) };
}

function putProtection(call: RepositoryCall): Reply {
  const name = call.param('branch');
  const checks = optionalObject(call.body, 'required_status_checks') ?? {};
  const reviews = optionalObject(call.body, 'required_pull_request_reviews');
  const listed = (Array.isArray(checks['checks']) ? checks['checks'] : []).flatMap((check) =>
    isJsonObject(check) && typeof check['context'] === 'string' ? [check['context']] : [],
  );
  const protection = {
    requiredChecks: [...new Set([...(optionalTexts(checks, 'contexts') ?? []), ...listed])],
    requiredApprovals: reviews === undefined ? 0 : (optionalNumber(reviews, 'required_approving_review_count') ?? 1),
    enforceAdmins: optionalFlag(call.body, 'enforce_admins') ?? false,
  };
  call.repository.protections.set(name, protection);
  return { status: 200, body: presentProtection(call.world, call.repository, name, protection) };
}

const administer = needs('administration', 'write', 'admin');

export const repositoryRoutes: readonly RepositoryRoute[] = [
  {
    method: 'GET',
    pattern: '',
    needs: needs('metadata', 'read'),
    handle: (call) => ({ status: 200, body: describe(call, call.repository) }),
  },
  { method: 'PATCH', pattern: '', needs: administer, handle: patch },
  {
    method: 'DELETE',
    pattern: '',
    needs: administer,
    handle: async (call) => {
      await deleteRepository(call.world, call.repository);
      return { status: 204 };
    },
  },
  { method: 'POST', pattern: '/forks', needs: needs('metadata', 'read'), handle: fork },
  { method: 'GET', pattern: '/collaborators/{login}/permission', needs: needs('metadata', 'read'), handle: permission },
  { method: 'GET', pattern: '/branches', needs: needs('contents', 'read'), handle: branches },
  {
    method: 'GET',
    pattern: '/branches/{branch+}/protection',
    needs: needs('administration', 'read', 'admin'),
    handle: getProtection,
  },
  { method: 'PUT', pattern: '/branches/{branch+}/protection', needs: administer, handle: putProtection },
  {
    method: 'DELETE',
    pattern: '/branches/{branch+}/protection',
    needs: administer,
    handle: (call) => {
      call.repository.protections.delete(call.param('branch'));
      return { status: 204 };
    },
  },
  { method: 'GET', pattern: '/branches/{branch+}', needs: needs('contents', 'read'), handle: branch },
  {
    method: 'GET',
    pattern: '/rules/branches/{branch+}',
    needs: needs('metadata', 'read'),
    handle: (call) => ({ list: call.repository.rules.get(call.param('branch')) ?? [] }),
  },
];
