/** The collapsed part of a plan comment: every change of every environment, then what differed before, then what is left out. */
import { displayName } from '../../domain/kubernetes.ts';
import type { PlannedChange } from '../../domain/plan.ts';
import { changeBlock, fieldLine } from './change-words.ts';
import { code, htmlText, inert } from './inert.ts';
import type { PlanReport, PlanWithLink } from './plan-report.ts';
import type { CommentSection } from './split-comment.ts';

export function planSections(report: PlanReport): readonly CommentSection[] {
  const { plans } = report;
  return [...plans.map(ownChanges), ...plans.map((one) => alreadyDifferent(one, report)), ...plans.map(leftOut)].filter(
    ({ blocks }) => blocks.length > 0,
  );
}

function ownChanges({ plan, link }: PlanWithLink): CommentSection {
  const own = plan.changes.filter(({ origin }) => origin === 'pull-request');
  return {
    summary: `<b>${htmlText(plan.environment.name)}</b>: ${countWords(own)}`,
    blocks: own.map((change) => changeBlock(change, link)),
  };
}

function alreadyDifferent({ plan, link }: PlanWithLink, { words }: PlanReport): CommentSection {
  const drift = plan.changes.filter(
    (change) => change.origin === 'drift' || change.fields.some((field) => field.origin === 'drift'),
  );
  const objects = `${drift.length} ${drift.length === 1 ? 'object' : 'objects'}`;
  return {
    summary: `${htmlText(plan.environment.name)}: already different before this ${words.change}: ${objects}`,
    blocks: drift.map((change) => driftBlock(change, link)),
  };
}

function leftOut({ plan }: PlanWithLink): CommentSection {
  return {
    summary: `${htmlText(plan.environment.name)}: left out`,
    blocks: plan.ignored.map(({ what, count }) => `- ${count} ${inert(what)}`),
  };
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
