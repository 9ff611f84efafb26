/**
 * The store: a cache with a memory (invariant 12). All access is one `transaction(fn)`, because the embedded database has one
 * connection: a query outside the open transaction would wait for itself. Never call a forge, cluster or git inside one.
 */
import type { Deployment, EnvironmentLease } from '../domain/deployment.ts';
import type { PullRequestRef, RepositoryRef, Sha } from '../domain/forge.ts';
import type { EnvironmentPlan, ShownPlan } from '../domain/plan.ts';
import type { Check, DeploymentNotice, Thread } from './forge.ts';
import type { Enqueue } from './jobs.ts';

export interface Store {
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /** Takes the environment's lease, or says who has it. A lease not renewed for `seconds` can be taken by another. */
  acquireLease(
    environment: string,
    owner: string,
    seconds: number,
  ): Promise<EnvironmentLease | { readonly heldBy: string }>;
  /** False when somebody newer has it: stop at once. */
  renewLease(lease: EnvironmentLease, seconds: number): Promise<boolean>;
  releaseLease(lease: EnvironmentLease): Promise<void>;
}

export interface StoreTransaction {
  /** Records a delivery under its content key; `seen` for one that was recorded before (H11, H12). */
  recordDelivery(delivery: {
    readonly id: string;
    readonly contentKey: string;
    readonly event: string;
  }): Promise<'new' | 'seen'>;
  enqueue(job: Enqueue): Promise<void>;

  /** Keeps the plans now shown on a pull request in place of the ones shown before; older ones stay readable by their token. */
  savePlans(pullRequest: PullRequestRef, plans: readonly ShownPlan[]): Promise<void>;
  /** Keeps a plan readable by its token that counts as shown nowhere: it was made after the merge. */
  keepPlan(plan: ShownPlan): Promise<void>;
  /** The plans shown last on these pull requests for this environment. */
  shownPlans(
    environment: string,
    repository: RepositoryRef,
    pullRequests: readonly number[],
  ): Promise<readonly ShownPlan[]>;
  /** Environments last shown on a pull request. */
  plansOf(pullRequest: PullRequestRef): Promise<readonly ShownPlan[]>;
  /** Remembers which head was planned, also where nothing was touched; what the tick compares. */
  savePlannedHead(pullRequest: PullRequestRef, head: Sha): Promise<void>;
  plannedHead(pullRequest: PullRequestRef): Promise<Sha | undefined>;
  planByToken(token: string): Promise<ShownPlan | undefined>;

  environment(key: string): Promise<EnvironmentState>;
  saveEnvironment(key: string, state: EnvironmentState): Promise<void>;

  /** The repository ids behind the names in the operator's bindings, as first found (`forge/owner/name` → id). */
  boundRepositories(): Promise<ReadonlyMap<string, string>>;
  bindRepository(name: string, id: string): Promise<void>;

  /** Gives the row its number. */
  createDeployment(deployment: Omit<Deployment, 'id'>): Promise<Deployment>;
  /** Fails (throws LostLease) when the lease is no longer the newest, so a worker that lost it cannot record. */
  updateDeployment(lease: EnvironmentLease | 'no-lease-needed', deployment: Deployment): Promise<void>;
  deployment(id: number): Promise<Deployment | undefined>;
  /** Newest first. */
  deploymentsOf(environment: string, limit: number): Promise<readonly Deployment[]>;

  /** The plan a hold or an unfinished apply is about: what `/fairlead apply <digest>` releases, what a restart may finish. */
  saveHeldPlan(environment: string, plan: EnvironmentPlan, token: string): Promise<void>;
  heldPlan(environment: string): Promise<EnvironmentPlan | undefined>;
  /** Environments of a repository whose newest deployment is held. */
  heldEnvironments(repository: RepositoryRef): Promise<readonly string[]>;
  /** A person's release of one plan digest for one environment. */
  recordRelease(release: Release): Promise<void>;
  releases(environment: string): Promise<readonly Release[]>;

  /** What the forge should say. Same slot: the newest wins, whatever was not sent yet is forgotten. */
  say(words: Words): Promise<void>;
}

export interface EnvironmentState {
  /** Branch head up to which everything is dealt with: deployed, or found to change nothing. */
  readonly settled?: Sha;
  /** The newest head a deployment was attempted for, in whatever state it ended. */
  readonly attempted?: Sha;
  /** Set while commits no merged pull request brought are on the branch: the newest such commit. */
  readonly quarantine?: { readonly commit: Sha; readonly kind: 'direct-push' | 'force-push' };
  /** Digest of the drift last reported, '' when none. */
  readonly drift: string;
}

export interface Release {
  readonly environment: string;
  /** Full or shortened plan digest, as typed; matched by prefix of at least 8 digits. */
  readonly digest: string;
  readonly pullRequest: number;
  readonly by: { readonly id: string; readonly login: string };
  /** RFC 3339. */
  readonly at: string;
}

/** One slot of the outbox and what should stand there. */
export type Words =
  | {
      readonly kind: 'comment';
      readonly forge: string;
      readonly thread: Thread;
      readonly key: string;
      readonly body: string;
      /** Put right what stands there, but post nothing new. */
      readonly onlyIfThere?: boolean;
      /** Newer words will follow by themselves: told every few seconds only. */
      readonly progress?: boolean;
    }
  | { readonly kind: 'check'; readonly forge: string; readonly repository: RepositoryRef; readonly check: Check }
  | {
      readonly kind: 'deployment';
      readonly forge: string;
      readonly repository: RepositoryRef;
      readonly notice: DeploymentNotice;
    };

/** Where the sender reads the outbox. Apart from StoreTransaction: flows say, only the sender sends. */
export interface Outbox {
  /** Due words, oldest first, at most `limit`; each at most once at a time. */
  due(
    limit: number,
  ): Promise<
    readonly { readonly slot: string; readonly version: number; readonly words: Words; readonly attempts: number }[]
  >;
  /** Sent. Ignored when newer words have been put into the slot meanwhile. */
  sent(slot: string, version: number): Promise<void>;
  later(slot: string, version: number, seconds: number, why: string): Promise<void>;
  /** Not tried yet, for the pace alone: no attempt, and newer words need not wait for it. */
  putBack(slot: string, version: number, seconds: number): Promise<void>;
  givenUp(slot: string, version: number, why: string): Promise<void>;
}

/** Runs jobs. One worker process may run several; jobs of one lane never overlap, over all processes. */
export interface JobRunner {
  start(run: (job: import('./jobs.ts').Job, signal: AbortSignal) => Promise<JobResult>): Promise<void>;
  /** Lets running jobs end (at most `seconds`), then aborts them; they run again after a restart. */
  stop(seconds: number): Promise<void>;
  /** Waiting, running and dead jobs by kind, for metrics. */
  depth(): Promise<readonly { readonly kind: string; readonly state: string; readonly count: number }[]>;
}

export type JobResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly afterSeconds: number; readonly why: string };

/** The lease is no longer the newest: the worker stops without recording anything. */
export class LostLease extends Error {
  constructor(environment: string) {
    super(`the lease of ${environment} was taken by a newer worker`);
    this.name = 'LostLease';
  }
}
