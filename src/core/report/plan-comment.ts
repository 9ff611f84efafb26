/** The sticky comment on an open pull request: verdict, table, what needs a person, then detail. */
import { displayName } from '../../domain/kubernetes.ts';
import { shownDigestLength, type EnvironmentPlan, type PlannedChange } from '../../domain/plan.ts';
import { changeBlock, fieldLine, objectWords } from './change-words.ts';
import { findingLine } from './finding-words.ts';
import { cell, code, htmlText, inert } from './inert.ts';
import { countActions, isError, type PlanReport, type PlanWithLink } from './plan-report.ts';
import { planVerdict } from './plan-verdict.ts';
import { commentLimits, splitComment, type CommentLimits, type CommentSection } from './split-comment.ts';

/** The comment's parts, usually one. */
export function planComment(report: PlanReport, limits: CommentLimits = commentLimits): readonly string[] {
  const head = [
    planVerdict(report),
    problems(report),
    table(report),
    needsAPerson(report),
    worthKnowing(report),
  ].filter((paragraph) => paragraph !== '');
  const link = report.plans[0]?.link ?? '';
  return splitComment(head.join('\n\n'), sections(report), footer(report), link, limits);
}

function problems({ findings, plans }: PlanReport): string {
  const lines = findings.filter(isError).map((finding) => `- ${findingLine(finding)}`);
  for (const { plan } of plans) {
    const prefix = plans.length > 1 ? `${code(plan.environment.name)}: ` : '';
    lines.push(...plan.findings.filter(isError).map((finding) => `- ${prefix}${findingLine(finding)}`));
    lines.push(...plan.incomplete.slice(0, 10).map(({ detail }) => `- ${prefix}could not look: ${inert(detail)}`));
    if (plan.incomplete.length > 10)
      lines.push(`- ${prefix}and ${plan.incomplete.length - 10} more that could not be read`);
  }
  return lines.length === 0 ? '' : `**To be solved first**\n${capped(lines)}`;
}

function capped(lines: readonly string[]): string {
  const limit = 50;
  const shown = lines.slice(0, limit);
  return [
    ...shown,
    ...(lines.length > limit ? [`- and ${lines.length - limit} more; the checks list them all`] : []),
  ].join('\n');
}

function table({ plans }: PlanReport): string {
  if (plans.length === 0) return '';
  const rows = plans.map(({ plan }) => {
    const { environment } = plan;
    const count = countActions(plan);
    const name = `${cell(environment.name)} on ${cell(environment.cluster)}, namespace ${cell(environment.namespace)}`;
    const deletes = count.prune === 0 ? '' : `**${count.prune}**`;
    const cells = [symbolOf(plan), name, shown(count.create), shown(count.update + count.replace), deletes];
    return `| ${[...cells, shown(plan.unchanged.length), remark(plan)].join(' | ')} |`;
  });
  return ['| | environment | create | change | delete | same | |', '|---|---|--:|--:|--:|--:|---|', ...rows].join('\n');
}

function shown(count: number): string {
  return count === 0 ? '' : String(count);
}

function symbolOf(plan: EnvironmentPlan): string {
  if (plan.incomplete.length > 0 || plan.findings.some(isError)) return '✘';
  return plan.dangers.length > 0 ? '⚠' : '✔';
}

function remark(plan: EnvironmentPlan): string {
  if (plan.incomplete.length > 0) return 'not complete';
  if (plan.findings.some(isError)) return 'blocked, see above';
  if (plan.dangers.length > 0) return 'needs a person, see below';
  return plan.effects.length === 0 ? 'nothing to do' : '';
}

function needsAPerson({ plans }: PlanReport): string {
  const lines = plans.flatMap(({ plan }) => {
    if (plan.dangers.length === 0) return [];
    const what = plan.dangers.map((danger) => dangerWords(danger.code, danger.detail)).join('; ');
    const digest = plan.planDigest.slice(0, shownDigestLength);
    return [
      `- ${code(plan.environment.name)}: ${what}. After the merge this waits for ${code(`/fairlead apply ${digest}`)}.`,
    ];
  });
  return lines.length === 0 ? '' : `**Needs a person**\n${lines.join('\n')}`;
}

