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
  /** Something was not found: looks the repository up anew and says whether it has another name or owner than thought. */
  moved(repository: RepositoryRef): Promise<boolean>;
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
    const refusals: GitHubFault[] = [];
    const hint = await installationOf(connection, repository.fullName).catch(noneWith(refusals));
    const bound = hint === undefined ? undefined : await under(hint, repository.id).catch(noneWith(refusals));
    if (bound !== undefined) return bound;
    // The name is gone or somebody else's by now: whichever installation sees the id has it.
    for await (const { id } of installations(connection)) {
      const found = id === hint ? undefined : await under(id, repository.id).catch(noneWith(refusals));
      if (found !== undefined) return found;
    }
    const detail = `no installation of the App sees repository ${repository.id}`;
    throw refusals[0] ?? new GitHubFault('not-found', detail, { status: 404 });
  }

  function bind(repository: RepositoryRef): Promise<Bound> {
    const entry = held.get(repository.id);
    if (entry !== undefined && entry.until > now()) return entry.bound;
    if (held.size >= mostBindings) held.clear();
    const bound = look(repository);
    held.set(repository.id, { bound, until: now() + freshMilliseconds });
    bound.catch(() => held.delete(repository.id));
    return bound;
  }

  return {
    bind,
    async byName(forge, fullName) {
      const installationId = await installationOf(connection, fullName);
      const client = connection.asInstallation(installationId);
      const found = await client.one('GET /repos/{owner}/{repo}', splitName(fullName), repositorySchema);
      return { forge, id: found.id, fullName: found.full_name };
    },
    async moved(repository) {
      const before = await held.get(repository.id)?.bound.catch(() => undefined);
      held.delete(repository.id);
      if (before === undefined) return false;
      const after = await bind(repository);
      return before.at.owner !== after.at.owner || before.at.repo !== after.at.repo;
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

/** Not there: the search goes on. So it does past an installation that is suspended, but then that is what is told in the end. */
function noneWith(refusals: GitHubFault[]): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof GitHubFault) || (error.why !== 'not-found' && error.why !== 'forbidden')) throw error;
    if (error.why === 'forbidden') refusals.push(error);
    return undefined;
  };
}

function splitName(fullName: string): { owner: string; repo: string } {
  const [owner, repo, ...more] = fullName.split('/');
  if (owner === undefined || repo === undefined || owner === '' || repo === '' || more.length > 0) {
    throw new GitHubFault('malformed', `not a repository name: ${fullName.slice(0, 200)}`, { status: 422 });
  }
  return { owner, repo };
}
