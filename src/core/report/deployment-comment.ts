/** What is said after the merge: quiet when well, loud when not. */
import type { CheckWords } from '../../domain/check-words.ts';
import type { Deployment, DeploymentState, ObjectResult } from '../../domain/deployment.ts';
import type { ForgeWords } from '../../domain/forge-words.ts';
import { displayName } from '../../domain/kubernetes.ts';
import { cell, code, cutAt, htmlText, inert } from './inert.ts';
import { holdParagraph, holdSentence, type HoldFacts } from './hold-words.ts';

export interface DeploymentReport {
  readonly words: ForgeWords;
  readonly environment: string;
  readonly branch: string;
  readonly deployment: Deployment;
  /** Seconds since it began. */
  readonly seconds: number;
  readonly link?: string;
  readonly mergedBy?: string;
}

/** The line for one environment in the comment of a merged pull request. */
export function deploymentLine(report: DeploymentReport): string {
  const { deployment, environment } = report;
  const name = code(environment);
  const commit = code(deployment.commit.slice(0, 7));
  switch (deployment.state) {
    case 'pending':
      return `${name} is next.`;
    case 'applying':
    case 'waiting':
    case 'pruning':
      return `**Deploying to ${name}** at ${commit}: ${progressWords(deployment)}.${interruptionWords(deployment)}`;
    case 'succeeded':
      return succeededLine(report);
    case 'superseded':
      return `${name}: a newer commit took over before this one was deployed; it contains this change.`;
    case 'held':
      return holdParagraph(deployment.hold?.code ?? 'plan-incomplete', holdFactsOf(report));
    case 'failed':
      return failureParagraph(report);
  }
}

function succeededLine({ deployment, environment, seconds }: DeploymentReport): string {
  const name = code(environment);
  const commit = code(deployment.commit.slice(0, 7));
  const intent = deployment.intent;
  const verb =
    intent?.kind === 'rollback-to' ? `Rolled ${name} back to deployment ${intent.deployment}` : `Deployed to ${name}`;
  const what = doneWords(deployment.results);
  return `**${verb}** in ${timeWords(seconds)} — ${what}. Live at ${commit} (deployment ${deployment.id}).`;
}

/** Nothing takes no time at all: what is shorter is told as 0.1 s. */
function timeWords(seconds: number): string {
  return `${seconds < 10 ? Math.max(0.1, seconds).toFixed(1) : Math.round(seconds)} s`;
}

/** `1 created, 2 changed, 41 same`; `nothing had to change, 44 same`. */
function doneWords(results: readonly ObjectResult[]): string {
  const counts = resultCounts(results);
  if (counts === '') return 'nothing had to change';
  return results.every(({ result }) => result === 'same') ? `nothing had to change, ${counts}` : counts;
}

function resultCounts(results: readonly ObjectResult[]): string {
  const order = ['created', 'changed', 'replaced', 'deleted', 'same'] as const;
  return order
    .map((result) => [results.filter((one) => one.result === result).length, result] as const)
    .filter(([count]) => count > 0)
    .map(([count, result]) => `${count} ${result}`)
    .join(', ');
}

function failureParagraph({ deployment, environment, words, mergedBy }: DeploymentReport): string {
  const bad = deployment.results.filter(
    ({ result, readiness }) => result === 'failed' || readiness === 'failed' || readiness === 'waiting',
  );
  const lines = bad.slice(0, 10).map((one) => `- ${code(displayName(one.ref))}: ${inert(one.detail ?? 'failed')}`);
  if (bad.length > 10) lines.push(`- and ${bad.length - 10} more`);
  const untried = deployment.results.filter(({ result }) => result === 'not-tried').length;
  const title = failureTitle(deployment);
  const counts = resultCounts(deployment.results);
  const to = mergedBy === undefined ? '' : ` (merged by ${inert(mergedBy)})`;
  return [
    `**${code(environment)} ${title}**${to} — deployment ${deployment.id}, ${counts === '' ? 'nothing applied' : counts}${untried === 0 ? '' : `, ${untried} not tried`}.`,
    '',
    ...lines,
    '',
    `${deployment.results.some(({ result }) => result === 'deleted') ? '' : 'Nothing was deleted. '}To go back: revert this ${words.change}; its plan will say what returns. To go on: fix it in a new ${words.change}.`,
  ].join('\n');
}

function failureTitle({ results }: Deployment): string {
  return results.some(({ result }) => result === 'failed') ? 'was not deployed in full' : 'did not become ready';
}

