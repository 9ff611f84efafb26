/** One object, looked at → its verdict with consequences, and what applying it needs. Everything else of it can be let go. */
import { fieldDifferences } from '../diff/fields.ts';
import { classifyItem, type ClassifyContext } from './classify-item.ts';
import { consequencesOf } from './consequences.ts';
import { isOurs, marked, withOthersFields } from './marks.ts';
import type { Classified, JudgedItem, PlanItem } from './plan-input.ts';

export function judgeItem(item: PlanItem, context: ClassifyContext): JudgedItem {
  const { resolved, live, takenFrom } = item;
  const { applySetId, environment } = context;
  const ours = live !== undefined && isOurs(live, applySetId);
  const declared = resolved.desired.object;
  const sent = withOthersFields(declared, live, environment.spec.ignore);
  const verdict = withConsequences(item, classifyItem(item, context));
  const left = sent === declared ? 0 : fieldDifferences(declared, sent).length;
  return {
    resolved,
    live: live === undefined ? undefined : { uid: live.metadata.uid ?? '', ours },
    toApply: marked(sent, applySetId),
    takenFrom,
    verdict: { ...verdict, ignored: Math.max(verdict.ignored, left) },
  };
}

function withConsequences(item: PlanItem, verdict: Classified): Classified {
  const { change } = verdict;
  if (change === undefined || change.action === 'unchanged') return verdict;
  const next = item.outcome.kind === 'applied' ? item.outcome.object : item.resolved.desired.object;
  const consequences = [...change.consequences, ...consequencesOf(change, item.live, next)];
  return { ...verdict, change: { ...change, consequences } };
}
