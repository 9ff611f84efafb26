/** One planned change in words: a line most people can decide on without opening the diff. */
import { assertNever } from '../../domain/assert-never.ts';
import { displayName } from '../../domain/kubernetes.ts';
import type { Consequence, FieldChange, PlannedChange } from '../../domain/plan.ts';
import { lineEdits } from '../diff/line-edits.ts';
import { code, cutAt, fenced, inert } from './inert.ts';

const fieldsShown = 3;
const warningsShown = 5;
const valueLimit = 80;
const commentDiffLimit = 12_000;

const verbs = {
  create: 'create',
  update: 'change',
  replace: 'replace',
  prune: 'delete',
  unchanged: 'same',
  conflict: 'conflict',
};

/** Heading, field lines, consequences and the collapsed diff of one object. `fullPlan` is where a diff too long for a comment stands. */
export function changeBlock(change: PlannedChange, fullPlan: string): string {
  const source = change.source === undefined ? '' : ` — ${code(`${change.source.file}:${change.source.line}`)}`;
  const lines = [`**${verbs[change.action]} · ${displayKind(change)}**${source}${basisNote(change)}`];
  lines.push(...fieldLines(change.fields));
  lines.push(...change.consequences.map((one) => `- ${consequenceWords(one)}`));
  if (change.takesOver.length > 0) lines.push(`- takes fields over from ${change.takesOver.map(code).join(', ')}`);
  lines.push(
    ...change.conflicts.map(
      ({ manager, fields }) => `- ${code(manager)} holds ${fields.slice(0, 5).map(code).join(', ')}`,
    ),
  );
  lines.push(...change.warnings.slice(0, warningsShown).map((warning) => `- the cluster warns: ${inert(warning)}`));
  if (change.warnings.length > warningsShown)
    lines.push(`- and ${change.warnings.length - warningsShown} more warnings`);
  if (change.diff !== '') lines.push('', diffBlock(change.diff, fullPlan));
  return lines.join('\n');
}

function displayKind(change: PlannedChange): string {
  const { kind, namespace, name } = change.ref;
  return `${inert(kind)} ${code(namespace === '' ? name : `${namespace}/${name}`)}`;
}

function basisNote(change: PlannedChange): string {
  return change.basis === 'server'
    ? ''
    : '\n*declared-only: its namespace or definition comes with this same change, so the cluster cannot try it out before.*';
}

function fieldLines(fields: readonly FieldChange[]): readonly string[] {
  const lines = fields.slice(0, fieldsShown).map((field) => `- ${fieldLine(field)}`);
  return fields.length > fieldsShown ? [...lines, `- and ${fields.length - fieldsShown} more fields`] : lines;
}

/** `spec.replicas`: `2` → `3`; a masked value shows its fingerprints only. */
export function fieldLine(field: FieldChange): string {
  const was = field.origin === 'drift' ? ' (differed before)' : '';
  if (field.before === undefined) return `${code(field.path)}: set to ${valueWords(field.after)}${was}`;
  if (field.after === undefined) return `${code(field.path)}: removed, was ${valueWords(field.before)}${was}`;
  return `${code(field.path)}: ${fileWords(field.before, field.after) ?? `${valueWords(field.before)} → ${valueWords(field.after)}`}${was}`;
}

/** Of a whole file in a value only how much of it changes: two beginnings that look alike say nothing. */
function fileWords(before: string, after: string): string | undefined {
  const [old, now]: readonly unknown[] = [JSON.parse(before), JSON.parse(after)];
  if (typeof old !== 'string' || typeof now !== 'string' || !`${old}${now}`.includes('\n')) return undefined;
  const edits = lineEdits(old.split('\n'), now.split('\n'));
  const removed = edits.reduce((sum, { oldFrom, oldTo }) => sum + oldTo - oldFrom, 0);
  const added = edits.reduce((sum, { newFrom, newTo }) => sum + newTo - newFrom, 0);
  return `${removed} ${removed === 1 ? 'line' : 'lines'} → ${added} ${added === 1 ? 'line' : 'lines'} of a file, see the diff`;
}

/** A value of a plan (canonical JSON) as people write it; strings without quotes, long ones shortened with their length. */
export function valueWords(json: string | undefined): string {
  if (json === undefined) return '(absent)';
  const parsed: unknown = JSON.parse(json);
  const text = typeof parsed === 'string' ? parsed : json;
  if (text === '') return '(empty)';
  return text.length <= valueLimit ? code(text) : `${code(`${cutAt(text, valueLimit)}…`)} (${text.length} characters)`;
}

function diffBlock(diff: string, fullPlan: string): string {
  if (diff.length > commentDiffLimit) {
    const lines = diff.split('\n').length;
    return `The diff has ${lines} lines, too many for a comment: [it is in the full plan](${fullPlan}).`;
  }
  return `<details><summary>diff</summary>\n\n${fenced(diff, 'diff')}\n</details>`;
}

export function consequenceWords(consequence: Consequence): string {
  switch (consequence.code) {
    case 'rolls-pods':
      return `rolls ${pods(consequence.pods)}`;
    case 'recreates-pods':
      return `**stops ${pods(consequence.pods)} before starting new ones** (strategy Recreate): a short outage`;
    case 'deletes-data':
      return `**deletes the data** of ${code(consequence.detail)}`;
    case 'deletes-namespace':
      return '**deletes the namespace and everything in it**';
    case 'deletes-crd':
      return consequence.instances === 'unknown'
        ? '**deletes every object of this kind**; how many there are could not be read'
        : `**deletes ${consequence.instances} objects of this kind** with it`;
    case 'opens-access':
      return `opens access: ${inert(consequence.detail)}`;
    case 'not-restarted':
      return `${code(consequence.workload)} reads it as ${consequence.how} and will not restart: its pods keep the old value`;
    case 'drops-traffic':
      return '**its traffic has nowhere to go**: no workload declared here carries the labels it selects by now';
    case 'immutable':
      return `**deleted and created anew**: ${consequence.fields.map(code).join(', ')} cannot be changed in place`;
    default:
      return assertNever(consequence);
  }
}

function pods(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** `Deployment shop/checkout` as code, for lists. */
export function objectWords(change: Pick<PlannedChange, 'ref'>): string {
  return code(displayName(change.ref));
}
