/** Effects in words, for those who have to decide about a hold: what changes from what to what, and who made it differ. */
import { displayName, objectKey } from '../../domain/kubernetes.ts';
import type { Effect, FieldChange, PlannedChange } from '../../domain/plan.ts';

const effectsShown = 10;
/** Characters; a value may be a whole file. */
const valueShown = 100;

/**
 * At most ten effects, then how many more: ``Service shop/api `spec.ports[http].port`: 8080 → 80 (set by kubectl-edit, 2026-11-21 14:02 UTC)``.
 * `changes` are those of the effects' plan, for the value before and who holds it.
 */
export function describeEffects(effects: readonly Effect[], changes: readonly PlannedChange[]): readonly string[] {
  const byKey = new Map(changes.map((change) => [objectKey(change.ref), change]));
  const lines = effects.slice(0, effectsShown).map((effect) => describeEffect(effect, byKey.get(effect.object)));
  return effects.length > effectsShown ? [...lines, `and ${effects.length - effectsShown} more`] : lines;
}

function describeEffect(effect: Effect, change: PlannedChange | undefined): string {
  const [, kind = '', namespace = '', name = ''] = effect.object.split('/');
  const object = displayName({ kind, namespace, name });
  switch (effect.action) {
    case 'create':
      return `${object} is created`;
    case 'replace':
      return `${object} is replaced`;
    case 'prune':
      return `${object} is deleted`;
    case 'conflict':
      return `${object} has fields that somebody else manages`;
    case 'set':
      return `${object} ${fieldWords(
        effect,
        change?.fields.find(({ path }) => path === effect.path),
      )}`;
  }
}

function fieldWords({ path, value }: Effect, field: FieldChange | undefined): string {
  const who = managerWords(field);
  if (value === undefined) return `\`${path}\` goes away${who}`;
  const before = field?.before === undefined ? '' : `${shortened(field.before)} → `;
  return `\`${path}\`: ${before}${shortened(value)}${who}`;
}

function managerWords(field: FieldChange | undefined): string {
  if (field?.manager === undefined) return '';
  const since = field.since === undefined ? '' : `, ${field.since.slice(0, 16).replace('T', ' ')} UTC`;
  return ` (set by ${field.manager}${since})`;
}

function shortened(json: string): string {
  return json.length <= valueShown ? json : `${json.slice(0, valueShown).toWellFormed()}… (${json.length} characters)`;
}
