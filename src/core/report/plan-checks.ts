/** The checks on a pull request's head: `fairlead` for all of it, and one for each environment it touches. */
import type { CheckWords } from '../../domain/check-words.ts';
import type { Finding } from '../../domain/finding.ts';
import { countActions, isError, type PlanReport } from './plan-report.ts';
import { cutAt } from './inert.ts';
import { findingText } from './finding-words.ts';
import type { EnvironmentPlan } from '../../domain/plan.ts';

export const overallCheck = 'fairlead';
export const environmentCheck = (name: string) => `fairlead/${name}`;

/** What `fairlead` says: required on every pull request, so it also says that nothing is touched. */
export function overallCheckWords(report: PlanReport, summary: string): CheckWords {
  const problems = [...report.findings, ...report.plans.flatMap(({ plan }) => plan.findings)].filter(isError);
  const incomplete = report.plans.filter(({ plan }) => plan.incomplete.length > 0);
  if (report.plans.length === 0 && problems.length === 0) {
    return words('success', 'No environment is touched by this change', 'Nothing will happen in any cluster.', []);
  }
  if (incomplete.length > 0) {
    const names = incomplete.map(({ plan }) => plan.environment.name).join(', ');
    return words('failure', `Plan not complete: ${names}`, summary, annotations(problems));
  }
  if (problems.length > 0) {
    const title = problems.length === 1 ? '1 problem to solve' : `${problems.length} problems to solve`;
    return words('failure', title, summary, annotations(problems));
  }
  const changed = report.plans.filter(({ plan }) => plan.effects.length > 0).length;
  return words(
    'success',
    changed === 0 ? 'Nothing changes' : `${changed} of ${report.plans.length} environments change`,
    summary,
    [],
  );
}

export function environmentCheckWords(plan: EnvironmentPlan, summary: string): CheckWords {
  const problems = plan.findings.filter(isError);
  if (plan.incomplete.length > 0) {
    return words(
      'failure',
      plan.incomplete[0]?.detail ?? 'The cluster could not be read',
      summary,
      annotations(problems),
    );
  }
  if (problems.length > 0) {
    return words(
      'failure',
      `${problems.length} to solve: ${findingText(problems[0] ?? unknownFinding)}`,
      summary,
      annotations(problems),
    );
  }
  const count = countActions(plan);
  const counts = [
    [count.create, 'to create'],
    [count.update + count.replace, 'to change'],
    [count.prune, 'to delete'],
  ] as const;
  const title = counts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
  return words('success', title === '' ? 'Nothing to do' : title, summary, []);
}

const unknownFinding: Finding = { code: 'server-invalid', severity: 'error', detail: '' };

function words(
  state: CheckWords['state'],
  title: string,
  summary: string,
  found: CheckWords['annotations'],
): CheckWords {
  return { state, title: title.length > 200 ? `${cutAt(title, 199)}…` : title, summary, annotations: found };
}

function annotations(findings: readonly Finding[]): CheckWords['annotations'] {
  return findings.flatMap((finding) =>
    finding.file === undefined || finding.file === ''
      ? []
      : [{ file: finding.file, line: finding.line ?? 1, level: 'failure' as const, message: findingText(finding) }],
  );
}
