/** What people do in the story and what they wait for: open, merge, read. Everything is looked up at the forge and in the clusters, not in the product. */
import type { StandInCluster } from '../cluster/start-cluster.ts';
import { numberAt, textAt, treeAt, treesAt, type Tree } from '../cluster/value.ts';
import type { FileChanges } from '../git-http/write-commit.ts';
import type { Issue } from '../github/model.ts';
import type { OpenedPull } from '../github/person.ts';
import { endingOf, ownComments, verdictOn, type Ending, type PullRequestAt } from '../world/conversation.ts';
import { until } from '../world/until.ts';
import { namespace, repository, type EnvironmentName } from './shop.ts';
import type { Stage } from './stage.ts';
import { StoryBroke } from './teller.ts';

/** Longer than anything takes on a busy machine. */
const patience = 60;

const repo = repository.fullName;

export interface Change {
  readonly branch: string;
  readonly title: string;
  readonly files: FileChanges;
}

export interface ReadPlan {
  readonly pull: PullRequestAt;
  /** The plan comment. */
  readonly plan: string;
}

/** Opens a pull request and reads its plan. @throws StoryBroke when no comment comes or the check fails */
export async function open(stage: Stage, who: string, change: Change): Promise<ReadPlan> {
  return readPlan(stage, await stage.github.as(who).openPullRequest({ repo, ...change }));
}

/** Presses the Revert button and reads the plan of what it opened. */
export async function revert(stage: Stage, who: string, number: number): Promise<ReadPlan> {
  return readPlan(stage, await stage.github.as(who).revert(repo, number));
}

export async function readPlan(stage: Stage, { head, number }: OpenedPull): Promise<ReadPlan> {
  const pull = { repo, number, head };
  const verdict = await verdictOn(stage.world, pull, patience);
  if (!verdict.passed) throw new StoryBroke(`the check on #${number} says "${verdict.title}"`);
  if (verdict.comment === undefined) throw new StoryBroke(`nothing was said on #${number}: "${verdict.title}"`);
  return { pull, plan: verdict.comment };
}

export interface Merged {
  /** The merge commit. */
  readonly commit: string;
  readonly endings: Readonly<Partial<Record<EnvironmentName, Ending>>>;
}

/** Merges and waits for the last word about each of the environments. */
export async function merge(
  stage: Stage,
  who: string,
  pull: PullRequestAt,
  environments: readonly EnvironmentName[],
): Promise<Merged> {
  const commit = await stage.github.as(who).merge(repo, pull.number);
  const endings: Partial<Record<EnvironmentName, Ending>> = {};
  for (const environment of environments) {
    endings[environment] = await endingOf(stage.world, { pull, commit, environment }, patience);
  }
  return { commit, endings };
}

/** The product's comment on a pull request that matches, as soon as it is there. */
export function commentOn(stage: Stage, number: number, pattern: RegExp): Promise<string> {
  return until(
    `a comment on #${number} that matches ${pattern}`,
    patience,
    () => ownComments(stage.world, repo, number).find(({ body }) => pattern.test(body))?.body,
  );
}

/** An issue the product keeps, as soon as it matches. */
export function issueLike(
  stage: Stage,
  what: string,
  matches: (issue: Readonly<Issue>) => boolean,
): Promise<Readonly<Issue>> {
  return until(what, patience, () =>
    stage.github.issues(repo).find((issue) => issue.author.id === stage.github.bot.id && matches(issue)),
  );
}

/** A Deployment of the shop in a cluster, in the words of the story. */
export interface Running {
  readonly image: string;
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
}

export function running(cluster: StandInCluster, name: string): Running | undefined {
  const object = cluster.get({ group: 'apps', version: 'v1', kind: 'Deployment', namespace, name });
  const spec = treeAt(object, 'spec');
  const status = treeAt(object, 'status');
  const [container] = treesAt(treeAt(spec, 'template', 'spec'), 'containers');
  if (object === undefined) return undefined;
  return {
    image: textAt(container, 'image'),
    wanted: numberAt(spec, 'replicas'),
    ready: numberAt(status, 'readyReplicas'),
    updated: numberAt(status, 'updatedReplicas'),
  };
}

export function configMapIn(cluster: StandInCluster, name: string): Tree | undefined {
  return cluster.get({ group: '', version: 'v1', kind: 'ConfigMap', namespace, name });
}

/** Field managers of an object. */
export function managersOf(object: Tree | undefined): readonly string[] {
  return treesAt(treeAt(object, 'metadata'), 'managedFields').map((entry) => textAt(entry, 'manager'));
}

/** Names of all objects of a kind in the shop's namespace. */
export function namesOf(cluster: StandInCluster, group: string, kind: string): readonly string[] {
  return cluster
    .list({ group, version: 'v1', kind }, namespace)
    .map((object) => textAt(treeAt(object, 'metadata'), 'name'))
    .sort();
}
