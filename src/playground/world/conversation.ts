/** What people see of the product on a pull request, and waiting for it to have spoken. All of it is read from the forge. */
import { isJsonObject } from '../../domain/json.ts';
import type { CheckRun, Comment } from '../github/model.ts';
import type { World } from './start-world.ts';
import { until } from './until.ts';

/** The check every pull request gets. */
const overallCheck = 'fairlead';

export interface Verdict {
  readonly passed: boolean;
  readonly title: string;
  readonly findings: readonly SaidFinding[];
  /** The sticky comment; absent where nothing is touched. */
  readonly comment?: string;
}

/** An annotation of a check. */
export interface SaidFinding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface PullRequestAt {
  /** `owner/name`. */
  readonly repo: string;
  readonly number: number;
  /** Its head commit. */
  readonly head: string;
}

const untouchedTitle = 'No environment is touched by this change';

/**
 * Waits until the check on the head has a conclusion and, unless nothing is touched, the comment speaks of that head.
 * @throws NeverHappened after `seconds`
 */
export async function verdictOn(world: World, pull: PullRequestAt, seconds: number): Promise<Verdict> {
  const what = `the plan of #${pull.number}`;
  const check = await until(`the check on ${what}`, seconds, () =>
    concluded(world, pull.repo, pull.head, overallCheck),
  );
  const passed = check.conclusion === 'success';
  const said = { passed, title: check.title ?? '', findings: check.annotations.flatMap(findingOf) };
  if (passed && said.title === untouchedTitle) return said;
  const short = pull.head.slice(0, 7);
  const comment = await until(`the comment on ${what}`, seconds, () =>
    ownComments(world, pull.repo, pull.number).find(({ body }) => body.includes(short)),
  );
  return { ...said, comment: comment.body };
}

/** The newest run of a check on a commit, once it has a conclusion. */
function concluded(world: World, repo: string, sha: string, name: string): Readonly<CheckRun> | undefined {
  return world.github.checks(repo, sha).find((run) => run.name === name && run.status === 'completed');
}

function findingOf(annotation: CheckRun['annotations'][number]): readonly SaidFinding[] {
  const { path, start_line: line, message } = annotation;
  if (typeof path !== 'string' || typeof line !== 'number' || typeof message !== 'string') return [];
  return [{ file: path, line, message }];
}

/** The product's comments on a pull request or issue, oldest first. */
export function ownComments(world: World, repo: string, number: number): readonly Readonly<Comment>[] {
  return world.github.comments(repo, number).filter(({ author }) => author.id === world.github.bot.id);
}

/** How a deployment of one commit to one environment ended; `held` = a person has to say `release`. */
export type Ending =
  | { readonly kind: 'succeeded'; readonly description: string }
  | { readonly kind: 'failed'; readonly description: string }
  | { readonly kind: 'held'; readonly comment: string; readonly release?: string };

export interface DeploymentAt {
  readonly pull: PullRequestAt;
  /** The commit the merge made. */
  readonly commit: string;
  readonly environment: string;
}

/**
 * Waits for the last word about a deployment. A hold whose release is in `answered` was answered already and is waited over.
 * @throws NeverHappened after `seconds`
 */
export async function endingOf(
  world: World,
  { pull, commit, environment }: DeploymentAt,
  seconds: number,
  answered: ReadonlySet<string> = new Set(),
): Promise<Ending> {
  return until(`the deployment of #${pull.number} to ${environment}`, seconds, () => {
    const own = world.github
      .deployments(pull.repo)
      .filter((deployment) => deployment.sha === commit && deployment.environment === environment);
    const status = own.at(-1)?.statuses.at(-1);
    if (status?.state === 'success') return { kind: 'succeeded', description: status.description };
    if (status?.state === 'failure') return { kind: 'failed', description: status.description };
    return holdOn(world, pull, environment, answered);
  });
}

function holdOn(
  world: World,
  pull: PullRequestAt,
  environment: string,
  answered: ReadonlySet<string>,
): Ending | undefined {
  const held = ownComments(world, pull.repo, pull.number)
    .filter(({ body }) => body.includes(`**\`${environment}\` is held:`))
    .at(-1);
  if (held === undefined) return undefined;
  const release = /`\/fairlead apply ([0-9a-f]{8,64})`/.exec(held.body)?.[1];
  if (release === undefined) return { kind: 'held', comment: held.body };
  return answered.has(release) ? undefined : { kind: 'held', comment: held.body, release };
}

/** Unguessable names of the plans a comment links to, in order. */
export function planTokens(comment: string): readonly string[] {
  return [...new Set([...comment.matchAll(/\/plans\/([\w-]{16,128})/g)].map((match) => match[1] ?? ''))];
}

/** A stored plan as JSON, from the product's own page. */
export async function fetchPlan(world: World, token: string): Promise<unknown> {
  const response = await fetch(`${world.server.url}/plans/${token}.json`, { signal: AbortSignal.timeout(30_000) });
  const body: unknown = await response.json();
  if (!response.ok || !isJsonObject(body)) throw new Error(`the page of plan ${token} answered ${response.status}`);
  return body;
}
