/** Issues that Fairlead keeps on a repository: one for an environment that is quarantined, one for drift. Edited in place, closed when gone. */
import type { HoldCode } from '../../domain/deployment.ts';
import type { ForgeWords } from '../../domain/forge-words.ts';
import { displayName } from '../../domain/kubernetes.ts';
import type { EnvironmentPlan, PlannedChange } from '../../domain/plan.ts';
import { valueWords } from './change-words.ts';
import { holdParagraph, type HoldFacts } from './hold-words.ts';
import { cell, code, inert } from './inert.ts';

export const quarantineKey = (environment: string) => `quarantine/${environment}`;
export const driftKey = (environment: string) => `drift/${environment}`;
export const quarantineTitle = (environment: string) => `${environment} is held: commits without review`;
export const driftTitle = (environment: string, branch: string) => `${environment} differs from ${branch}`;

export function quarantineBody(code_: HoldCode, facts: HoldFacts): string {
  return holdParagraph(code_, facts);
}

export function quarantineOver(environment: string): string {
  return `${code(environment)} is no longer held: what the branch says is deployed or was taken back.`;
}

const rowLimit = 100;

/** Drift as a table: object, field, what Git says, what the cluster says, who, since when. */
export function driftBody(plan: EnvironmentPlan, branch: string, heals: boolean, words: ForgeWords): string {
  const rows = driftRows(plan);
  const places = rows.length === 1 ? '1 place' : `${rows.length} places`;
  const more = rows.length > rowLimit ? [`\n${rows.length - rowLimit} more places are not listed here.`] : [];
  return [
    `**${code(plan.environment.name)} differs from ${code(branch)} in ${places}**, though Git did not change.`,
    '',
    '| object | field | Git says | cluster says | manager | since |',
    '|---|---|---|---|---|---|',
    ...rows.slice(0, rowLimit),
    ...more,
    '',
    heals
      ? 'This environment says `drift: heal`: it is put back now.'
      : `To keep it: adopt it by a ${words.change}. To undo it: it is put back with the next deployment whose plan shows it, or at once where the environment says \`drift: heal\`.`,
  ].join('\n');
}

export function driftOver(environment: string, branch: string): string {
  return `${code(environment)} is as ${code(branch)} says again.`;
}

/** `2026-11-21 03:47 UTC` */
function sinceWords(since: string | undefined): string {
  return since === undefined ? '' : `${inert(since.slice(0, 16).replace('T', ' '))} UTC`;
}

function driftRows(plan: EnvironmentPlan): readonly string[] {
  return plan.changes.flatMap((change) => {
    const object = cell(displayName(change.ref));
    if (change.action === 'create') return [`| ${object} | | declared | is not there | | |`];
    if (change.action === 'prune') return [`| ${object} | | not declared | is there | | |`];
    if (change.action === 'replace') {
      return [`| ${object} | ${cell(immutableFields(change))} | declared | cannot be changed in place | | |`];
    }
    if (change.action === 'conflict') {
      return change.conflicts.map(
        ({ manager, fields }) =>
          `| ${object} | ${cell(fields.join(', '))} | declared | held by another | ${cell(manager)} | |`,
      );
    }
    return change.fields.map((field) => {
      const [git, cluster] = [field.after, field.before].map((value) =>
        value === undefined ? '(absent)' : valueWords(value).replaceAll('|', '¦'),
      );
      const who = field.manager === undefined ? '' : cell(field.manager);
      return `| ${object} | ${cell(field.path)} | ${git} | ${cluster} | ${who} | ${sinceWords(field.since)} |`;
    });
  });
}

function immutableFields(change: PlannedChange): string {
  return change.consequences.flatMap((one) => (one.code === 'immutable' ? one.fields : [])).join(', ');
}
