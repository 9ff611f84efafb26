/** The first line of a plan: one sentence a person can act on. */
import { code, inert } from './inert.ts';
import { countActions, isError, isPutBack, type PlanReport } from './plan-report.ts';
import type { ForgeWords } from '../../domain/forge-words.ts';
import type { EnvironmentPlan, RollbackIntent } from '../../domain/plan.ts';

export function planVerdict(report: PlanReport): string {
  const { plans, findings } = report;
  const incomplete = plans.filter(({ plan }) => plan.incomplete.length > 0);
  if (incomplete.length > 0) {
    const names = incomplete.map(({ plan }) => code(plan.environment.name)).join(', ');
    return `**This plan is not complete**: ${names} could not be looked at in full. Nothing is guessed; it is tried again every minute.`;
  }
  const errors =
    findings.filter(isError).length + plans.reduce((sum, { plan }) => sum + plan.findings.filter(isError).length, 0);
  if (errors > 0) {
    const problem = errors === 1 ? '1 problem keeps' : `${errors} problems keep`;
    const blocked = plans.filter(({ plan }) => plan.findings.some(isError));
    const where = blocked.length === 0 ? 'this' : blocked.map(({ plan }) => code(plan.environment.name)).join(', ');
    return `**${problem} ${where} from being deployed.** Nothing of it is applied while that is so.`;
  }
  const rollback = plans.length === 1 ? rollbackVerdict(plans[0]?.plan, report) : undefined;
  if (rollback !== undefined) return rollback;
  const changed = plans.filter(({ plan }) => plan.effects.length > 0);
  if (plans.length === 0) return '**Merging this changes nothing in any cluster**: no environment is touched.';
  if (changed.length === 0) {
    const names = plans.map(({ plan }) => code(plan.environment.name)).join(', ');
    return `**Merging this changes nothing in the cluster**: ${names} already ${plans.length === 1 ? 'is' : 'are'} as declared.`;
  }
  const where = changed.length === 1 ? code(changed[0]?.plan.environment.name ?? '') : `${changed.length} environments`;
  return `**Merging this changes ${where}** — ${countSentence(changed.map(({ plan }) => plan))}.`;
}

/** `3 objects changed, 1 created, **1 deleted in `prod`**`. */
function countSentence(plans: readonly EnvironmentPlan[]): string {
  const total = { create: 0, change: 0, replace: 0, putBack: 0 };
  const deletes: string[] = [];
  for (const plan of plans) {
    const count = countActions(plan);
    const before = plan.changes.filter(isPutBack);
    total.putBack += before.filter(({ action }) => action !== 'prune').length;
    total.create += count.create - before.filter(({ action }) => action === 'create').length;
    total.change += count.update - before.filter(({ action }) => action === 'update').length;
    total.replace += count.replace - before.filter(({ action }) => action === 'replace').length;
    if (count.prune > 0) deletes.push(`**${count.prune} deleted in ${code(plan.environment.name)}**`);
  }
  return [
    ...(total.change > 0 ? [`${total.change} ${total.change === 1 ? 'object' : 'objects'} changed`] : []),
    ...(total.create > 0 ? [`${total.create} created`] : []),
    ...(total.replace > 0 ? [`**${total.replace} deleted and created anew**`] : []),
    ...(total.putBack > 0 ? [`${total.putBack} put back to what Git says`] : []),
    ...deletes,
  ].join(', ');
}

function rollbackVerdict(plan: EnvironmentPlan | undefined, { words }: PlanReport): string | undefined {
  const intent = plan?.rollback;
  // A revert by its words only: what it does is said as of any change, and that it is none under "Worth knowing".
  if (plan === undefined || intent === undefined || intent.kind === 'partial-revert') return undefined;
  const count = countActions(plan);
  const counts = [
    ...(count.update + count.replace > 0 ? [`${count.update + count.replace} changed back`] : []),
    ...(count.create > 0 ? [`${count.create} created again`] : []),
    ...(count.prune > 0 ? [`**${count.prune} deleted** that came since`] : []),
  ];
  const tail = counts.length === 0 ? 'nothing changes in the cluster' : counts.join(', ');
  const name = code(plan.environment.name);
  const verb = intent.kind === 'rollback-to' ? 'rolls' : 'brings';
  return `**Merging this ${verb} ${name} back to deployment ${intent.deployment ?? ''}**${deploymentOrigin(intent, words)} — ${tail}.`;
}

/** ` (#37, 2026-11-19 08:00)`: where the deployment that is gone back to came from, and when. */
export function deploymentOrigin(intent: RollbackIntent, words: ForgeWords): string {
  const origin = [
    ...(intent.pullRequest === undefined ? [] : [`${words.mark}${intent.pullRequest}`]),
    ...(intent.deployedAt === undefined ? [] : [inert(intent.deployedAt.slice(0, 16).replace('T', ' '))]),
  ].join(', ');
  return origin === '' ? '' : ` (${origin})`;
}
