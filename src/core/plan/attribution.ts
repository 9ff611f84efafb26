/**
 * Whose difference is it: this change's, or there before it? A difference that applying the *old* declaration would also make is drift.
 * Where the old declaration could not be dry-run, a difference is the change's own when the declarations differ at or around its path.
 */
import type { Json } from '../../domain/json.ts';
import type { ChangeOrigin, FieldChange } from '../../domain/plan.ts';
import { canonicalJson } from '../diff/canonical.ts';
import { fieldDifferences, type FieldDifference } from '../diff/fields.ts';
import { isAtOrBelow } from '../diff/path.ts';
import { maskSecrets, type Fingerprint } from '../diff/mask.ts';
import { withoutNoise } from '../diff/normalise.ts';
import { otherOwnerOf } from './field-owner.ts';
import type { PlanItem } from './plan-input.ts';

export function attribute(
  item: PlanItem,
  differences: readonly FieldDifference[],
  fingerprint: Fingerprint,
): readonly FieldChange[] {
  const isDrift = driftTest(item, fingerprint);
  return differences.map((difference) => {
    const owner = item.live && difference.before !== undefined ? otherOwnerOf(item.live, difference.path) : undefined;
    return {
      path: difference.path,
      ...text('before', difference.before),
      ...text('after', difference.after),
      origin: isDrift(difference) ? 'drift' : 'pull-request',
      ...(owner === undefined ? {} : { manager: owner.manager }),
      ...(owner?.since === undefined ? {} : { since: owner.since }),
    };
  });
}

export function originOf(fields: readonly FieldChange[]): ChangeOrigin {
  return fields.length > 0 && fields.every((field) => field.origin === 'drift') ? 'drift' : 'pull-request';
}

function text(name: 'before' | 'after', value: Json | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: canonicalJson(value) };
}

function driftTest(item: PlanItem, fingerprint: Fingerprint): (difference: FieldDifference) => boolean {
  const { before, live } = item;
  switch (before.kind) {
    case 'absent':
    case 'not-compared':
      return () => false;
    case 'same':
      return () => true;
    case 'differs': {
      const clean = (object: NonNullable<typeof live>) => maskSecrets(withoutNoise(object), fingerprint);
      if (before.outcome?.kind === 'applied' && live !== undefined) {
        const there = new Set(fieldDifferences(clean(live), clean(before.outcome.object)).map(identity));
        return (difference) => there.has(identity(difference));
      }
      const declared = fieldDifferences(clean(before.desired.object), clean(item.resolved.desired.object));
      return (difference) => !declared.some(({ path }) => related(path, difference.path));
    }
  }
}

function identity(difference: FieldDifference): string {
  return `${difference.path} ${difference.after === undefined ? '' : canonicalJson(difference.after)}`;
}

function related(a: string, b: string): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}
