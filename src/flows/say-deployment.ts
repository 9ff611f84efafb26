/** What the forge is told about a deployment: the comment of each merged pull request, the check and the Deployment of the commit. */
import {
  deploymentCheckWords,
  deploymentLine,
  deploymentTitle,
  resultTable,
  type DeploymentReport,
} from '../core/report/deployment-comment.ts';
import { environmentCheck } from '../core/report/plan-checks.ts';
import type { PlanWithLink } from '../core/report/plan-report.ts';
import { waitingPlan } from '../core/report/waiting-plan.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import type { PullRequestRef } from '../domain/forge.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { mustGet, type FlowDeps } from './deps.ts';

export interface DeploymentTelling {
  readonly environment: Environment;
  readonly deployment: Deployment;
  readonly mergedBy: ReadonlyMap<number, string>;
  /** The plan that waits, where people may have to read it before they release it. */
  readonly waiting?: PlanWithLink;
}

/** States that no newer words follow by themselves. */
const final: ReadonlySet<Deployment['state']> = new Set(['held', 'succeeded', 'failed', 'superseded']);

type SayDeps = Pick<FlowDeps, 'forges' | 'clock'>;

/** Says the deployment's state everywhere it belongs. Loud states post a comment of their own, so that people are notified. */
export async function sayDeployment(deps: SayDeps, tx: StoreTransaction, telling: DeploymentTelling): Promise<void> {
  const { environment, deployment } = telling;
  const { repository } = environment;
  const report = reportOf(deps, telling);
  const name = environmentCheck(environment.spec.name);
  const check = { sha: deployment.commit, name, ...deploymentCheckWords(report) };
  await tx.say({ kind: 'check', forge: repository.forge, repository, check });
  await tx.say({ kind: 'deployment', forge: repository.forge, repository, notice: noticeOf(telling, report) });
  for (const number of deployment.pullRequests) await sayOnPullRequest(deps, tx, telling, number);
}

async function sayOnPullRequest(
  deps: SayDeps,
  tx: StoreTransaction,
  telling: DeploymentTelling,
  number: number,
): Promise<void> {
  const { environment, deployment } = telling;
  const { repository } = environment;
  const ref: PullRequestRef = { repository, number };
  const thread = { kind: 'pull-request' as const, ref };
  const body = await mergedComment(deps, tx, ref, telling);
  const progress = !final.has(deployment.state);
  await tx.say({ kind: 'comment', forge: repository.forge, thread, key: 'deployed', body, progress });
  if (deployment.state !== 'held' && deployment.state !== 'failed') return;
  const mergedBy = telling.mergedBy.get(number);
  const report = reportOf(deps, telling);
  const loud = [
    deploymentLine({ ...report, ...(mergedBy === undefined ? {} : { mergedBy }) }),
    resultTable(environment.spec.name, deployment),
    ...(telling.waiting === undefined ? [] : [waitingPlan(telling.waiting, report.words)]),
  ];
  const key = `${deployment.state}/${deployment.id}`;
  const text = loud.filter((part) => part !== '').join('\n\n');
  await tx.say({ kind: 'comment', forge: repository.forge, thread, key, body: text });
}

/** One line for each environment the pull request showed a plan for, with the newest deployment that brought it. */
async function mergedComment(
  deps: SayDeps,
  tx: StoreTransaction,
  ref: PullRequestRef,
  telling: DeploymentTelling,
): Promise<string> {
  const shown = await tx.plansOf(ref);
  const others = shown.filter(({ plan }) => plan.environment.key !== telling.environment.key);
  const tellings: DeploymentTelling[] = [telling];
  const next: string[] = [];
  for (const { plan } of others) {
    const recent = await tx.deploymentsOf(plan.environment.key, 20);
    const deployment = recent.find(({ pullRequests }) => pullRequests.includes(ref.number));
    const spec = { ...telling.environment.spec, name: plan.environment.name };
    const environment = { ...telling.environment, key: plan.environment.key, spec };
    if (deployment === undefined) next.push(`\`${plan.environment.name}\` is next.`);
    else tellings.push({ ...telling, environment, deployment });
  }
  // Earlier deployments first, whichever of them is the one that changed just now.
  tellings.sort((a, b) => a.deployment.id - b.deployment.id);
  const tables = tellings
    .filter(({ deployment }) => deployment.state === 'succeeded')
    .map(({ deployment, environment }) => resultTable(environment.spec.name, deployment));
  const lines = [...tellings.map((one) => shortLine(deps, one)), ...next];
  return [...lines, ...tables].filter((part) => part !== '').join('\n\n');
}

function shortLine(deps: SayDeps, telling: DeploymentTelling): string {
  const { deployment, environment } = telling;
  if (deployment.state === 'held' || deployment.state === 'failed') {
    return `\`${environment.spec.name}\`: ${deploymentTitle(reportOf(deps, telling))}. See the comment about deployment ${deployment.id}.`;
  }
  return deploymentLine(reportOf(deps, telling));
}

function reportOf(deps: SayDeps, { environment, deployment }: DeploymentTelling): DeploymentReport {
  const { words } = mustGet(deps.forges, environment.repository.forge);
  const end = deployment.finishedAt === undefined ? deps.clock.now().getTime() : Date.parse(deployment.finishedAt);
  return {
    words,
    environment: environment.spec.name,
    branch: environment.branch,
    deployment,
    seconds: Math.max(0, (end - Date.parse(deployment.createdAt)) / 1000),
  };
}

const noticeStates = {
  pending: 'queued',
  held: 'queued',
  applying: 'in-progress',
  waiting: 'in-progress',
  pruning: 'in-progress',
  succeeded: 'success',
  failed: 'failure',
  superseded: 'inactive',
} as const;

function noticeOf({ environment, deployment }: DeploymentTelling, report: DeploymentReport) {
  return {
    id: deployment.id,
    sha: deployment.commit,
    environment: environment.spec.name,
    production: environment.spec.name.startsWith('prod'),
    state: noticeStates[deployment.state],
    description: deploymentTitle(report),
    payload: {
      desiredDigest: deployment.desiredDigest,
      planDigest: deployment.planDigest,
      environmentKey: environment.key,
    },
  };
}
