/** Turns plans into what the forge should say about them: comment parts and checks, as words for the outbox. */
import {
  environmentCheck,
  environmentCheckWords,
  overallCheck,
  overallCheckWords,
} from '../core/report/plan-checks.ts';
import { planComment } from '../core/report/plan-comment.ts';
import type { PlanReport } from '../core/report/plan-report.ts';
import type { PullRequest } from '../domain/forge.ts';
import type { ShownPlan } from '../domain/plan.ts';
import type { StoreTransaction, Words } from '../ports/store.ts';

const planKey = (part: number) => (part === 1 ? 'plan' : `plan/${part}`);
const partsKept = 3;

export interface PlanTelling {
  readonly pullRequest: PullRequest;
  readonly report: PlanReport;
  /** Plans shown before, so that what no longer holds is taken back. */
  readonly shownBefore: readonly ShownPlan[];
  /** The configuration to point at, or a reason why nothing is touched; replaces the usual title. */
  readonly untouchedTitle?: string;
}

/** Says the plan. Nothing is posted where nothing is touched, but what stood there before is put right. */
export async function sayPlan(tx: StoreTransaction, telling: PlanTelling): Promise<void> {
  for (const words of planWords(telling)) await tx.say(words);
}

function planWords(telling: PlanTelling): readonly Words[] {
  const { pullRequest, report, shownBefore } = telling;
  const { repository } = pullRequest.ref;
  const sha = pullRequest.head.sha;
  const parts = planComment(report);
  const summary = parts[0] ?? '';
  const touched = report.plans.length > 0 || report.findings.length > 0;
  const overall = overallCheckWords(report, summary);
  const title = !touched && telling.untouchedTitle !== undefined ? { title: telling.untouchedTitle } : {};
  const words: Words[] = [
    { kind: 'check', forge: repository.forge, repository, check: { sha, name: overallCheck, ...overall, ...title } },
  ];
  for (const { plan, link } of report.plans) {
    const check = {
      sha,
      name: environmentCheck(plan.environment.name),
      detailsUrl: link,
      ...environmentCheckWords(plan, summary),
    };
    words.push({ kind: 'check', forge: repository.forge, repository, check });
  }
  const names = new Set(report.plans.map(({ plan }) => plan.environment.name));
  for (const { plan } of shownBefore) {
    if (names.has(plan.environment.name) || plan.basis.head !== sha) continue;
    const check = { sha, name: environmentCheck(plan.environment.name), ...untouched };
    words.push({ kind: 'check', forge: repository.forge, repository, check });
  }
  const thread = { kind: 'pull-request' as const, ref: pullRequest.ref };
  for (let part = 1; part <= partsKept; part += 1) {
    const body = touched
      ? parts[part - 1]
      : part === 1
        ? 'No environment is touched by this change any more.'
        : undefined;
    const gone = body === undefined;
    if (gone && part === 1) continue;
    words.push({
      kind: 'comment',
      forge: repository.forge,
      thread,
      key: planKey(part),
      body: body ?? 'The plan fits into the comments above; this one is no longer needed.',
      onlyIfThere: gone || !touched,
    });
  }
  return words;
}

const untouched = {
  state: 'success' as const,
  title: 'Not touched by this change any more',
  summary: 'Nothing will happen in this environment.',
  annotations: [],
};
