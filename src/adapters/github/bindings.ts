/**
 * From a repository's numeric id to the installation that may act on it and its name of the moment. The name in a RepositoryRef is only a
 * hint: repositories are renamed and transferred, names are reused (H23), and a webhook's installation id is a claim (H22).
 */
import type { RepositoryRef } from '../../domain/forge.ts';
import type { Client, Connection } from './client.ts';
import { list } from './decode.ts';
import { GitHubFault } from './fault.ts';
import { installation, repository as repositorySchema } from './schema.ts';

/** A repository looked up moments ago, and the client of the installation that owns it. */
export interface Bound {
  readonly client: Client;
  readonly installationId: string;
  readonly id: string;
  /** Path parameters of every `/repos/{owner}/{repo}` route. */
  readonly at: { readonly owner: string; readonly repo: string };
}

export interface Bindings {
  /** Throws GitHubFault: not-found when no installation of the App can see a repository of this id. */
  bind(repository: RepositoryRef): Promise<Bound>;
  /** The repository that has this name now. Throws GitHubFault. */
  byName(forge: string, fullName: string): Promise<RepositoryRef>;
  /** An answer showed that the name has moved on. */
  forget(repository: RepositoryRef): void;
}

/** A name is used this long before it is looked up again; a reused name is taken for ours no longer than this. */
const freshMilliseconds = 30_000;
const mostBindings = 5_000;
const mostInstallationPages = 10;

export function repositoryBindings(connection: Connection, now: () => number): Bindings {
  const held = new Map<string, { bound: Promise<Bound>; until: number }>();

  async function under(installationId: string, id: string): Promise<Bound> {
    const client = connection.asInstallation(installationId);
    const found = await client.one(
      'GET /repositories/{repository_id}',
      { repository_id: Number(id) },
      repositorySchema,
    );
    if (found.id !== id) throw new GitHubFault('malformed', `GET /repositories/${id} answered with another repository`);
    return { client, installationId, id, at: splitName(found.full_name) };
  }

  async function look(repository: RepositoryRef): Promise<Bound> {
    const hint = await installationOf(connection, repository.fullName).catch(notFoundAsNone);
    if (hint !== undefined) {
      const bound = await under(hint, repository.id).catch(notFoundAsNone);
      if (bound !== undefined) return bound;
    }
    // The name is gone or somebody else's by now: whichever installation sees the id has it.
    for await (const { id } of installations(connection)) {
      if (id === hint) continue;
      const bound = await under(id, repository.id).catch(notFoundAsNone);
      if (bound !== undefined) return bound;
    }
    throw new GitHubFault('not-found', `no installation of the App sees repository ${repository.id}`, { status: 404 });
  }

  return {
    bind(repository) {
      const entry = held.get(repository.id);
      if (entry !== undefined && entry.until > now()) return entry.bound;
      if (held.size >= mostBindings) held.clear();
      const bound = look(repository);
      held.set(repository.id, { bound, until: now() + freshMilliseconds });
      bound.catch(() => held.delete(repository.id));
      return bound;
    },
    async byName(forge, fullName) {
      const installationId = await installationOf(connection, fullName);
      const client = connection.asInstallation(installationId);
      const found = await client.one('GET /repos/{owner}/{repo}', splitName(fullName), repositorySchema);
      return { forge, id: found.id, fullName: found.full_name };
    },
    forget(repository) {
      held.delete(repository.id);
    },
  };
}

async function installationOf(connection: Connection, fullName: string): Promise<string> {
  const found = await connection.asApp.one('GET /repos/{owner}/{repo}/installation', splitName(fullName), installation);
  return found.id;
}

function installations(connection: Connection): AsyncGenerator<{ id: string }, void> {
  return connection.asApp.each('GET /app/installations', {}, list(installation), mostInstallationPages);
}

/** Not there, or not ours to see: the search goes on. Everything else ends it as unknown. */
function notFoundAsNone(error: unknown): undefined {
  if (error instanceof GitHubFault && (error.why === 'not-found' || error.status === 403)) return undefined;
  throw error;
}

function splitName(fullName: string): { owner: string; repo: string } {
  const [owner, repo, ...more] = fullName.split('/');
  if (owner === undefined || repo === undefined || owner === '' || repo === '' || more.length > 0) {
    throw new GitHubFault('malformed', `not a repository name: ${fullName.slice(0, 200)}`, { status: 422 });
  }
  return { owner, repo };
}
