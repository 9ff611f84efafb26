/** What a replay says: a line for each commit while it runs, and at the end the three checks, with every difference named. */
import type { Memory } from '../world/server-process.ts';
import { subjectOf } from './choose-commits.ts';
import type { Mismatch } from './compare-plan.ts';
import type { Played } from './play-commit.ts';
import type { ReplayResult } from './replay.ts';

const subjectWidth = 46;
const detailLines = 4;

/**
 * One line for a commit, and indented ones for what somebody has to know about it.
 * @param before the commit played before; what was said of it is not said again
 */
export function playedLines(
  played: Played,
  index: number,
  total: number,
  memory: Memory,
  before?: Played,
): readonly string[] {
  const { commit, result } = played;
  const number = `${String(index + 1).padStart(String(total).length)}/${total}`;
  const subject = cut(subjectOf(commit), subjectWidth).padEnd(subjectWidth);
  const times = [`plan ${seconds(played.planSeconds)}`];
  if (result.kind === 'merged' && result.ending !== undefined) times.push(`deploy ${seconds(result.deploySeconds)}`);
  const head = [number, commit.sha.slice(0, 7), subject, countWords(played).padEnd(24), times.join(', ').padEnd(26)];
  const line = [...head, `${resultWords(played)} · ${megabytes(memory.now)}`].join('  ');
  const said = remarks(played);
  const again = said.length > 0 && before !== undefined && remarks(before).join('\n') === said.join('\n');
  return [line, ...(again ? ['as the one before'] : said).map((remark) => `      ${remark}`)];
}

function countWords({ plan }: Played): string {
  if (plan === undefined) return 'touches nothing';
  const count = (...actions: readonly string[]) => plan.changes.filter(({ action }) => actions.includes(action)).length;
  const parts = [
    [count('create'), '+'],
    [count('update'), '~'],
    [count('replace'), '±'],
    [count('prune'), '-'],
    [plan.unchanged.length, '='],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, sign]) => `${sign}${number}`)
    .join(' ');
}

function resultWords(played: Played): string {
  const { result } = played;
  if (result.kind === 'held') {
    const { contradicted, confirmed } = result.judgement;
    if (contradicted.length > 0) return 'HELD, and kubectl would apply it';
    return confirmed.length > 0 ? 'held, the server refuses it too' : "held by a rule of Fairlead's own";
  }
  const wrong = result.comparison.mismatches.length + result.comparison.falselyUnchanged.length;
  const checked = wrong === 0 ? `${result.comparison.checked} objects as planned` : `${wrong} DIFFERENCES`;
  switch (result.ending) {
    case undefined:
      return checked;
    case 'succeeded':
      return `deployed, ${checked}`;
    case 'failed':
      return `applied, not ready, ${checked}`;
    case 'held':
      return `HELD after the merge, ${checked}`;
  }
}

function remarks(played: Played): readonly string[] {
  const { result } = played;
  if (result.kind === 'held') {
    const { confirmed, contradicted, ownRule } = result.judgement;
    return [
      ...some(result.findings.map((finding) => `Fairlead: ${cut(oneLine(finding), 220)}`)),
      ...refusalLines(confirmed),
      ...ownRule.map((file) => `a rule of Fairlead's own, kubectl would apply ${file}`),
      ...contradicted.map((file) => `DIFFERENCE: kubectl would apply ${file}`),
    ];
  }
  const { comparison, releases, words } = result;
  return [
    ...some(
      words
        .split('\n')
        .filter((line) => line.startsWith('- '))
        .map((line) => cut(line.slice(2), 200)),
    ),
    ...releases.map(({ digest, announced, why }) =>
      announced ? `released by /fairlead apply ${digest}, as announced` : `DIFFERENCE: held after the merge: ${why}`,
    ),
    ...(comparison.pendingPrunes.length > 0
      ? [
          `${comparison.pendingPrunes.length} deletions wait until all is ready: ${cut(comparison.pendingPrunes.join(', '), 160)}`,
        ]
      : []),
    ...[...comparison.mismatches, ...comparison.falselyUnchanged]
      .slice(0, 3)
      .map((one) => `DIFFERENCE: ${mismatch(one)}`),
  ];
}

/** Files that are refused with the same words, as all of a kustomization are, make one line. */
function refusalLines(
  confirmed: Extract<Played['result'], { kind: 'held' }>['judgement']['confirmed'],
): readonly string[] {
  const files = new Map<string, string[]>();
  for (const { file, words } of confirmed) files.set(words, [...(files.get(words) ?? []), file]);
  const limit = 2;
  const lines = [...files].map(([words, named]) => `the server on ${named.join(', ')}: ${cut(oneLine(words), 220)}`);
  const more = lines.length > limit ? [`and so on for ${lines.length - limit} more`] : [];
  return [...lines.slice(0, limit), ...more];
}

export interface Summary {
  readonly lines: readonly string[];
  /** Zero = everything was as it should be. */
  readonly exitCode: 0 | 1;
}

