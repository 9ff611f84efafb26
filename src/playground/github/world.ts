/** Everything one stand-in GitHub remembers, and how its parts are found. Rules of behaviour stand in act/, not here. */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { initBare } from '../git-http/bare-repository.ts';
import type { Deliveries } from './deliveries.ts';
import { notFound } from './api-error.ts';
import type {
  Account,
  Actor,
  CheckRun,
  CheckSuite,
  CommitStatus,
  Deployment,
  Installation,
  Issue,
  Pull,
  Repository,
} from './model.ts';

export interface AppSettings {
  readonly id: number;
  readonly slug: string;
  readonly publicKey: KeyObject;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  /** What the app was granted, as GitHub names it: `{contents: 'write', checks: 'write'}`. */
  permissions: Readonly<Record<string, 'read' | 'write'>>;
  events: readonly string[];
  readonly owner: Account;
  /** `slug[bot]`: who the app is when it writes. */
  readonly bot: Account;
  readonly createdAt: string;
}

export interface Token {
  readonly actor: Actor;
  /** Milliseconds since 1970; undefined for people's tokens. */
  readonly expiresAt: number | undefined;
}

/** What a browser was sent to register, until its code is exchanged. */
export interface PendingManifest {
  /** Undefined: no webhooks. */
  readonly hookUrl: string | undefined;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly events: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface World {
  readonly folder: string;
  /** Base of the API, of git and of links to pages, without a slash at the end. Set once the server listens. */
  url: string;
  readonly app: AppSettings;
  readonly accounts: Map<number, Account>;
  readonly repositories: Map<number, Repository>;
  /** `owner/name` in lower case → repository id, for names given up by a rename. */
  readonly formerNames: Map<string, number>;
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, Token>;
  /** By code. */
  readonly manifests: Map<string, PendingManifest>;
  readonly checkSuites: Map<number, CheckSuite>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly statuses: CommitStatus[];
  readonly deployments: Map<number, Deployment>;
  readonly deliveries: Deliveries;
  nextId(): number;
  /** RFC 3339, whole seconds. */
  now(): string;
  /** Runs one change of the world at a time: pushes, merges and edits must not interleave between two git processes. */
  exclusively<T>(change: () => Promise<T>): Promise<T>;
}

/** Seconds are all GitHub gives. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function accountNamed(world: World, login: string): Account | undefined {
  return [...world.accounts.values()].find((account) => account.login.toLowerCase() === login.toLowerCase());
}

export function addAccount(
  world: Pick<World, 'accounts' | 'nextId' | 'now'>,
  login: string,
  type: Account['type'],
): Account {
  const account: Account = { id: world.nextId(), login, type, createdAt: world.now() };
  world.accounts.set(account.id, account);
  return account;
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function repositoryNamed(world: World, owner: string, name: string): Repository | undefined {
  const wanted = `${owner}/${name}`.toLowerCase();
  return [...world.repositories.values()].find((repository) => fullName(repository).toLowerCase() === wanted);
}

/** Makes an empty repository; `parent` makes it a fork. */
export async function addRepository(
  world: World,
  input: {
    readonly owner: Account;
    readonly name: string;
    readonly defaultBranch: string;
    readonly private: boolean;
    readonly parent?: Repository;
  },
): Promise<Repository> {
  const id = world.nextId();
  const directory = join(world.folder, `${id}.git`);
  await initBare(directory, input.defaultBranch);
  const repository: Repository = {
    id,
    name: input.name,
    owner: input.owner,
    defaultBranch: input.defaultBranch,
    private: input.private,
    parentId: input.parent?.id,
    directory,
    createdAt: world.now(),
    pushedAt: world.now(),
    roles: new Map(),
    protections: new Map(),
    rules: new Map(),
    issues: new Map(),
    installed: false,
    nextNumber: 1,
  };
  world.repositories.set(id, repository);
  world.formerNames.delete(fullName(repository).toLowerCase());
  return repository;
}

export function installationOf(world: World, repository: Repository): Installation | undefined {
  return repository.installed ? world.installations.get(repository.owner.id) : undefined;
}

export interface PullRequestRecord extends Issue {
  readonly pull: Pull;
}

export function isPullRequest(issue: Issue): issue is PullRequestRecord {
  return issue.pull !== undefined;
}

export function pullRequestsOf(repository: Repository): PullRequestRecord[] {
  return [...repository.issues.values()].filter(isPullRequest);
}

/** @throws ApiError 404 */
export function pullRequest(repository: Repository, number: number): PullRequestRecord {
  const issue = repository.issues.get(number);
  if (issue === undefined || !isPullRequest(issue)) throw notFound();
  return issue;
}

/** @throws ApiError 404 */
export function issue(repository: Repository, number: number): Issue {
  const found = repository.issues.get(number);
  if (found === undefined) throw notFound();
  return found;
}
