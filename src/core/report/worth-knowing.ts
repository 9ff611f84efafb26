/** What is not in the way of a merge, but whoever merges should know before. */
import { assertNever } from '../../domain/assert-never.ts';
import type { EnvironmentPlan, PlannedChange } from '../../domain/plan.ts';
import { consequenceWords, fieldLine, objectWords } from './change-words.ts';
import { findingLine } from './finding-words.ts';
import { code } from './inert.ts';
import { cappedList } from './list-words.ts';
import { isError, type PlanReport, type PlanWithLink } from './plan-report.ts';
import { deploymentOrigin } from './plan-verdict.ts';

/** The paragraph, or nothing where there is nothing to say. */
export function worthKnowing(report: PlanReport): string {
  const { findings, plans } = report;
  const lines = findings.filter((finding) => !isError(finding)).map(findingLine);
  for (const one of plans) {
    const prefix = plans.length > 1 ? `${code(one.plan.environment.name)}: ` : '';
    lines.push(...worthKnowingOf(one, report).map((line) => `${prefix}${line}`));
  }
  return lines.length === 0 ? '' : `**Worth knowing**\n${cappedList([...new Set(lines)])}`;
}

function worthKnowingOf({ held, plan }: PlanWithLink, report: PlanReport): readonly string[] {
  const rollback =
    plan.rollback === undefined
      ? []
      : plan.rollback.kind === 'partial-revert'
        ? [noRollback(plan)]
        : irreversible(plan);
  return [
    ...(report.plans.length > 1 ? goesBack(plan, report) : []),
    ...(held === undefined ? [] : [endsHold(held, plan, report)]),
    ...plan.findings.filter((finding) => !isError(finding)).map(findingLine),
    ...(held === undefined ? putBack(plan) : []),
    ...plan.changes.flatMap(consequencesWorthKnowing),
    ...rollback,
  ];
}

/** Of one environment the verdict says it; of several each has to be told apart. */
function goesBack({ rollback }: EnvironmentPlan, { words }: PlanReport): readonly string[] {
  if (rollback === undefined || rollback.kind === 'partial-revert') return [];
  return [`Goes back to deployment ${rollback.deployment ?? ''}${deploymentOrigin(rollback, words)}.`];
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

/** What people would not expect of a change, or have to prepare for; what only rolls pods is said with the change. */
function consequencesWorthKnowing(change: PlannedChange): readonly string[] {
  return change.consequences.flatMap((one): readonly string[] => {
    switch (one.code) {
      case 'not-restarted':
        return [
          `${objectWords(change)} changes, but ${code(one.workload)} reads it as ${one.how} and will not restart: its pods keep the old value.`,
        ];
      case 'recreates-pods':
      case 'opens-access':
      case 'drops-traffic':
      case 'immutable':
        return [`${objectWords(change)}: ${consequenceWords(one)}.`];
      // Said where a person is asked for.
      case 'deletes-data':
      case 'deletes-namespace':
      case 'deletes-crd':
      case 'rolls-pods':
        return [];
      default:
        return assertNever(one);
    }
  });
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
