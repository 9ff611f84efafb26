/** The sticky comment on an open pull request: verdict, table, what needs a person, then detail. */
import { shownDigestLength, type EnvironmentPlan } from '../../domain/plan.ts';
import { findingLine } from './finding-words.ts';
import { cell, code, inert } from './inert.ts';
import { cappedList } from './list-words.ts';
import { countActions, isError, type PlanReport } from './plan-report.ts';
import { planSections } from './plan-sections.ts';
import { planVerdict } from './plan-verdict.ts';
import { commentLimits, splitComment, type CommentLimits } from './split-comment.ts';
import { worthKnowing } from './worth-knowing.ts';

const rowLimit = 100;
const dangersShown = 5;
const digestsShown = 5;

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
  return splitComment(head.join('\n\n'), planSections(report), footer(report), link, limits);
}

function problems({ findings, plans }: PlanReport): string {
  const lines = findings.filter(isError).map(findingLine);
  for (const { plan } of plans) {
    const prefix = plans.length > 1 ? `${code(plan.environment.name)}: ` : '';
    lines.push(...plan.findings.filter(isError).map((finding) => `${prefix}${findingLine(finding)}`));
    lines.push(...plan.incomplete.slice(0, 10).map(({ detail }) => `${prefix}could not look: ${inert(detail)}`));
    if (plan.incomplete.length > 10)
      lines.push(`${prefix}and ${plan.incomplete.length - 10} more that could not be read`);
  }
  return lines.length === 0 ? '' : `**To be solved first**\n${cappedList(lines)}`;
}

function table({ plans }: PlanReport): string {
  if (plans.length === 0) return '';
  const rows = listed(plans).map(({ plan }) => {
    const { environment } = plan;
    const count = countActions(plan);
    const name = `${cell(environment.name)} on ${cell(environment.cluster)}, namespace ${cell(environment.namespace)}`;
    const deletes = count.prune === 0 ? '' : `**${count.prune}**`;
    const cells = [symbolOf(plan), name, shown(count.create), shown(count.update + count.replace), deletes];
    return `| ${[...cells, shown(plan.unchanged.length), remark(plan)].join(' | ')} |`;
  });
  const more = plans.length - rows.length;
  return [
    '| | environment | create | change | delete | same | |',
    '|---|---|--:|--:|--:|--:|---|',
    ...rows,
    ...(more > 0
      ? ['', `and ${more} more environments, none of which needs a person; each has a check of its own`]
      : []),
  ].join('\n');
}

/** All of them, or where there are too many for a table those that need somebody and then the first. */
function listed(plans: PlanReport['plans']): PlanReport['plans'] {
  if (plans.length <= rowLimit) return plans;
  const urgent = new Set(plans.filter(({ plan }) => symbolOf(plan) !== '✔'));
  const others = plans.filter((one) => !urgent.has(one)).slice(0, Math.max(0, rowLimit - urgent.size));
  return plans.filter((one) => urgent.has(one) || others.includes(one));
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
    const what = plan.dangers.slice(0, dangersShown).map((danger) => dangerWords(danger.code, danger.detail));
    if (plan.dangers.length > dangersShown) what.push(`and ${plan.dangers.length - dangersShown} more of the kind`);
    const digest = plan.planDigest.slice(0, shownDigestLength);
    return [
      `${code(plan.environment.name)}: ${what.join('; ')}. After the merge this waits for ${code(`/fairlead apply ${digest}`)}.`,
    ];
  });
  return lines.length === 0 ? '' : `**Needs a person**\n${cappedList(lines)}`;
}

function dangerWords(danger: EnvironmentPlan['dangers'][number]['code'], detail: string): string {
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

function footer({ plans, baseBranch }: PlanReport): string {
  const first = plans[0]?.plan;
  if (first === undefined) return '';
  const digests = plans
    .slice(0, digestsShown)
    .map(({ plan, link }) => `[${code(plan.planDigest.slice(0, shownDigestLength))}](${link})`);
  const time = plans.reduce((sum, { plan }) => sum + plan.cost.milliseconds, 0) / 1000;
  const requests = plans.reduce((sum, { plan }) => sum + plan.cost.requests, 0);
  const servers = [...new Set(plans.map(({ plan }) => plan.serverVersion))].filter((version) => version !== '');
  return `<sub>${[
    `${code(first.basis.head.slice(0, 7))} merged onto ${code(baseBranch)} at ${code(first.basis.base.slice(0, 7))}`,
    `${plans.length === 1 ? 'plan' : 'plans'} ${digests.join(' ')}${plans.length > digestsShown ? ` and ${plans.length - digestsShown} more` : ''}`,
    ...(servers.length === 0 ? [] : [`server ${servers.map(inert).join(', ')}`]),
    `${time.toFixed(1)} s, ${requests} requests`,
  ].join(' · ')}</sub>`;
}
