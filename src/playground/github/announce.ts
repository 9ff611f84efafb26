/** Telling the app's webhook what happened, with the fields every event of GitHub's has. */
import type { JsonObject } from '../../domain/json.ts';
import { presentAccount } from './present/account.ts';
import { presentInstallation } from './present/app.ts';
import { presentRepository } from './present/repository.ts';
import type { Account, Installation, Repository } from './model.ts';
import { installationOf } from './world.ts';
import type { World } from './world.ts';

/** Emits an event of a repository; nothing is sent while the app is not installed there. */
export function announce(
  world: World,
  repository: Repository,
  sender: Account,
  event: string,
  action: string | null,
  fields: JsonObject,
): void {
  const installation = installationOf(world, repository);
  if (installation === undefined || !world.app.events.includes(event)) return;
  const organization =
    repository.owner.type === 'Organization' ? { organization: organizationOf(world, repository.owner) } : {};
  world.deliveries.emit({
    event,
    action,
    installationId: installation.id,
    repositoryId: repository.id,
    payload: {
      ...(action === null ? {} : { action }),
      ...fields,
      repository: presentRepository(world, repository),
      ...organization,
      sender: presentAccount(world, sender),
      installation: { id: installation.id, node_id: Buffer.from(`integration${installation.id}`).toString('base64') },
    },
  });
}

function organizationOf(world: World, account: Account): JsonObject {
  const { login, id, node_id: nodeId, avatar_url: avatar } = presentAccount(world, account);
  return { login, id, node_id: nodeId, url: `${world.url}/orgs/${account.login}`, avatar_url: avatar, description: '' };
}

/** `installation` and `installation_repositories`: the app's own events, about no one repository. */
export function announceInstallation(
  world: World,
  installation: Installation,
  sender: Account,
  event: 'installation' | 'installation_repositories',
  action: string,
  fields: JsonObject,
): void {
  world.deliveries.emit({
    event,
    action,
    installationId: installation.id,
    repositoryId: null,
    payload: {
      action,
      installation: presentInstallation(world, installation),
      ...fields,
      requester: null,
      sender: presentAccount(world, sender),
    },
  });
}

/** GitHub's greeting when a webhook is set up. */
export function announcePing(world: World, hookId: number): void {
  world.deliveries.emit({
    event: 'ping',
    action: null,
    installationId: null,
    repositoryId: null,
    payload: {
      zen: 'Keep it logically awesome.',
      hook_id: hookId,
      hook: { type: 'App', id: hookId, name: 'web', active: true, events: [...world.app.events], app_id: world.app.id },
    },
  });
}
