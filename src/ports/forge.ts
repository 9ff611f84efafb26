/**
 * What flows need of a forge: six facts, three idempotent effects, and openRevert. The same for every forge; no optional methods.
 * Facts may say *unknown*. Effects are upserts under our own key, and ownership is proved by the author's id, never by marker text.
 */
import type { Evidence } from '../domain/evidence.ts';
import type {
  Approvals,
  BranchPolicy,
  PermissionLevel,
  Person,
  PullRequest,
  PullRequestRef,
  RepositoryRef,
  Sha,
} from '../domain/forge.ts';

export interface Forge {
  pullRequest(ref: PullRequestRef): Promise<Evidence<PullRequest>>;
  /** Merged pull requests that brought a commit, or the open ones against a branch; at most 1,000. */
  pullRequestsFor(repository: RepositoryRef, query: PullRequestQuery): Promise<Evidence<readonly PullRequest[]>>;
  approvals(ref: PullRequestRef): Promise<Evidence<Approvals>>;
  permission(repository: RepositoryRef, person: Person): Promise<Evidence<PermissionLevel>>;
  branchPolicy(repository: RepositoryRef, branch: string): Promise<Evidence<BranchPolicy>>;
  /** Where and with what header git fetches this repository now; the token lives an hour at most. Never logged. */
  gitRemote(repository: RepositoryRef): Promise<Evidence<GitRemote>>;

  /** `onlyIfThere`: an existing comment is edited, none is created (then `done` with an empty id). */
  upsertComment(
    thread: Thread,
    key: string,
    body: string,
    options?: { readonly onlyIfThere: boolean },
  ): Promise<EffectResult>;
  putCheck(repository: RepositoryRef, check: Check): Promise<EffectResult>;
  putDeployment(repository: RepositoryRef, deployment: DeploymentNotice): Promise<EffectResult>;

  openRevert(ref: PullRequestRef): Promise<RevertResult>;
}

export type PullRequestQuery = { readonly commit: Sha } | { readonly openAgainst: string };

export interface GitRemote {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A place for a comment: a pull request, or a topic with an issue of its own (found again by our key and author id). */
export type Thread =
  | { readonly kind: 'pull-request'; readonly ref: PullRequestRef }
  | {
      readonly kind: 'topic';
      readonly repository: RepositoryRef;
      readonly title: string;
      /** Closed: the issue is closed with this body as its last state; nothing is opened only to be closed. */
      readonly state: 'open' | 'closed';
    };

export interface Check {
  readonly sha: Sha;
  readonly name: string;
  readonly state: 'queued' | 'running' | 'success' | 'failure' | 'action-required';
  /** One line, no Markdown. */
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly detailsUrl?: string;
  readonly annotations: readonly {
    readonly file: string;
    readonly line: number;
    readonly level: 'failure' | 'warning';
    readonly message: string;
  }[];
}

export interface DeploymentNotice {
  /** Our deployment number: the key. */
  readonly id: number;
  readonly sha: Sha;
  readonly environment: string;
  readonly production: boolean;
  readonly state: 'queued' | 'in-progress' | 'success' | 'failure' | 'inactive';
  /** ≤ 140 characters. */
  readonly description: string;
  readonly detailsUrl?: string;
  /** Goes into the forge's record, so that a lost store can be rebuilt from it. */
  readonly payload: { readonly desiredDigest: string; readonly planDigest: string; readonly environmentKey: string };
}

/**
 * `done`: it stands on the forge now (id and URL where the forge has them). `retry`: a transport fault or a rate limit, try again after
 * `afterSeconds`. `refused`: the forge will never take this (deleted repository, locked thread): said in the log and given up.
 */
export type EffectResult =
  | { readonly kind: 'done'; readonly id: string; readonly url: string }
  | { readonly kind: 'retry'; readonly afterSeconds: number; readonly detail: string }
  | { readonly kind: 'refused'; readonly detail: string };

export type RevertResult =
  | { readonly kind: 'opened'; readonly pullRequest: PullRequestRef; readonly url: string }
  | { readonly kind: 'refused'; readonly detail: string };
