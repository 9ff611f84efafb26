/** What the forge contract needs of a forge under test: people who act on it, its faults, and what can be seen there afterwards. */
import type { PermissionLevel, Person, PullRequestRef, RepositoryRef, Sha } from '../../src/domain/forge.ts';
import type { Forge } from '../../src/ports/forge.ts';

export type PersonName = 'alice' | 'bob' | 'carol' | 'mallory';
/** Alice and Bob may write, Carol maintains, Mallory may read. */
export const levels: Readonly<Record<PersonName, PermissionLevel>> = {
  alice: 'write',
  bob: 'write',
  carol: 'maintain',
  mallory: 'read',
};

export type Fact =
  | 'pullRequest'
  | 'byCommit'
  | 'openAgainst'
  | 'approvals'
  | 'permission'
  | 'branchPolicy'
  | 'gitRemote';
export type Effect = 'comment' | 'topic' | 'check' | 'deployment';
/** `lost`: carried out, but the answer never arrives. */
export type Trouble = 'error' | 'dropped' | 'forbidden' | 'not-found' | 'throttled' | 'malformed' | 'empty' | 'lost';

export interface ForgeWorld {
  readonly forge: Forge;
  readonly repository: RepositoryRef;
  readonly person: (name: PersonName) => Person;
  /** Opens a pull request against `main` (or `base`) that writes one file. */
  open(
    by: PersonName,
    branch: string,
    more?: { readonly fork?: boolean; readonly draft?: boolean; readonly title?: string; readonly body?: string },
  ): Promise<{ readonly ref: PullRequestRef; readonly head: Sha }>;
  /** One commit more on a branch, which is made when it is new. */
  push(by: PersonName, branch: string): Promise<Sha>;
  merge(ref: PullRequestRef, by: PersonName): Promise<Sha>;
  close(ref: PullRequestRef): Promise<void>;
  /** Returns a way to dismiss it. */
  review(
    ref: PullRequestRef,
    by: PersonName | 'bot',
    verdict: 'approve' | 'request-changes' | 'comment',
  ): Promise<() => Promise<void>>;
  comment(ref: PullRequestRef, by: PersonName, body: string): Promise<void>;
  comments(
    ref: PullRequestRef,
  ): Promise<readonly { readonly byUs: boolean; readonly body: string; remove(): Promise<void> }[]>;
  topics(): Promise<
    readonly { readonly byUs: boolean; readonly title: string; readonly body: string; readonly open: boolean }[]
  >;
  openTopic(by: PersonName, title: string, body: string): Promise<void>;
  checks(sha: Sha): Promise<
    readonly {
      readonly name: string;
      readonly state: string;
      readonly title: string;
      readonly summary: string;
      readonly annotations: readonly string[];
    }[]
  >;
  deployments(): Promise<
    readonly {
      readonly environment: string;
      readonly sha: string;
      readonly states: readonly string[];
      readonly payload: unknown;
    }[]
  >;
  lock(ref: PullRequestRef): Promise<void>;
  require(branch: string, demands: { readonly checks: readonly string[]; readonly approvals: number }): Promise<void>;
  /** Gives the repository another name, and its old name to another repository. */
  rename(): Promise<void>;
  /** Another process of the same App: it remembers nothing. */
  another(): Forge;
  /** Time passes for the adapter. */
  wait(milliseconds: number): void;
  /** The next request that matters to the fact or effect meets this, `times` times (default: until cleared). */
  trouble(where: Fact | Effect, what: Trouble, times?: number): void;
  calm(): void;
  stop(): Promise<void>;
}
