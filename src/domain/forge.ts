/** The forge's nouns: repositories, pull requests, people. A GitLab merge request is a PullRequest here. */

/** A commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. Only `parseSha` makes one. */
export type Sha = string & { readonly __brand: 'Sha' };

const shaPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export function parseSha(text: string): Sha | undefined {
  return shaPattern.test(text) ? (text as Sha) : undefined;
}

/**
 * A repository is bound by the forge's numeric id (as text): names are renamed, transferred and reused (H23).
 * `fullName` is for people and for URLs only.
 */
export interface RepositoryRef {
  /** Name of the forge in the operator file. */
  readonly forge: string;
  readonly id: string;
  /** `owner/name`, `group/subgroup/name`. */
  readonly fullName: string;
}

export interface PullRequestRef {
  readonly repository: RepositoryRef;
  readonly number: number;
}

export interface Person {
  readonly id: string;
  readonly login: string;
  readonly bot: boolean;
}

export interface PullRequest {
  readonly ref: PullRequestRef;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly author: Person;
  readonly base: { readonly branch: string; readonly sha: Sha };
  readonly head: { readonly branch: string; readonly sha: Sha };
  /** True when head lives in another repository, even one of the same owner (H37), or one that is gone. */
  readonly fork: boolean;
  /** Set when merged. The merge, squash or last rebased commit; absent where the forge names none (fast-forward). */
  readonly mergedAs?: Sha;
  readonly mergedBy?: Person;
  /** RFC 3339. */
  readonly mergedAt?: string;
}

export type PermissionLevel = 'none' | 'read' | 'write' | 'maintain' | 'admin';

export interface Approval {
  readonly by: Person;
  /** The commit that was approved; 'unknown' where the forge does not say (GitLab). */
  readonly sha: Sha | 'unknown';
  /** RFC 3339. */
  readonly at: string;
}

export interface Approvals {
  readonly given: readonly Approval[];
  readonly required: number | 'unknown';
}

export interface BranchPolicy {
  readonly protected: boolean | 'unknown';
  readonly requiredChecks: readonly string[] | 'unknown';
  readonly requiredApprovals: number | 'unknown';
}
