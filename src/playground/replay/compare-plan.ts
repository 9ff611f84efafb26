/**
 * Planned = happened. A plan against what the objects were before the merge and are after the deployment. Nothing here knows how plans are made:
 * each named field must have had the value before and have the value after that the plan says, and with all named fields taken out
 * of both, nothing else may differ.
 */
import type { JsonObject } from '../../domain/json.ts';
import { displayName, objectKey, type KubernetesObject } from '../../domain/kubernetes.ts';
import { withoutOthersWork, withoutServerFields } from './normalise.ts';
import { erase, parsePath, standInOrder, valueAt, type PathStep } from './plan-path.ts';
import { asPlanned, canonical, differencesOf, sameJson } from './same-json.ts';
import type { SaidChange, SaidField, SaidPlan } from './said-plan.ts';
import { autoscaledIn, refOfKey, type Snapshot } from './snapshot.ts';

export interface Mismatch {
  /** `Deployment shop/checkout`. */
  readonly object: string;
  readonly what: string;
}

export interface PlanComparison {
  /** Objects looked at: planned, called unchanged, and others that carry the mark. */
  readonly checked: number;
  readonly mismatches: readonly Mismatch[];
  /** Of them, objects the plan called unchanged. */
  readonly falselyUnchanged: readonly Mismatch[];
  /** Deletions that wait until everything is ready. */
  readonly pendingPrunes: readonly string[];
}

/**
 * @param ready false when the deployment ended because something did not become ready: all was applied then, and nothing pruned
 */
export function comparePlan(plan: SaidPlan, before: Snapshot, after: Snapshot, ready: boolean): PlanComparison {
  const mismatches: Mismatch[] = [];
  const pendingPrunes: string[] = [];
  const planned = new Set<string>();
  const autoscaled = autoscaledIn(before, after);
  const still = (key: string): readonly string[] => stillFaults(before.get(key), after.get(key), autoscaled.has(key));
  for (const change of plan.changes) {
    const key = objectKey(change.ref);
    planned.add(key);
    const name = displayName(change.ref);
    const now = after.get(key);
    if (change.action === 'prune' && !ready && now !== undefined) pendingPrunes.push(name);
    else
      for (const what of changeFaults(change, before.get(key), now, autoscaled.has(key)))
        mismatches.push({ object: name, what });
  }
  const falselyUnchanged: Mismatch[] = [];
  for (const key of plan.unchanged) {
    planned.add(key);
    const object = displayName(refOfKey(key));
    for (const what of still(key)) falselyUnchanged.push({ object, what });
  }
  const others = [...new Set([...before.keys(), ...after.keys()])].filter((key) => !planned.has(key));
  for (const key of others) {
    const object = displayName(refOfKey(key));
    for (const what of still(key)) {
      mismatches.push({ object, what: `${what}, and the plan does not name it` });
    }
  }
  return { checked: planned.size + others.length, mismatches, falselyUnchanged, pendingPrunes };
}

function changeFaults(
  change: SaidChange,
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  autoscaled: boolean,
): readonly string[] {
  switch (change.action) {
    case 'create':
      if (before !== undefined) return ['planned as create, but it was there before'];
      return after === undefined ? ['planned as create, but it is not there'] : [];
    case 'prune':
      if (before === undefined) return ['planned as delete, but it was not there before'];
      return after?.metadata.uid === before.metadata.uid ? ['planned as delete, but it is still there'] : [];
    case 'replace':
      if (before === undefined || after === undefined) return ['planned as replace, but it is missing before or after'];
      return after.metadata.uid === before.metadata.uid ? ['planned as replace, but it is the same object (uid)'] : [];
    case 'update':
      if (before === undefined || after === undefined) return ['planned as change, but it is missing before or after'];
      if (after.metadata.uid !== before.metadata.uid) return ['planned as change, but it was made anew (uid)'];
      return updateFaults(change.fields, before, after, autoscaled);
    case 'unchanged':
      return stillFaults(before, after, autoscaled);
    case 'conflict':
      return ['planned as a conflict, and merged all the same'];
  }
}

