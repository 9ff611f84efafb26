/** Effects and digests: what makes two plans the same plan. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { ResolvedObject } from '../../domain/desired.ts';
import { objectKey, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { Effect, PlannedChange } from '../../domain/plan.ts';
import { canonicalJson, sha256 } from '../diff/canonical.ts';
import { leavesOf, memberOf, type FieldDifference } from '../diff/fields.ts';
import { isAtOrBelow, segmentsOf } from '../diff/path.ts';
import { maskSecrets, type Fingerprint } from '../diff/mask.ts';
import { withoutNoise } from '../diff/normalise.ts';

/** Fields a server hands out anew at each dry run, where Git does not set them: that they are set is an effect, their value is not. */
const allocated =
  /^(?:spec\.clusterIPs?|spec\.healthCheckNodePort|spec\.ports\[(?:[^\]"]*|"(?:[^"\\]|\\.)*")\]\.nodePort)$/;

/**
 * Effect of a created or replaced object: that it appears as declared (defaults are the server's business). One effect with the digest of
 * all of it, not one for each field: a definition has ten thousand fields, and a part of an object that was never there is no smaller change.
 */
export function effectsOfWhole(action: 'create' | 'replace', key: string, declared: JsonObject): readonly Effect[] {
  return [{ object: key, action, value: sha256(canonicalJson(declared)) }];
}

/**
 * Effects of changed fields. An added subtree counts leaf by leaf, so that less of it is still a subset; a list that takes the place
 * of another is one value, as it also says what is no longer in it.
 */
export function effectsOfFields(
  key: string,
  differences: readonly FieldDifference[],
  declared: JsonObject,
): readonly Effect[] {
  return differences.flatMap(({ path, before, after }): readonly Effect[] => {
    if (after === undefined) return [{ object: key, action: 'set', path }];
    const leaves = Array.isArray(before) && Array.isArray(after) ? [{ path, value: after }] : leavesOf(path, after);
    return leaves.map((leaf) =>
      allocated.test(leaf.path) && valueAt(declared, leaf.path) === undefined
        ? set(key, leaf.path, '"(allocated)"')
        : set(key, leaf.path, canonicalJson(leaf.value)),
    );
  });
}

function valueAt(object: JsonObject, path: string): Json | undefined {
  return segmentsOf(path).reduce<Json | undefined>(memberOf, object);
}

/**
 * Two managers want the same fields: nothing happens before a person decides, and whatever that leads to was not shown.
 * An effect of its own kind, so that nothing else is a subset of it.
 */
export function effectOfConflict(key: string, conflicts: PlannedChange['conflicts']): Effect {
  const held = conflicts.map(({ manager, fields }) => [manager, [...fields].sort()]);
  return { object: key, action: 'conflict', value: canonicalJson(held) };
}

function set(object: string, path: string, value: string): Effect {
  return { object, action: 'set', path, value };
}

/** One text for one effect: what sets of effects are compared by. */
export function effectText(effect: Effect): string {
  return canonicalJson([effect.object, effect.action, effect.path ?? null, effect.value ?? null]);
}

export function planDigest(environmentKey: string, clusterUid: string, effects: readonly Effect[]): string {
  return sha256([environmentKey, clusterUid, ...effects.map(effectText).sort()].join('\n'));
}

/** SHA-256 over the masked declared objects, sorted by key: equal digest = same desired state. */
export function desiredDigest(objects: readonly ResolvedObject[], fingerprint: Fingerprint): string {
  const lines = objects.map(({ desired }) => {
    const key = objectKey(refOf(desired.object));
    return `${key} ${canonicalJson(declaredJson(desired.object, fingerprint))}`;
  });
  return sha256(lines.sort().join('\n'));
}

/** The declared object as digests and effects see it: without our marks, masked. */
export function declaredJson(object: KubernetesObject, fingerprint: Fingerprint): JsonObject {
  const { metadata, ...rest } = maskSecrets(withoutNoise(object), fingerprint);
  return isJsonObject(metadata) ? { ...rest, metadata } : rest;
}

/** Effects of `fresh` that `shown` does not contain. Empty = nothing happens that was not shown. */
export function effectsBeyond(fresh: readonly Effect[], shown: readonly Effect[]): readonly Effect[] {
  const allowed = new Set(shown.map(effectText));
  // A replace is a delete and a create: after a crash between the two, what is left of it reads as a create.
  for (const effect of shown) if (effect.action === 'replace') allowed.add(effectText({ ...effect, action: 'create' }));
  const removed = new Map<string, string[]>();
  for (const { object, path } of shown.filter(isRemoval))
    removed.set(object, [...(removed.get(object) ?? []), path ?? '']);
  return fresh.filter((effect) => {
    if (allowed.has(effectText(effect))) return false;
    // Somebody took a part of it away already: what is left to remove was shown as part of the whole.
    return !(isRemoval(effect) && removed.get(effect.object)?.some((path) => isAtOrBelow(effect.path ?? '', path)));
  });
}

function isRemoval(effect: Effect): boolean {
  return effect.action === 'set' && effect.value === undefined;
}