export function dangerWords(danger: EnvironmentPlan['dangers'][number]['code'], detail: string): string {
  switch (danger) {
    case 'prunes-data':
      return `deletes ${code(detail)} and the data in it`;
    case 'prunes-namespace':
      return `deletes ${code(detail)} and everything in it`;
    case 'prunes-crd':
      return `deletes ${code(detail)} and every object of that kind`;
    case 'prunes-many':
    case 'prunes-everything':
      return inert(detail);
  }
}

function worthKnowing(report: PlanReport): string {
  const { findings, plans } = report;
  const lines = findings.filter((finding) => !isError(finding)).map(findingLine);
  for (const one of plans) {
    const prefix = plans.length > 1 ? `${code(one.plan.environment.name)}: ` : '';
    lines.push(...worthKnowingOf(one, report).map((line) => `${prefix}${line}`));
  }
  return lines.length === 0 ? '' : `**Worth knowing**\n${capped([...new Set(lines)].map((line) => `- ${line}`))}`;
}

function worthKnowingOf({ held, plan }: PlanWithLink, report: PlanReport): readonly string[] {
  const rollback =
    plan.rollback === undefined
      ? []
      : plan.rollback.kind === 'partial-revert'
        ? [noRollback(plan)]
        : irreversible(plan);
  return [
    ...(held === undefined ? [] : [endsHold(held, plan, report)]),
    ...plan.findings.filter((finding) => !isError(finding)).map(findingLine),
    ...(held === undefined ? putBack(plan) : []),
    ...plan.changes.flatMap(notRestarted),
    ...rollback,
  ];
}

function endsHold(
  held: 'direct-push' | 'force-push',
  plan: EnvironmentPlan,
  { baseBranch, words }: PlanReport,
): string {
  const [because, what] =
    held === 'direct-push'
      ? [`commits came onto ${code(baseBranch)} without a ${words.change}`, 'What those commits change']
      : [`the history of ${code(baseBranch)} was rewritten`, 'What the new history changes'];
  return `${code(plan.environment.name)} is held: ${because}. ${what} stands in this plan too, and merging this ends the hold.`;
}

const putBackShown = 3;

/** A change by hand may be somebody's first aid: whoever merges must not learn only afterwards that it was undone. */
function putBack(plan: EnvironmentPlan): readonly string[] {
  const fields = plan.changes.flatMap((change) =>
    change.fields
      .filter(({ origin }) => origin === 'drift')
      .map((field) => {
        const by = field.manager === undefined ? '' : `, set by ${code(field.manager)}`;
        return `Undoes what was changed past Git: ${objectWords(change)} ${fieldLine({ ...field, origin: 'pull-request' })}${by}.`;
      }),
  );
  const more = fields.length - putBackShown;
  return [
    ...fields.slice(0, putBackShown),
    ...(more > 0 ? [`And ${more} more fields that were changed past Git.`] : []),
  ];
}

function notRestarted(change: PlannedChange): readonly string[] {
  return change.consequences.flatMap((one) =>
    one.code === 'not-restarted'
      ? `${objectWords(change)} changes, but ${code(one.workload)} reads it as ${one.how} and will not restart: its pods keep the old value.`
      : [],
  );
}

/** Called a revert, and no proof that it is one: perhaps a part of one, perhaps something else altogether. */
function noRollback(plan: EnvironmentPlan): string {
  return `This is called a revert, but what it gives was never deployed to ${code(plan.environment.name)} as a whole: it is planned as any other change.`;
}

