/** Making, forking, renaming, transferring and deleting repositories. */
import { rm } from 'node:fs/promises';
import { copyBranches, setDefaultBranch } from '../../git-http/bare-repository.ts';
import { announceInstallation } from '../announce.ts';
import type { Account, Repository } from '../model.ts';
import { nodeId } from '../present/account.ts';
import { addRepository, fullName, repositoryNamed } from '../world.ts';
import type { World } from '../world.ts';

/** Installs the app on a repository and says so; the first one of an account is the installation itself. */
export function install(world: World, repository: Repository): void {
  repository.installed = true;
  const listed = [
    {
      id: repository.id,
      node_id: nodeId('R', repository.id),
      name: repository.name,
      full_name: fullName(repository),
      private: repository.private,
    },
  ];
  const existing = world.installations.get(repository.owner.id);
  if (existing !== undefined) {
    const fields = { repository_selection: 'selected', repositories_added: listed, repositories_removed: [] };
    announceInstallation(world, existing, repository.owner, 'installation_repositories', 'added', fields);
    return;
  }
  const installation = { id: world.nextId(), account: repository.owner, createdAt: world.now() };
  world.installations.set(repository.owner.id, installation);
  announceInstallation(world, installation, repository.owner, 'installation', 'created', { repositories: listed });
}

/** A fork with all branches; one account may hold several when they have different names. */
export async function forkRepository(
  world: World,
  parent: Repository,
  owner: Account,
  name: string,
): Promise<Repository> {
  const existing = repositoryNamed(world, owner.login, name);
  if (existing !== undefined) return existing;
  const input = { owner, name, defaultBranch: parent.defaultBranch, private: parent.private, parent };
  const fork = await addRepository(world, input);
  await copyBranches(parent.directory, fork.directory);
  return fork;
}

/** A new name or owner; the old name keeps leading here until somebody else takes it. */
export function renameRepository(
  world: World,
  repository: Repository,
  to: { readonly owner?: Account; readonly name?: string },
): void {
  const old = fullName(repository);
  repository.name = to.name ?? repository.name;
  repository.owner = to.owner ?? repository.owner;
  world.formerNames.delete(fullName(repository).toLowerCase());
  world.formerNames.set(old.toLowerCase(), repository.id);
}

export async function changeDefaultBranch(repository: Repository, branch: string): Promise<void> {
  repository.defaultBranch = branch;
  await setDefaultBranch(repository.directory, branch);
}

/** Pull requests from a deleted fork stay, with no head repository. */
export async function deleteRepository(world: World, repository: Repository): Promise<void> {
  world.repositories.delete(repository.id);
  await rm(repository.directory, { recursive: true, force: true });
}
