/** One commit as a pull request through the whole product: opened, planned, merged, deployed, and looked at from outside on both sides of it. */
import { objectKey } from '../../domain/kubernetes.ts';
import {
  endingOf,
  fetchPlan,
  type Ending,
  planTokens,
  type PullRequestAt,
  type Verdict,
  verdictOn,
} from '../world/conversation.ts';
import { until } from '../world/until.ts';
import { subjectOf, type SourceCommit } from './choose-commits.ts';
import { comparePlan, type PlanComparison } from './compare-plan.ts';
import { pushRetold } from './retell.ts';
import { parseSaidPlan, type SaidPlan } from './said-plan.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';
import { environmentName, player, repositoryName, type Stage } from './stage.ts';
import { judgeHold, type HoldJudgement } from './judge-hold.ts';

export interface Played {
  readonly commit: SourceCommit;
  readonly pull: number;
  readonly plan: SaidPlan | undefined;
  /** Seconds from opening the pull request to the plan on it. */
  readonly planSeconds: number;
  readonly result: PlayResult;
}

export type PlayResult =
  | { readonly kind: 'held'; readonly findings: readonly string[]; readonly judgement: HoldJudgement }
  | {
      readonly kind: 'merged';
      /** Absent where the commit touches nothing of the environment. */
      readonly ending: Ending['kind'] | undefined;
      /** The loud words about a deployment that failed. */
      readonly words: string;
      readonly deploySeconds: number;
      readonly comparison: PlanComparison;
      /** Commands that were given to release it, and whether a plan had announced each. */
      readonly releases: readonly { readonly digest: string; readonly announced: boolean; readonly why: string }[];
    };

const planSeconds = 180;
/** A plan that could not look everywhere is made again by the product every minute. */
const completeSeconds = 150;
/** Beyond the environment's own limit for getting ready: applying, pruning, telling. */
const deploySeconds = 240;

/** @throws NeverHappened when the product falls silent */
export async function playCommit(stage: Stage, commit: SourceCommit, index: number): Promise<Played> {
  const { pull, opened } = await openPullRequest(stage, commit, index);
  let verdict = await verdictOn(stage.world, pull, planSeconds);
  let plan = await planIn(stage, verdict);
  if (plan !== undefined && plan.incomplete.length > 0) {
    ({ verdict, plan } = await completed(stage, pull, verdict, plan));
  }
  const played = { commit, pull: pull.number, plan, planSeconds: secondsSince(opened) };
  if (!verdict.passed) {
    const files =
      plan?.findings ?? verdict.findings.map(({ file, line, message }) => ({ code: '', file, line, detail: message }));
    const findings = files.map(({ file, line, detail }) => `${file}:${line} ${detail}`);
    const judgement = await judgeHold(stage, commit, files);
    return {
      ...played,
      result: { kind: 'held', findings: findings.length > 0 ? findings : [verdict.title], judgement },
    };
  }
  return { ...played, result: await mergeAndCompare(stage, pull, plan) };
}

async function openPullRequest(
  stage: Stage,
  commit: SourceCommit,
  index: number,
): Promise<{ readonly pull: PullRequestAt; readonly opened: number }> {
  const { github } = stage.world;
  const branch = `replay-${String(index + 1).padStart(3, '0')}`;
  const remote = { url: `${github.gitUrl}/${repositoryName}.git`, token: github.tokenFor(player) };
  const { configuration } = stage;
  const head = await pushRetold(stage.history, remote, commit, { base: 'main', branch, configuration });
  const opened = performance.now();
  const [, ...body] = commit.message.split('\n');
  const { number } = await github
    .as(player)
    .openPullRequest({ repo: repositoryName, branch, title: subjectOf(commit), body: body.join('\n').trim() });
  return { pull: { repo: repositoryName, number, head }, opened };
}

async function planIn(stage: Stage, verdict: Verdict): Promise<SaidPlan | undefined> {
  const [token] = planTokens(verdict.comment ?? '');
  return token === undefined ? undefined : parseSaidPlan(await fetchPlan(stage.world, token));
}

async function completed(
  stage: Stage,
  pull: PullRequestAt,
  verdict: Verdict,
  plan: SaidPlan,
): Promise<{ verdict: Verdict; plan: SaidPlan | undefined }> {
  const next = until(`a complete plan of #${pull.number}`, completeSeconds, async () => {
    const again = await verdictOn(stage.world, pull, planSeconds);
    const better = again.comment === verdict.comment ? undefined : await planIn(stage, again);
    return better !== undefined && better.incomplete.length === 0 ? { verdict: again, plan: better } : undefined;
  });
  return next.catch(() => ({ verdict, plan }));
}

async function mergeAndCompare(
  stage: Stage,
  pull: PullRequestAt,
  plan: SaidPlan | undefined,
): Promise<Extract<PlayResult, { kind: 'merged' }>> {
  const named = [...(plan?.changes ?? []).map(({ ref }) => objectKey(ref)), ...(plan?.unchanged ?? [])];
  const look = (): Promise<Snapshot> => takeSnapshot(stage.reader, stage.applySetId, named);
  const before = await look();
  const merged = performance.now();
  const commit = await stage.world.github.as(player).merge(pull.repo, pull.number, 'merge', pull.head);
  const deployed = plan === undefined ? undefined : await followDeployment(stage, pull, commit, plan);
  if (deployed === undefined) await stage.world.github.deliveries.settled();
  const seconds = secondsSince(merged);
  const after = await look();
  const words = deployed?.ending.kind === 'failed' ? loudWords(stage, pull) : '';
  const notReady = words.includes('did not become ready');
  const nothing = {
    planDigest: '',
    changes: [],
    unchanged: [],
    findings: [],
    incomplete: [],
    dangers: [],
    milliseconds: 0,
    requests: 0,
  };
  return {
    kind: 'merged',
    ending: deployed?.ending.kind,
    words,
    deploySeconds: seconds,
    comparison: comparePlan(plan ?? nothing, before, after, !notReady),
    releases: deployed?.releases ?? [],
  };
}

type Releases = Extract<PlayResult, { kind: 'merged' }>['releases'];

/** Waits for the end; what waits for a person gets one, who only types what the product asks for. */
async function followDeployment(
  stage: Stage,
  pull: PullRequestAt,
  commit: string,
  plan: SaidPlan,
): Promise<{ readonly ending: Ending; readonly releases: Releases }> {
  const { world, options } = stage;
  const releases: { digest: string; announced: boolean; why: string }[] = [];
  const answered = new Set<string>();
  for (;;) {
    const at = { pull, commit, environment: environmentName };
    const ending = await endingOf(world, at, options.readyTimeout + deploySeconds, answered);
    if (ending.kind !== 'held' || ending.release === undefined) return { ending, releases };
    answered.add(ending.release);
    const announced = plan.dangers.length > 0 && plan.planDigest.startsWith(ending.release);
    releases.push({ digest: ending.release, announced, why: ending.comment.split('\n')[0] ?? '' });
    await world.github.as(player).comment(pull.repo, pull.number, `/fairlead apply ${ending.release}`);
  }
}

function loudWords(stage: Stage, pull: PullRequestAt): string {
  const { github } = stage.world;
  const own = github.comments(pull.repo, pull.number).filter(({ author }) => author.id === github.bot.id);
  return own.findLast(({ body }) => body.includes(`**\`${environmentName}\` `))?.body ?? '';
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
