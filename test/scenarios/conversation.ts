/** One repository as people use it: open, merge, comment, revert, and read what Fairlead answers, masked to what does not vary. */
import type { GitHub } from '../../src/playground/github/handle.ts';
import type { Person, PullInput } from '../../src/playground/github/person.ts';
import { eventually } from './eventually.ts';
import { folded, maskFor } from './masked.ts';
import type { Hands } from './scenario-clusters.ts';

export interface Pull {
  readonly number: number;
  readonly head: string;
}

/** `success: 1 to change`, as a check's line shows it. */
export type CheckLine = string;

export interface Conversation {
  readonly repo: string;
  readonly alice: Person;
  readonly cluster: Hands;
  /** Opens a pull request and waits for its check. */
  open(branch: string, files: PullInput['files'], more?: Omit<PullInput, 'repo' | 'branch' | 'files'>): Promise<Pull>;
  /** One more commit on its branch; waits for the check on it. */
  amend(pull: Pull, branch: string, files: NonNullable<PullInput['files']>): Promise<Pull>;
  /** Presses the Revert button; waits for the check. */
  revert(pull: Pull): Promise<Pull>;
  /** Merges, and does not wait for what follows. */
  merge(pull: Pull, method?: 'merge' | 'squash' | 'rebase'): Promise<string>;
  /** Merges and waits for the environment's last word on the commit. */
  mergeAndSee(pull: Pull, environment?: string): Promise<CheckLine>;
  /** The check of this name on a commit, once it has a conclusion. */
  check(sha: string, name?: string): Promise<CheckLine>;
  /** The checks of these names on a commit, once they are concluded: `fairlead: success: …`. */
  checks(sha: string, ...names: readonly string[]): Promise<readonly string[]>;
  /** Where a check points to: `file:line message`. */
  annotations(sha: string, name?: string): Promise<readonly string[]>;
  /** The sticky comment, once it speaks of the pull request's present head. */
  planComment(pull: Pull): Promise<string>;
  /** The same as people see it before they click. */
  planAtAGlance(pull: Pull): Promise<string>;
  /** The newest comment of Fairlead's with these words in it, collapsed parts left out. */
  comment(pull: Pull, words: string): Promise<string>;
  /** All of Fairlead's comments that stand there now, collapsed parts left out. */
  comments(pull: Pull): readonly string[];
  /** The digest that a comment offers to release. */
  offeredDigest(pull: Pull, words: string): Promise<string>;
  /** Fairlead's issue of this title in this state, with its newest words. */
  issue(title: string, state: 'open' | 'closed', words?: string): Promise<string>;
  issues(): readonly string[];
  mask(text: string): string;
}

interface Place {
  readonly github: GitHub;
  readonly repo: string;
  readonly hands: Hands;
}

export function conversationIn({ github, repo, hands }: Place): Conversation {
  const alice = github.as('alice');
  const mask = maskFor();
  const bodies = (number: number) =>
    github
      .comments(repo, number)
      .filter(({ author }) => author.id === github.bot.id)
      .map(({ body }) => body);
  const check = async (sha: string, checkName = 'fairlead') => {
    const run = await eventually(`check ${checkName} on ${sha.slice(0, 7)}`, () =>
      github.checks(repo, sha).find((one) => one.name === checkName && one.status === 'completed'),
    );
    return mask(`${run.conclusion ?? ''}: ${run.title ?? ''}`);
  };
  const concluded = async (opened: Pull): Promise<Pull> => {
    await check(opened.head);
    return { number: opened.number, head: opened.head };
  };
  const planComment = async ({ number, head }: Pull) => {
    const body = await eventually(`the plan of ${head.slice(0, 7)} on #${number}`, () =>
      bodies(number).find((text) => isPlan(text) && (text.includes(head.slice(0, 7)) || !text.includes('<sub>'))),
    );
    return mask(withoutMarker(body));
  };
  const commentRaw = (pull: Pull, words: string) =>
    eventually(`a comment on #${pull.number} with "${words}"`, () =>
      bodies(pull.number).findLast((text) => mask(text).includes(words)),
    );
  const ownIssues = () => github.issues(repo).filter(({ author }) => author.id === github.bot.id);
  return {
    repo,
    alice,
    cluster: hands,
    mask,
    open: async (branch, files, more = {}) =>
      concluded(await alice.openPullRequest({ repo, branch, ...(files === undefined ? {} : { files }), ...more })),
    amend: async (pull, branch, files) =>
      concluded({ number: pull.number, head: await alice.push(repo, branch, files) }),
    revert: async (pull) => concluded(await alice.revert(repo, pull.number)),
    merge: (pull, method) => alice.merge(repo, pull.number, method),
    mergeAndSee: async (pull, environment = 'prod') =>
      check(await alice.merge(repo, pull.number), `fairlead/${environment}`),
    check,
    checks: (sha, ...names) => Promise.all(names.map(async (one) => `${one}: ${await check(sha, one)}`)),
    annotations: async (sha, checkName = 'fairlead') => {
      await check(sha, checkName);
      const run = github.checks(repo, sha).find((one) => one.name === checkName);
      return (run?.annotations ?? []).map(({ path, start_line: line, message }) =>
        typeof path === 'string' && typeof line === 'number' && typeof message === 'string'
          ? mask(`${path}:${line} ${message}`)
          : 'not an annotation',
      );
    },
    planComment,
    planAtAGlance: async (pull) => folded(await planComment(pull)),
    comment: async (pull, words) => folded(mask(withoutMarker(await commentRaw(pull, words)))),
    comments: ({ number }) => bodies(number).map((body) => folded(mask(withoutMarker(body)))),
    offeredDigest: async (pull, words) => {
      const body = await commentRaw(pull, words);
      return /\/fairlead apply ([0-9a-f]{8,64})/.exec(body)?.[1] ?? '';
    },
    issue: async (title, state, words = '') => {
      const found = await eventually(`the issue "${title}", ${state}, with "${words}"`, () =>
        ownIssues().find((one) => one.title.includes(title) && one.state === state && issueText(one).includes(words)),
      );
      return folded(mask(issueText(found)));
    },
    issues: () => ownIssues().map((one) => `${one.state}: ${one.title}`),
  };
}

function issueText(issue: {
  readonly body: string | null;
  readonly comments: readonly { readonly body: string }[];
}): string {
  return [issue.body ?? '', ...issue.comments.map(({ body }) => body)].map(withoutMarker).join('\n---\n');
}

function isPlan(body: string): boolean {
  return /<!-- fairlead:plan(?:\/\d+)? -->|<!-- fairlead:[^>]*\bplan\b[^>]*-->/.test(body);
}

function withoutMarker(body: string): string {
  return body.replace(/\s*<!-- fairlead:[^>]*-->\s*$/, '');
}
