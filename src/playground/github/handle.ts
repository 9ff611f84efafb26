/** The handle of a running stand-in: setting scenes (repositories, people, protection), and looking at what the app has written. */
import type { JsonObject } from '../../domain/json.ts';
import { readRef } from '../git-http/bare-repository.ts';
import { entryAt, readBlob } from '../git-http/tree.ts';
import { commitChanges } from '../git-http/write-commit.ts';
import type { FileChanges } from '../git-http/write-commit.ts';
import { announceInstallation, announcePing } from './announce.ts';
import { latestCheckRuns } from './act/requirements.ts';
import { deleteRepository, install, renameRepository } from './act/repositories.ts';
import { notFound } from './api-error.ts';
import type { Deliveries } from './deliveries.ts';
import type { Faults } from './faults.ts';
import type {
  Account,
  CheckRun,
  Comment,
  CommitStatus,
  Deployment,
  Issue,
  Protection,
  Repository,
  Role,
} from './model.ts';
import { actAs } from './person.ts';
import type { Person } from './person.ts';
import { nodeId } from './present/account.ts';
import { signatureOf } from './present/commit.ts';
import type { RequestLog } from './request-log.ts';
import { makeToken } from './routes/app.ts';
import { accountNamed, addAccount, addRepository, fullName, issue, repositoryNamed } from './world.ts';
import type { World } from './world.ts';

export interface RepositoryInput {
  /** A login; an organization of that name is made when nobody has it. */
  readonly owner: string;
  readonly name: string;
  readonly files?: FileChanges;
  readonly defaultBranch?: string;
  /** Default true. */
  readonly private?: boolean;
  /** Whether the app is installed there; default true. */
  readonly install?: boolean;
}

