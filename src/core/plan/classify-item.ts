/** One declared object and what the server said about it → its planned change, effects, findings. Pure. */
import { assertNever } from '../../domain/assert-never.ts';
import type { ApplyOutcome } from '../../domain/apply-outcome.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Finding, FindingCode } from '../../domain/finding.ts';
import type { JsonObject } from '../../domain/json.ts';
import { applySetLabel, objectKey, refOf } from '../../domain/kubernetes.ts';
import type { PlannedChange } from '../../domain/plan.ts';
import { unifiedDiff } from '../diff/text.ts';
import { fieldDifferences, type FieldDifference } from '../diff/fields.ts';
import { isAtOrBelow } from '../diff/path.ts';
import { maskSecrets, maskWordsAbout, type Fingerprint } from '../diff/mask.ts';
import { withoutNoise } from '../diff/normalise.ts';
import { attribute, originOf } from './attribution.ts';
import { dangersOfLeaving, leavingConsequences } from './dangers.ts';
import { declaredJson, effectOfConflict, effectsOfFields, effectsOfWhole } from './effects.ts';
import { incompleteBecause } from './incomplete.ts';
import type { Classified, PlanInput, PlanItem } from './plan-input.ts';

export interface ClassifyContext {
  readonly environment: Environment;
  readonly applySetId: string;
  readonly fingerprint: Fingerprint;
  readonly lineOf: PlanInput['lineOf'];
}

const waitUntilGone = 'It is being deleted: wait until it is gone, or find out which finalizer keeps it.';
/** Characters of one object's diff that a plan keeps. */
const diffLimit = 100_000;

export function classifyItem(item: PlanItem, context: ClassifyContext): Classified {
  const found = classify(item, context);
  const about = [item.live, item.resolved.desired.object];
  const masked = (words: string) => maskWordsAbout(about, words, context.fingerprint);
  // Servers quote what they refuse or warn about: their words are foreign text that may hold the object's secrets.
  return {
    ...found,
    ...(found.change === undefined ? {} : { change: { ...found.change, warnings: found.change.warnings.map(masked) } }),
    findings: found.findings.map((finding) => ({ ...finding, detail: masked(finding.detail) })),
    incomplete: found.incomplete.map((one) => ({ ...one, detail: masked(one.detail) })),
  };
}

function classify(item: PlanItem, context: ClassifyContext): Classified {
  const ref = refOf(item.resolved.desired.object);
  const nothing = { key: objectKey(ref), effects: [], findings: [], incomplete: [], dangers: [], ignored: 0 };
  const foreign = foreignOwner(item, context.applySetId);
  if (foreign !== undefined) {
    return { ...nothing, findings: [finding(item, 'owned-by-other-environment', foreign)] };
  }
  const { outcome } = item;
  switch (outcome.kind) {
    case 'applied':
      return item.live === undefined
        ? { ...nothing, ...created(item, 'server', context) }
        : { ...nothing, ...updated(item, outcome.object, outcome.warnings, context) };
    case 'declared-only':
      return { ...nothing, ...created(item, 'declared-only', context) };
    case 'conflict':
      return { ...nothing, ...conflicting(item, outcome) };
    case 'immutable':
      return { ...nothing, ...replaced(item, outcome.fields, outcome.detail, context) };
    case 'invalid':
      return {
        ...nothing,
        findings: invalidFindings(item, outcome, context),
      };
    case 'denied':
      return { ...nothing, findings: [finding(item, 'server-denied', outcome.detail)] };
    case 'terminating':
      return { ...nothing, findings: [{ ...finding(item, 'server-denied', outcome.detail), fix: waitUntilGone }] };
    case 'namespace-missing':
      return { ...nothing, findings: [finding(item, 'namespace-missing', ref.namespace)] };
    case 'kind-unknown':
      return { ...nothing, findings: [finding(item, 'kind-unknown', kindWords(item))] };
    case 'unavailable':
      return { ...nothing, incomplete: [incompleteBecause(outcome.because, ref)] };
    default:
      return assertNever(outcome);
  }
}

function invalidFindings(
  item: PlanItem,
  outcome: Extract<ApplyOutcome, { kind: 'invalid' }>,
  context: ClassifyContext,
): readonly Finding[] {
  const causes = outcome.causes.length > 0 ? outcome.causes : [{ field: '', message: outcome.detail }];
  return causes.map(({ field, message }) => {
    if (field === '') return finding(item, 'server-invalid', message);
    const line = context.lineOf(item.resolved.desired.source, field);
    return { ...finding(item, 'server-invalid', `${field}: ${message}`), line };
  });
}

function kindWords(item: PlanItem): string {
  const { apiVersion, kind } = item.resolved.desired.object;
  return `${apiVersion} ${kind}`;
}