/** Values a server hands out anew at each dry run: that they are there can be planned, not which. */
const allocated = /^spec\.clusterIPs?(?:\[|$)|^spec\.healthCheckNodePort$|\.nodePort$/;

function updateFaults(
  fields: readonly SaidField[],
  before: KubernetesObject,
  after: KubernetesObject,
  autoscaled: boolean,
): readonly string[] {
  const faults: string[] = [];
  const then = withoutServerFields(before);
  const now = withoutServerFields(after);
  const [ownThen, ownNow] = withoutOthersWork(before, after, autoscaled);
  let restThen = ownThen;
  let restNow = ownNow;
  const reordered: (readonly PathStep[])[] = [];
  for (const field of fields) {
    const steps = parsePath(field.path);
    const last = steps.at(-1);
    if (last !== undefined && 'item' in last && last.item === 'order') {
      const list = steps.slice(0, -1);
      reordered.push(list);
      faults.push(...orderFaults(field, list, then, now));
      continue;
    }
    faults.push(...fieldFaults(field, steps, then, now, ownNow));
    restThen = erase(restThen, steps);
    restNow = erase(restNow, steps);
  }
  for (const list of reordered) {
    restThen = sorted(restThen, list);
    restNow = sorted(restNow, list);
  }
  return [...faults, ...describe(restThen, restNow, 'the plan does not name it')];
}

function fieldFaults(
  field: SaidField,
  steps: readonly PathStep[],
  then: JsonObject,
  now: JsonObject,
  ownNow: JsonObject,
): readonly string[] {
  const was = valueAt(then, steps);
  const is = valueAt(now, steps);
  const faults: string[] = [];
  if (!asPlanned(field.before, was))
    faults.push(`${field.path} was ${shown(was)}, the plan says ${shown(field.before)}`);
  if (sameJson(was, is)) faults.push(`${field.path} did not change, the plan says it does`);
  else if (
    allocated.test(field.path) ? (field.after === undefined) !== (is === undefined) : !asPlanned(field.after, is)
  ) {
    // A controller took the field in the meantime, or added to the map it is in.
    const own = valueAt(ownNow, steps);
    const taken = own === undefined && is !== undefined && field.after !== undefined;
    if (!taken && !asPlanned(field.after, own)) {
      faults.push(`${field.path} is ${shown(is)}, the plan says ${shown(field.after)}`);
    }
  }
  return faults;
}

function orderFaults(
  field: SaidField,
  list: readonly PathStep[],
  then: JsonObject,
  now: JsonObject,
): readonly string[] {
  const keys = (value: SaidField['before']): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  return [
    ...(standInOrder(then, list, keys(field.before)) ? [] : [`${field.path} was not as the plan says`]),
    ...(standInOrder(now, list, keys(field.after)) ? [] : [`${field.path} is not as the plan says`]),
  ];
}

/** The object with the items of one list in an order that does not depend on theirs. */
function sorted(object: JsonObject, list: readonly PathStep[]): JsonObject {
  const items = valueAt(object, list);
  if (!Array.isArray(items)) return object;
  const rest = erase(object, list);
  return { ...rest, '(reordered)': [rest['(reordered)'] ?? null, items.map(canonical).sort()] };
}

/** Why an object that should have stayed as it was did not. */
function stillFaults(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  autoscaled: boolean,
): readonly string[] {
  if (before === undefined && after === undefined) return ['it is not there'];
  if (before === undefined) return ['it was not there before'];
  if (after === undefined) return ['it is gone'];
  if (before.metadata.uid !== after.metadata.uid) return ['it was made anew (uid)'];
  return describe(...withoutOthersWork(before, after, autoscaled), 'it changed');
}

function describe(then: JsonObject, now: JsonObject, why: string): readonly string[] {
  return differencesOf(then, now).map(({ path, one, other }) => `${path}: ${shown(one)} → ${shown(other)}, ${why}`);
}

function shown(value: SaidField['before']): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
