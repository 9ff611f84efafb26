/**
 * The nouns the stand-in GitHub remembers, as mutable records. Everything refers to repositories and accounts by numeric id or by the
 * record itself, never by name, so that renames and transfers change one field. How they look in JSON stands in present/.
 */
import type { Json, JsonObject } from '../../domain/json.ts';

export type Role = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface Account {
  readonly id: number;
  login: string;
  readonly type: 'User' | 'Organization' | 'Bot';
  readonly createdAt: string;
}

export interface Repository {
  readonly id: number;
  name: string;
  owner: Account;
  defaultBranch: string;
  private: boolean;
  /** The repository this one was forked from. */
  readonly parentId: number | undefined;
  /** The bare repository on disk. */
  readonly directory: string;
  readonly createdAt: string;
  pushedAt: string;
  /** By account id. The owner is admin without standing here. */
  readonly roles: Map<number, Role>;
  readonly protections: Map<string, Protection>;
  /** Effective rules of a branch, as `GET rules/branches/{b}` lists them. */
  readonly rules: Map<string, readonly JsonObject[]>;
  /** Issues and pull requests share numbers, as on GitHub. */
  readonly issues: Map<number, Issue>;
  /** Events are off while the app is not installed here. */
  installed: boolean;
  nextNumber: number;
}

export interface Protection {
  readonly requiredChecks: readonly string[];
  readonly requiredApprovals: number;
  readonly enforceAdmins: boolean;
}

/** An issue; a pull request when `pull` is there. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly author: Account;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: string | null;
  locked: boolean;
  labels: readonly string[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: Account | undefined;
  readonly comments: Comment[];
  readonly pull: Pull | undefined;
}

export interface Comment {
  readonly id: number;
  readonly author: Account;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Pull {
  readonly id: number;
  base: { branch: string; sha: string };
  head: { readonly repositoryId: number; readonly owner: Account; readonly branch: string; sha: string };
  draft: boolean;
  merged: Merge | undefined;
  /** `unknown` until asked for, as GitHub computes it in the background. */
  mergeability: 'unknown' | { readonly mergeable: boolean; readonly testMerge: string | undefined };
  readonly reviews: Review[];
}

export interface Merge {
  readonly at: string;
  readonly by: Account;
  /** The merge, squash or last rebased commit. */
  readonly sha: string;
  /** Every commit the merge brought onto the base branch. */
  readonly landed: readonly string[];
  /** What undoing the merge takes back, in that order: one merge or squash commit, or every rebased commit, newest first. */
  readonly undo: readonly string[];
}

export interface Review {
  readonly id: number;
  readonly author: Account;
  body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  readonly commit: string;
  readonly submittedAt: string;
}

export interface CheckSuite {
  readonly id: number;
  readonly repositoryId: number;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly createdAt: string;
}

export interface CheckRun {
  readonly id: number;
  readonly repositoryId: number;
  readonly suite: CheckSuite;
  readonly headSha: string;
  name: string;
  externalId: string;
  detailsUrl: string | null;
  status: string;
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  actions: readonly Json[];
  readonly annotations: JsonObject[];
}

export interface CommitStatus {
  readonly id: number;
  readonly repositoryId: number;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: string;
}

export interface Deployment {
  readonly id: number;
  readonly repositoryId: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: Json;
  readonly production: boolean;
  readonly transient: boolean;
  readonly creator: Account;
  readonly createdAt: string;
  updatedAt: string;
  readonly statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly creator: Account;
  readonly createdAt: string;
}

/** Who asks. */
export type Actor =
  | { readonly kind: 'app' }
  | {
      readonly kind: 'installation';
      readonly account: Account;
      readonly installation: Installation;
      readonly repositories: readonly number[] | 'all';
    }
  | { readonly kind: 'user'; readonly account: Account }
  | { readonly kind: 'anonymous' };

/** The app on one account. */
export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly createdAt: string;
}
