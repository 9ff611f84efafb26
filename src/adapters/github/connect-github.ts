/** GitHub as the forge port: the facts and effects of this folder over one App's connection. */
import { asEffect, asEvidence, GitHubFault, type Standing } from './fault.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { RepositoryRef } from '../../domain/forge.ts';
import type { Forge } from '../../ports/forge.ts';
import type { Log } from '../../ports/log.ts';
import { repositoryBindings } from './bindings.ts';
import { branchPolicy } from './branch-policy.ts';
import { putCheck } from './checks.ts';
import { connect } from './client.ts';
import { upsertComment } from './comments.ts';
import { putDeployment } from './deployments.ts';
import { identityOf, type Identity } from './identity.ts';
import { approvals, permission } from './people.ts';
import { pullRequestsFor, pullRequestWithNode } from './pull-requests.ts';
import { openRevert } from './revert.ts';

export interface GitHubOptions {
  readonly appId: string;
  /** PEM. */
  readonly privateKey: string;
  /** API: `https://api.github.com` (the default), `https://host/api/v3` for an Enterprise Server. */
  readonly baseUrl?: string;
  /** Where git fetches, when it is not the API's own host: `https://github.com`, `https://host`. */
  readonly gitUrl?: string;
  readonly log: Log;
  /** Each attempt of a request; 10 s. */
  readonly timeoutMilliseconds?: number;
  /** First pause before a failed read is repeated; 300 ms. */
  readonly retryMilliseconds?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface GitHub extends Forge {
  /** Who we are there. Unknown while GitHub cannot be reached, or for a wrong App id or key. */
  identity(): Promise<Evidence<Identity>>;
  /** The repository with this `owner/name`, as the operator wrote it; unknown where the App is not installed on it. */
  repository(forge: string, fullName: string): Promise<Evidence<RepositoryRef>>;
}

/** Sends nothing yet: GitHub may be away when Fairlead starts. */
export function connectGitHub(options: GitHubOptions): GitHub {
  const baseUrl = (options.baseUrl ?? 'https://api.github.com').replace(/\/+$/, '');
  const gitUrl = (options.gitUrl ?? gitHostOf(baseUrl)).replace(/\/+$/, '');
  const now = options.now ?? Date.now;
  const connection = connect({
    appId: options.appId,
    privateKey: options.privateKey,
    baseUrl,
    timeoutMilliseconds: options.timeoutMilliseconds ?? 10_000,
    retryMilliseconds: options.retryMilliseconds ?? 300,
    log: options.log,
    now,
  });
  const bindings = repositoryBindings(connection, now);

  const identity = identityOf(connection);
  const comments = { bindings, identity, known: new Map<string, string>() };

  /** A name that has moved on gives 404 for what is still there (H23): then once more under the name of now. */
  async function at<T>(repository: RepositoryRef, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const notFound = error instanceof GitHubFault && error.why === 'not-found';
      if (!notFound || !(await bindings.moved(repository))) throw error;
      return act();
    }
  }
  const fact = <T>(repository: RepositoryRef, find: () => Promise<T>) => asEvidence(() => at(repository, find));
  const effect = (repository: RepositoryRef, act: () => Promise<Standing>) => asEffect(() => at(repository, act));

  return {
    identity: () => asEvidence(identity),
    repository: (forge, fullName) => asEvidence(() => bindings.byName(forge, fullName)),
    pullRequest: (ref) => fact(ref.repository, async () => (await pullRequestWithNode(bindings, ref)).pullRequest),
    pullRequestsFor: (repository, query) => fact(repository, () => pullRequestsFor(bindings, repository, query)),
    approvals: (ref) => fact(ref.repository, () => approvals(bindings, ref)),
    permission: (repository, person) => fact(repository, () => permission(bindings, repository, person)),
    branchPolicy: (repository, branch) => fact(repository, () => branchPolicy(bindings, repository, branch)),
    gitRemote: (repository) =>
      fact(repository, async () => {
        const { at: path, id, installationId } = await bindings.bind(repository);
        const token = await connection.readToken(installationId, id);
        const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
        return { url: `${gitUrl}/${path.owner}/${path.repo}.git`, headers: { Authorization: `Basic ${basic}` } };
      }),
    upsertComment: (thread, key, body, { onlyIfThere } = { onlyIfThere: false }) => {
      const { repository } = thread.kind === 'pull-request' ? thread.ref : thread;
      return effect(repository, () => upsertComment(comments, { thread, key, body, onlyIfThere }));
    },
    putCheck: (repository, check) => effect(repository, () => putCheck(bindings, identity, repository, check)),
    putDeployment: (repository, notice) =>
      effect(repository, () => putDeployment(bindings, identity, repository, notice)),
    openRevert: (ref) => openRevert(bindings, identity, ref),
  };
}

/** `https://api.github.com` → `https://github.com`, `https://host/api/v3` → `https://host`. */
function gitHostOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  return url.host === 'api.github.com' ? 'https://github.com' : url.origin;
}
