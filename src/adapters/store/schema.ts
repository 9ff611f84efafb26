/**
 * Where rows and stored JSON become domain types: the only file of the store with type assertions. What is stored was written by this
 * program, perhaps by another version of it, so the parts that later code branches on are checked and the rest is trusted.
 */
import { createHash } from 'node:crypto';
import type { Deployment, DeploymentState, EnvironmentLease } from '../../domain/deployment.ts';
import { parseSha, type PullRequestRef, type RepositoryRef, type Sha } from '../../domain/forge.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { EnvironmentPlan } from '../../domain/plan.ts';
import type { Job } from '../../ports/jobs.ts';
import type { EnvironmentState, Release, Words } from '../../ports/store.ts';

/** A stored value this program cannot read. */
class Unreadable extends Error {
  constructor(what: string) {
    super(`the store holds ${what} that this version of Fairlead cannot read`);
    this.name = 'Unreadable';
  }
}

function object(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw new Unreadable(what);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Unreadable(what);
  return value;
}

function count(value: unknown, what: string): number {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw new Unreadable(what);
  return number;
}

function list(value: unknown, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw new Unreadable(what);
  return value as readonly Json[];
}

function sha(value: unknown, what: string): Sha {
  const parsed = parseSha(text(value, what));
  if (parsed === undefined) throw new Unreadable(what);
  return parsed;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new Unreadable(what);
  return found;
}

/** SQLSTATE of a database error, '' for any other error. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** The rows of a node-postgres answer; of a script, the rows of all its statements. */
export function parseResult(result: unknown): { rows: unknown[] } {
  if (Array.isArray(result)) return { rows: result.flatMap((each) => parseResult(each).rows) };
  return { rows: (result as { rows?: unknown[] }).rows ?? [] };
}

/** The column `name` of every row, nulls left out. */
export function parseNames(rows: readonly unknown[]): readonly string[] {
  return rows
    .map((row) => object(row, 'a row')['name'])
    .filter((name) => name !== null)
    .map((name) => text(name, 'a name'));
}

function parseRepository(value: unknown): RepositoryRef {
  const { forge, id, fullName } = object(value, 'a repository');
  return {
    forge: text(forge, 'a forge'),
    id: text(id, 'a repository id'),
    fullName: text(fullName, 'a repository name'),
  };
}

export function parsePullRequestRef(value: unknown): PullRequestRef {
  const { repository, number } = object(value, 'a pull request');
  return { repository: parseRepository(repository), number: count(number, 'a pull request number') };
}

/** A stored plan. Its version stands in it; another one is not read, and the caller plans anew. */
export function parsePlan(value: unknown): EnvironmentPlan {
  const plan = object(value, 'a plan');
  if (plan['version'] !== 1) throw new Unreadable('a plan');
  text(object(plan['environment'], 'a plan')['key'], 'a plan');
  text(plan['planDigest'], 'a plan');
  text(plan['desiredDigest'], 'a plan');
  list(plan['effects'], 'a plan');
  list(plan['changes'], 'a plan');
  return plan as unknown as EnvironmentPlan;
}

const deploymentStates: readonly DeploymentState[] = [
  'pending',
  'held',
  'applying',
  'waiting',
  'pruning',
  'succeeded',
  'failed',
  'superseded',
];

export function parseDeployment(row: { readonly id: number; readonly body: unknown }): Deployment {
  const body = object(row.body, 'a deployment');
  oneOf(body['state'], deploymentStates, 'a deployment state');
  sha(body['commit'], 'a deployment');
  sha(body['tree'], 'a deployment');
  text(body['environment'], 'a deployment');
  list(body['results'], 'a deployment');
  list(body['pullRequests'], 'a deployment');
  return { ...(body as unknown as Omit<Deployment, 'id'>), id: row.id };
}

export function parseEnvironmentState(row: {
  readonly settled: string | null;
  readonly attempted: string | null;
  readonly quarantine_commit: string | null;
  readonly quarantine_kind: string | null;
  readonly drift: string;
}): EnvironmentState {
  return {
    ...(row.settled === null ? {} : { settled: sha(row.settled, 'a settled commit') }),
    ...(row.attempted === null ? {} : { attempted: sha(row.attempted, 'an attempted commit') }),
    ...(row.quarantine_commit === null
      ? {}
      : {
          quarantine: {
            commit: sha(row.quarantine_commit, 'a quarantine'),
            kind: oneOf(row.quarantine_kind, ['direct-push', 'force-push'], 'a quarantine'),
          },
        }),
    drift: row.drift,
  };
}