function foreignOwner(item: PlanItem, applySetId: string): string | undefined {
  const label = item.live?.metadata.labels?.[applySetLabel];
  return label === undefined || label === applySetId ? undefined : label;
}

function created(item: PlanItem, basis: PlannedChange['basis'], context: ClassifyContext): Partial<Classified> {
  const declared = declaredJson(item.resolved.desired.object, context.fingerprint);
  const stored =
    item.outcome.kind === 'applied' ? masked(withoutNoise(item.outcome.object), context.fingerprint) : declared;
  const key = objectKey(refOf(item.resolved.desired.object));
  return {
    change: {
      ...changeBase(item),
      action: 'create',
      origin: item.before.kind === 'same' ? 'drift' : 'pull-request',
      diff: unifiedDiff(undefined, stored, diffLimit),
      basis,
      warnings: item.outcome.kind === 'applied' ? item.outcome.warnings : [],
    },
    effects: effectsOfWhole('create', key, declared),
  };
}

function updated(
  item: PlanItem,
  predicted: JsonObject & PlanItem['resolved']['desired']['object'],
  warnings: readonly string[],
  context: ClassifyContext,
): Partial<Classified> {
  const live = item.live && masked(withoutNoise(item.live), context.fingerprint);
  if (live === undefined) return {};
  const next = masked(withoutNoise(predicted), context.fingerprint);
  const all = fieldDifferences(live, next);
  const differences = all.filter((difference) => !isIgnored(difference, item, context.environment));
  const fields = attribute(item, differences, context.fingerprint);
  const key = objectKey(refOf(item.resolved.desired.object));
  return {
    change: {
      ...changeBase(item),
      action: differences.length === 0 ? 'unchanged' : 'update',
      origin: originOf(fields),
      fields,
      diff: differences.length === 0 ? '' : unifiedDiff(live, next, diffLimit),
      basis: 'server',
      warnings,
      takesOver: differences.length === 0 ? [] : item.takenFrom,
    },
    effects: effectsOfFields(key, differences, declaredJson(item.resolved.desired.object, context.fingerprint)),
    ignored: all.length - differences.length,
  };
}

function conflicting(item: PlanItem, outcome: Extract<ApplyOutcome, { kind: 'conflict' }>): Partial<Classified> {
  const who = outcome.conflicts.map(({ manager, fields }) => `${manager} holds ${fields.join(', ')}`).join('; ');
  return {
    change: {
      ...changeBase(item),
      action: 'conflict',
      origin: item.before.kind === 'same' ? 'drift' : 'pull-request',
      conflicts: outcome.conflicts,
    },
    effects: [effectOfConflict(objectKey(refOf(item.resolved.desired.object)), outcome.conflicts)],
    findings: [finding(item, 'manager-conflict', who === '' ? outcome.detail : who)],
  };
}

function replaced(
  item: PlanItem,
  fields: readonly string[],
  detail: string,
  context: ClassifyContext,
): Partial<Classified> {
  const declared = declaredJson(item.resolved.desired.object, context.fingerprint);
  const live = item.live && masked(withoutNoise(item.live), context.fingerprint);
  const leaving = item.live === undefined ? undefined : { live: item.live };
  return {
    change: {
      ...changeBase(item),
      action: 'replace',
      origin: item.before.kind === 'same' ? 'drift' : 'pull-request',
      diff: unifiedDiff(live, declared, diffLimit),
      consequences: [{ code: 'immutable', fields }, ...(leaving ? leavingConsequences(leaving) : [])],
    },
    dangers: leaving ? dangersOfLeaving(leaving) : [],
    effects: effectsOfWhole('replace', objectKey(refOf(item.resolved.desired.object)), declared),
    findings: context.environment.spec.allowReplace ? [] : [finding(item, 'immutable-field', detail)],
  };
}

function changeBase(item: PlanItem): PlannedChange {
  return {
    ref: refOf(item.resolved.desired.object),
    action: 'unchanged',
    origin: 'pull-request',
    source: item.resolved.desired.source,
    fields: [],
    diff: '',
    basis: 'server',
    warnings: [],
    takesOver: [],
    conflicts: [],
    consequences: [],
  };
}

function masked(object: JsonObject, fingerprint: Fingerprint): JsonObject {
  return maskSecrets(object, fingerprint);
}

function finding(item: PlanItem, code: FindingCode, detail: string): Finding {
  const { object, source } = item.resolved.desired;
  return { code, severity: 'error', file: source.file, line: source.line, object: refOf(object), detail };
}

function isIgnored(difference: FieldDifference, item: PlanItem, environment: Environment): boolean {
  const ref = refOf(item.resolved.desired.object);
  return environment.spec.ignore.some(
    (rule) =>
      (rule.kind === undefined || rule.kind === ref.kind) &&
      (rule.name === undefined || rule.name === ref.name) &&
      isAtOrBelow(difference.path, rule.field),
  );
}