function interruptionWords({ interruption }: Deployment): string {
  return interruption === undefined ? '' : ` It cannot go on at the moment and is tried again: ${inert(interruption)}`;
}

function progressWords(deployment: Deployment): string {
  if (deployment.state === 'pruning') return 'deleting what is no longer declared';
  const done = deployment.results.filter(({ result }) => result !== 'not-tried' && result !== 'failed').length;
  if (deployment.state === 'applying') return `${done} of ${deployment.results.length} objects applied`;
  const waiting = deployment.results.filter(({ readiness }) => readiness === 'waiting');
  const first = waiting[0];
  const ready = deployment.results.filter(({ readiness }) => readiness !== 'waiting' && readiness !== 'failed').length;
  const what = first === undefined ? '' : `; waiting for ${code(displayName(first.ref))}: ${inert(first.detail ?? '')}`;
  return `${ready} of ${deployment.results.length} objects ready${what}`;
}

export function holdFactsOf(report: DeploymentReport): HoldFacts {
  const { deployment, environment, words, branch } = report;
  return {
    words,
    environment,
    branch,
    facts: deployment.hold?.facts ?? [],
    ...(deployment.planDigest === '' ? {} : { digest: deployment.planDigest.slice(0, 8) }),
  };
}

/** Characters: a comment and a check hold 65,000, with other things beside the table. */
const tableLimit = 30_000;

/** A table of every object's result, collapsed; at most 200 rows, the rest counted. */
export function resultTable(environment: string, deployment: Deployment, limit = 200): string {
  const told = deployment.results.filter(({ result }) => result !== 'same');
  if (told.length === 0) return '';
  const rows: string[] = [];
  let room = tableLimit;
  for (const { ref, result, readiness, detail } of told.slice(0, limit)) {
    const state = readiness === 'not-checked' ? '' : readiness;
    const row = `| ${cell(displayName(ref))} | ${result} | ${state} | ${inert(detail ?? '')} |`;
    room -= row.length + 1;
    if (room < 0) break;
    rows.push(row);
  }
  const left = told.length - rows.length;
  const more = left > 0 ? [`\n${left} more ${left === 1 ? 'object is' : 'objects are'} on the full page.`] : [];
  return [
    `<details><summary><b>${htmlText(environment)}</b>: ${told.length} ${told.length === 1 ? 'object' : 'objects'}</summary>\n`,
    '| object | result | ready | |',
    '|---|---|---|---|',
    ...rows,
    ...more,
    '\n</details>',
  ].join('\n');
}

export function deploymentCheckWords(report: DeploymentReport): CheckWords {
  const { deployment } = report;
  const summary = [deploymentLine(report), resultTable(report.environment, deployment, 100)]
    .filter((part) => part !== '')
    .join('\n\n');
  return { state: checkState(deployment.state), title: deploymentTitle(report), summary, annotations: [] };
}

/** One plain line, ≤ 140 characters: check titles and deployment descriptions. */
export function deploymentTitle({ deployment, environment, words, branch }: DeploymentReport): string {
  const title = ((): string => {
    switch (deployment.state) {
      case 'pending':
        return 'Next in line';
      case 'applying':
        return 'Applying';
      case 'waiting':
        return 'Waiting until everything is ready';
      case 'pruning':
        return 'Deleting what is no longer declared';
      case 'succeeded':
        return `Deployed: ${doneWords(deployment.results)}`;
      case 'failed':
        return failedTitle(deployment);
      case 'superseded':
        return 'A newer commit took over';
      case 'held': {
        const facts = { words, environment, branch, facts: [] };
        return `Held: ${holdSentence(deployment.hold?.code ?? 'plan-incomplete', facts).title.replaceAll('`', '')}`;
      }
    }
  })();
  return title.length > 140 ? `${cutAt(title, 139)}…` : title;
}

/** With the first object that is to blame, for those who see no more than this line. */
function failedTitle(deployment: Deployment): string {
  const { results } = deployment;
  const first =
    results.find(({ result }) => result === 'failed') ?? results.find(({ readiness }) => readiness === 'failed');
  const words = failureTitle(deployment);
  const title = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  return first === undefined ? title : `${title}: ${displayName(first.ref)}`;
}

function checkState(state: DeploymentState): CheckWords['state'] {
  switch (state) {
    case 'pending':
      return 'queued';
    case 'applying':
    case 'waiting':
    case 'pruning':
      return 'running';
    case 'succeeded':
    case 'superseded':
      return 'success';
    case 'failed':
      return 'failure';
    case 'held':
      return 'action-required';
  }
}