export function parseRelease(value: unknown): Release {
  const release = object(value, 'a release');
  const by = object(release['by'], 'a release');
  return {
    environment: text(release['environment'], 'a release'),
    digest: text(release['digest'], 'a release'),
    pullRequest: count(release['pullRequest'], 'a release'),
    by: { id: text(by['id'], 'a release'), login: text(by['login'], 'a release') },
    at: text(release['at'], 'a release'),
  };
}

/** The proof that a lease is held: made from the row that the database wrote for us, and nowhere else. */
export function parseLease(row: {
  readonly environment: string;
  readonly owner: string | null;
  readonly fence: string;
}): EnvironmentLease {
  const lease = { environment: row.environment, owner: text(row.owner, 'a lease'), fence: count(row.fence, 'a lease') };
  return lease as unknown as EnvironmentLease;
}

export function parseWords(value: unknown): Words {
  const words = object(value, 'words for the forge');
  text(words['forge'], 'words for the forge');
  switch (oneOf(words['kind'], ['comment', 'check', 'deployment'], 'words for the forge')) {
    case 'comment':
      text(words['body'], 'a comment');
      text(words['key'], 'a comment');
      object(words['thread'], 'a comment');
      break;
    case 'check':
      sha(object(words['check'], 'a check')['sha'], 'a check');
      parseRepository(words['repository']);
      break;
    case 'deployment':
      count(object(words['notice'], 'a deployment notice')['id'], 'a deployment notice');
      parseRepository(words['repository']);
      break;
  }
  return words as unknown as Words;
}

function parseJob(value: unknown): Job {
  const job = object(value, 'a job');
  const kind = oneOf(job['kind'], ['plan', 'branch', 'deploy', 'drift', 'command', 'tick'], 'a job');
  switch (kind) {
    case 'plan':
      return { kind, pullRequest: parsePullRequestRef(job['pullRequest']) };
    case 'branch':
      return { kind, repository: parseRepository(job['repository']), branch: text(job['branch'], 'a branch') };
    case 'deploy':
    case 'drift':
      return {
        kind,
        repository: parseRepository(job['repository']),
        branch: text(job['branch'], 'a branch'),
        environment: text(job['environment'], 'an environment'),
      };
    case 'command': {
      const by = object(job['by'], 'a person');
      return {
        kind,
        pullRequest: parsePullRequestRef(job['pullRequest']),
        by: { id: text(by['id'], 'a person'), login: text(by['login'], 'a person'), bot: by['bot'] === true },
        commentId: text(job['commentId'], 'a comment id'),
        line: text(job['line'], 'a command'),
      };
    }
    case 'tick':
      return { kind };
  }
}

/** What a queued row carries. The job is text inside it, because the queue's column is `jsonb`, which refuses some foreign text. */
export interface Payload extends Record<string, unknown> {
  readonly kind: Job['kind'];
  /** Place among the jobs of one transaction, which all have the same time. */
  readonly order: number;
  readonly job: string;
}

export function parsePayload(value: unknown): Job {
  return parseJob(JSON.parse(text(object(value, 'a job')['job'], 'a job')));
}

/** The place a payload has, kept when its content is replaced. */
export function orderOf(value: unknown): number {
  return count(object(value, 'a job')['order'], 'a job');
}

/** Rows touched by a pg-boss call: it answers `affected`, which its types leave out. */
export function parseAffected(response: unknown): number {
  return count(object(response, 'a queue answer')['affected'], 'a queue answer');
}

/** Canonical enough: equal values made by the same code give equal text. */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('hex');
}

/** Who has a data folder open. */
export interface LockHolder {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
  readonly released: boolean;
}

/** A file that is not ours, or only half written, reads as held by nobody we know. */
export function parseLockHolder(content: string): LockHolder {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    value = undefined;
  }
  const { pid, started, host, released } = isJsonObject(value) ? value : {};
  return {
    pid: typeof pid === 'number' ? pid : 0,
    started: typeof started === 'string' ? started : '',
    host: typeof host === 'string' ? host : '',
    released: released === true,
  };
}