/** `repo` is always `owner/name`; a name given up by a rename still works. */
export interface GitHub {
  /** Base of the API, as `https://api.github.com` is. */
  readonly url: string;
  /** Base of git: `${gitUrl}/owner/name.git`. */
  readonly gitUrl: string;
  readonly appId: number;
  readonly appPrivateKeyPem: string;
  /** Who the app writes as. */
  readonly bot: Account;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly deliveries: Deliveries;
  setWebhookUrl(url: string | undefined): void;
  ping(): void;
  createRepository(
    input: RepositoryInput,
  ): Promise<{ readonly id: number; readonly fullName: string; readonly head: string }>;
  renameRepository(repo: string, to: string): void;
  deleteRepository(repo: string): Promise<void>;
  uninstall(repo: string): void;
  /** Makes a person, or gives one more roles. */
  addUser(login: string, roles?: Readonly<Record<string, Role>>): Account;
  tokenFor(login: string): string;
  /** Ends every installation token given out so far. */
  expireTokens(): void;
  as(login: string): Person;
  protect(repo: string, branch: string, protection: Partial<Protection> | undefined): void;
  setRules(repo: string, branch: string, rules: readonly JsonObject[]): void;
  lock(repo: string, number: number): void;
  repository(repo: string): Readonly<Repository>;
  issues(repo: string): readonly Readonly<Issue>[];
  pullRequest(repo: string, number: number): Readonly<Issue>;
  comments(repo: string, number: number): readonly Readonly<Comment>[];
  /** The newest run of each name. */
  checks(repo: string, sha: string): readonly Readonly<CheckRun>[];
  statuses(repo: string, sha: string): readonly CommitStatus[];
  deployments(repo: string): readonly Readonly<Deployment>[];
  /** Head of a branch. */
  head(repo: string, branch?: string): Promise<string>;
  /** A file's text at a branch's head; undefined when it is not there. */
  file(repo: string, path: string, branch?: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

interface Parts {
  readonly world: World;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly appPrivateKeyPem: string;
  readonly hookId: number;
  readonly stop: () => Promise<void>;
}

export function createHandle(parts: Parts): GitHub {
  const { appPrivateKeyPem, faults, hookId, requests, stop, world } = parts;
  const find = finder(world);
  const person = (login: string): Account => accountNamed(world, login) ?? addAccount(world, login, 'User');
  const people = new Map<string, string>();
  return {
    url: world.url,
    gitUrl: world.url,
    appId: world.app.id,
    appPrivateKeyPem,
    bot: world.app.bot,
    faults,
    requests,
    deliveries: world.deliveries,
    setWebhookUrl: (url) => world.deliveries.setUrl(url),
    ping: () => announcePing(world, hookId),
    addUser: (login, roles = {}) => {
      const account = person(login);
      for (const [repo, role] of Object.entries(roles)) find(repo).roles.set(account.id, role);
      return account;
    },
    tokenFor: (login) => {
      const known = people.get(login);
      if (known !== undefined) return known;
      const token = makeToken(world, 'ghp', { actor: { kind: 'user', account: person(login) }, expiresAt: undefined });
      people.set(login, token);
      return token;
    },
    expireTokens: () => {
      for (const [text, token] of world.tokens) if (token.expiresAt !== undefined) world.tokens.delete(text);
    },
    as: (login) => actAs(world, find, person(login)),
    ...scenes(world, find),
    ...views(world, find),
    stop,
  };
}

type Find = (repo: string) => Repository;

function finder(world: World): Find {
  return (repo) => {
    const [owner = '', name = ''] = repo.split('/');
    const former = world.repositories.get(world.formerNames.get(repo.toLowerCase()) ?? -1);
    const found = repositoryNamed(world, owner, name) ?? former;
    if (found === undefined) throw notFound();
    return found;
  };
}

type Scenes = Pick<
  GitHub,
  'createRepository' | 'renameRepository' | 'deleteRepository' | 'uninstall' | 'protect' | 'setRules' | 'lock'
>;

function scenes(world: World, find: Find): Scenes {
  return {
    createRepository: async (input) => {
      const owner = accountNamed(world, input.owner) ?? addAccount(world, input.owner, 'Organization');
      const defaultBranch = input.defaultBranch ?? 'main';
      const made = { owner, name: input.name, defaultBranch, private: input.private ?? true };
      const repository = await addRepository(world, made);
      const who = signatureOf(world, owner);
      const commit = { message: 'Initial commit', author: who, committer: who };
      const files = input.files ?? { 'README.md': `# ${input.name}\n` };
      const head = await commitChanges(repository.directory, `refs/heads/${defaultBranch}`, undefined, files, commit);
      if (input.install !== false) install(world, repository);
      return { id: repository.id, fullName: fullName(repository), head };
    },
    renameRepository: (repo, to) => {
      const [login = '', name = ''] = to.split('/');
      const owner = accountNamed(world, login) ?? addAccount(world, login, 'Organization');
      const repository = find(repo);
      renameRepository(world, repository, { owner, name });
      if (repository.installed && !world.installations.has(owner.id)) install(world, repository);
    },
    deleteRepository: (repo) => world.exclusively(() => deleteRepository(world, find(repo))),
    uninstall: (repo) => {
      const repository = find(repo);
      const installation = world.installations.get(repository.owner.id);
      repository.installed = false;
      if (installation === undefined) return;
      const { id, name, private: hidden } = repository;
      const removed = { id, node_id: nodeId('R', id), name, full_name: fullName(repository), private: hidden };
      const fields = { repository_selection: 'selected', repositories_added: [], repositories_removed: [removed] };
      announceInstallation(world, installation, repository.owner, 'installation_repositories', 'removed', fields);
    },
    protect: (repo, branch, protection) => {
      const { protections } = find(repo);
      const usual = { requiredChecks: [], requiredApprovals: 0, enforceAdmins: false };
      if (protection === undefined) protections.delete(branch);
      else protections.set(branch, { ...usual, ...protection });
    },
    setRules: (repo, branch, rules) => void find(repo).rules.set(branch, rules),
    lock: (repo, number) => void (issue(find(repo), number).locked = true),
  };
}

type Views = Pick<
  GitHub,
  'repository' | 'issues' | 'pullRequest' | 'comments' | 'checks' | 'statuses' | 'deployments' | 'head' | 'file'
>;

function views(world: World, find: Find): Views {
  const head = async (repo: string, branch = find(repo).defaultBranch): Promise<string> => {
    const sha = await readRef(find(repo).directory, `refs/heads/${branch}`);
    if (sha === undefined) throw notFound();
    return sha;
  };
  return {
    repository: find,
    issues: (repo) => [...find(repo).issues.values()].filter((candidate) => candidate.pull === undefined),
    pullRequest: (repo, number) => issue(find(repo), number),
    comments: (repo, number) => issue(find(repo), number).comments,
    checks: (repo, sha) => latestCheckRuns(world, find(repo), sha),
    statuses: (repo, sha) =>
      world.statuses.filter((status) => status.repositoryId === find(repo).id && status.sha === sha),
    deployments: (repo) => [...world.deployments.values()].filter(({ repositoryId }) => repositoryId === find(repo).id),
    head,
    file: async (repo, path, branch) => {
      const { directory } = find(repo);
      const entry = await entryAt(directory, await head(repo, branch), path);
      return entry?.type === 'blob' ? Buffer.from(await readBlob(directory, entry.sha)).toString('utf8') : undefined;
    },
  };
}
