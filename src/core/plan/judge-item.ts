/** One object, looked at → its verdict with consequences, and what applying it needs. Everything else of it can be let go. */
import { classifyItem, type ClassifyContext } from './classify-item.ts';
import { consequencesOf } from './consequences.ts';
import { isOurs, marked, withOthersFields } from './marks.ts';
import type { Classified, JudgedItem, PlanItem } from './plan-input.ts';

export function judgeItem(item: PlanItem, context: ClassifyContext): JudgedItem {
  const { resolved, live, takenFrom } = item;
  const { applySetId, environment } = context;
  const ours = live !== undefined && isOurs(live, applySetId);
  return {
    resolved,
    live: live === undefined ? undefined : { uid: live.metadata.uid ?? '', ours },
    toApply: marked(withOthersFields(resolved.desired.object, live, environment.spec.ignore), applySetId),
    takenFrom,
    verdict: withConsequences(item, classifyItem(item, context)),
  };
}

function withConsequences(item: PlanItem, verdict: Classified): Classified {
  const { change } = verdict;
  if (change === undefined || change.action === 'unchanged') return verdict;
  const next = item.outcome.kind === 'applied' ? item.outcome.object : item.resolved.desired.object;
  const consequences = [...change.consequences, ...consequencesOf(change, item.live, next)];
  return { ...verdict, change: { ...change, consequences } };
}