/** What a rollback cannot bring back: said on every one, for what the plan touches. */
function irreversible(plan: EnvironmentPlan): readonly string[] {
  const lines: string[] = [];
  const kinds = new Set(plan.changes.map(({ ref }) => ref.kind));
  if (kinds.has('Job')) lines.push('what finished Jobs have written stays');
  if (kinds.has('PersistentVolumeClaim') || kinds.has('StatefulSet')) lines.push('data in volumes stays as it is now');
  if (kinds.has('HorizontalPodAutoscaler')) lines.push('the autoscaler keeps its own replica count');
  return lines.length === 0 ? [] : [`Cannot come back: ${lines.join('; ')}.`];
}

function sections(report: PlanReport): readonly CommentSection[] {
  return report.plans.flatMap(({ plan, link }) => {
    const own = plan.changes.filter(({ origin }) => origin === 'pull-request');
    const drift = plan.changes.filter(
      (change) => change.origin === 'drift' || change.fields.some((field) => field.origin === 'drift'),
    );
    const found: CommentSection[] = [];
    if (own.length > 0) {
      found.push({
        summary: `<b>${htmlText(plan.environment.name)}</b>: ${countWords(own)}`,
        blocks: own.map((change) => changeBlock(change, link)),
      });
    }
    if (drift.length > 0) {
      found.push({
        summary: `${htmlText(plan.environment.name)}: already different before this ${report.words.change}: ${drift.length} ${drift.length === 1 ? 'object' : 'objects'}`,
        blocks: drift.map((change) => driftBlock(change, link)),
      });
    }
    if (plan.ignored.length > 0) {
      found.push({
        summary: `${htmlText(plan.environment.name)}: left out`,
        blocks: plan.ignored.map(({ what, count }) => `- ${count} ${inert(what)}`),
      });
    }
    return found;
  });
}

/** Drift of an object the pull request changes too is listed by its fields only; its diff stands with the change. */
function driftBlock(change: PlannedChange, link: string): string {
  if (change.origin === 'drift' && change.action !== 'update') return changeBlock(change, link);
  const fields = change.fields.filter(({ origin }) => origin === 'drift');
  const lines = fields.map((field) => {
    const by = field.manager === undefined ? '' : `, held by ${code(field.manager)}`;
    const since = field.since === undefined ? '' : ` since ${code(field.since)}`;
    return `- ${fieldLine({ ...field, origin: 'pull-request' })}${by}${since}`;
  });
  return [`**put back · ${code(displayName(change.ref))}**`, ...lines].join('\n');
}

/** `1 to create, 2 to change`. */
function countWords(changes: readonly PlannedChange[]): string {
  const count = (actions: readonly PlannedChange['action'][]) =>
    changes.filter(({ action }) => actions.includes(action)).length;
  const words: (readonly [number, string])[] = [
    [count(['prune']), 'to delete'],
    [count(['replace']), 'to replace'],
    [count(['create']), 'to create'],
    [count(['update']), 'to change'],
    [count(['conflict']), 'in conflict'],
  ];
  return words
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
}

function footer({ plans, baseBranch }: PlanReport): string {
  const first = plans[0]?.plan;
  if (first === undefined) return '';
  const digests = plans.map(({ plan, link }) => `[${code(plan.planDigest.slice(0, shownDigestLength))}](${link})`);
  const time = plans.reduce((sum, { plan }) => sum + plan.cost.milliseconds, 0) / 1000;
  const requests = plans.reduce((sum, { plan }) => sum + plan.cost.requests, 0);
  const servers = [...new Set(plans.map(({ plan }) => plan.serverVersion))].filter((version) => version !== '');
  return `<sub>${[
    `${code(first.basis.head.slice(0, 7))} merged onto ${code(baseBranch)} at ${code(first.basis.base.slice(0, 7))}`,
    `${digests.length === 1 ? 'plan' : 'plans'} ${digests.join(' ')}`,
    ...(servers.length === 0 ? [] : [`server ${servers.map(inert).join(', ')}`]),
    `${time.toFixed(1)} s, ${requests} requests`,
  ].join(' · ')}</sub>`;
}