export function summaryOf(result: ReplayResult): Summary {
  const { played, end } = result;
  const merged = played.flatMap((one) => (one.result.kind === 'merged' ? [{ ...one, result: one.result }] : []));
  const held = played.flatMap((one) => (one.result.kind === 'held' ? [{ ...one, result: one.result }] : []));
  const planned = merged.flatMap((one) => one.result.comparison.mismatches.map((fault) => at(one, fault)));
  const unplanned = merged.flatMap((one) => [
    ...one.result.releases
      .filter(({ announced }) => !announced)
      .map(({ why }) => `${short(one)} held after the merge: ${why}`),
    ...(one.result.ending === 'held' ? [`${short(one)} held after the merge, and nothing releases it`] : []),
    ...(one.result.ending === 'failed' && !one.result.words.includes('did not become ready')
      ? [`${short(one)} was not applied in full: ${cut(oneLine(one.result.words), 300)}`]
      : []),
  ]);
  const wronglyHeld = held.flatMap((one) =>
    one.result.judgement.contradicted.map((file) => `${short(one)} held, but kubectl would apply ${file}`),
  );
  const happened = [...planned, ...unplanned, ...wronglyHeld];
  const unchanged = merged.flatMap((one) => one.result.comparison.falselyUnchanged.map((fault) => at(one, fault)));
  const ends = [
    ...(end?.refused ?? []).map((line) => `kubectl could not apply it: ${line}`),
    ...(end?.mismatches ?? []).map(mismatch),
  ];
  const checkedObjects = sum(merged.map((one) => one.result.comparison.checked));
  const calledUnchanged = sum(merged.map(({ plan }) => plan?.unchanged.length ?? 0));
  const notReady = merged.filter((one) => one.result.ending === 'failed').length;
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'planned = happened',
      `${checkedObjects} objects in ${merged.length} deployments, ${held.length} commits held`,
      happened,
    ],
    [
      'equal to kubectl',
      end === undefined ? 'nothing was deployed' : `${end.checked} objects at ${end.commit.sha.slice(0, 7)}`,
      ends,
    ],
    ['called unchanged but changed', `${calledUnchanged} called unchanged`, unchanged],
  ];
  const wrong = sum(rows.map(([, , faults]) => faults.length));
  const lines = [
    '',
    ...rows.map(
      ([name, over, faults]) =>
        `${faults.length === 0 ? '✔' : '✘'} ${name.padEnd(30)} ${over.padEnd(52)} ${faults.length === 0 ? 'no difference' : `${faults.length} differences`}`,
    ),
    '',
    ...rows.flatMap(([name, , faults]) => differences(name, faults)),
    ...(result.brokenOff === undefined ? [] : [`Broken off: ${result.brokenOff}`, '']),
    `${played.length} commits: ${merged.length - notReady} deployed, ${notReady} applied but not ready in time, ${held.length} held`,
    ...heldForReplace(held),
    ...(result.driftIssues.length === 0 ? [] : [`open issues by Fairlead: ${result.driftIssues.join('; ')}`]),
    `memory of the server: ${megabytes(result.memory.now)} now, ${megabytes(result.memory.highest)} at most`,
    ...warmPlan(played),
  ];
  return {
    lines,
    exitCode: wrong > 0 || merged.length === 0 || end === undefined || result.brokenOff !== undefined ? 1 : 0,
  };
}

function heldForReplace(held: readonly Played[]): readonly string[] {
  const count = held.filter(({ plan }) => plan?.changes.some(({ action }) => action === 'replace') === true).length;
  return count === 0
    ? []
    : [`${count} of them change an immutable field: --allow-replace plays them by deleting and making anew`];
}

function warmPlan(played: readonly Played[]): readonly string[] {
  const last = played.at(-1);
  if (last?.plan === undefined) return [];
  const { milliseconds, requests, changes, unchanged } = last.plan;
  const objects = changes.length + unchanged.length;
  return [
    `the last plan: ${objects} objects in ${seconds(milliseconds / 1000)} and ${requests} requests; ${seconds(last.planSeconds)} from opening the pull request to comment and check`,
  ];
}

function differences(name: string, faults: readonly string[]): readonly string[] {
  const limit = 40;
  if (faults.length === 0) return [];
  const more = faults.length > limit ? [`  and ${faults.length - limit} more`] : [];
  return [`${name}:`, ...faults.slice(0, limit).map((fault) => `  ${fault}`), ...more, ''];
}

function at(played: Played, fault: Mismatch): string {
  return `${short(played)} ${mismatch(fault)}`;
}

function short({ commit }: Played): string {
  return commit.sha.slice(0, 7);
}

function mismatch({ object, what }: Mismatch): string {
  return `${object}: ${cut(what, 400)}`;
}

function some(lines: readonly string[]): readonly string[] {
  return lines.length <= detailLines
    ? lines
    : [...lines.slice(0, detailLines), `and ${lines.length - detailLines} more`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
