/** What a plan is reported from, and the counts every part of the report uses. */
import type { Finding } from '../../domain/finding.ts';
import type { ForgeWords } from '../../domain/forge-words.ts';
import type { EnvironmentPlan, PlannedChange } from '../../domain/plan.ts';

export interface PlanReport {
  readonly words: ForgeWords;
  readonly baseBranch: string;
  readonly plans: readonly PlanWithLink[];
  /** Findings that belong to no single environment: the configuration, a merge conflict. */
  readonly findings: readonly Finding[];
}

export interface PlanWithLink {
  readonly plan: EnvironmentPlan;
  readonly link: string;
  /** Commits no merged pull request brought keep the environment from following the branch; merging this ends that. */
  readonly held?: 'direct-push' | 'force-push';
}

export function countActions(plan: EnvironmentPlan): Readonly<Record<PlannedChange['action'], number>> {
  const counts = { create: 0, update: 0, replace: 0, prune: 0, unchanged: plan.unchanged.length, conflict: 0 };
  for (const change of plan.changes) counts[change.action] += 1;
  return counts;
}

/** Objects of which only what differed before is put right. */
export function isPutBack(change: PlannedChange): boolean {
  return change.origin === 'drift' && change.action !== 'conflict';
}

export function isError(finding: Finding): boolean {
  return finding.severity === 'error';
}
