/** Effects and digests: what makes two plans the same plan. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { ResolvedObject } from '../../domain/desired.ts';
import { objectKey, refOf, type KubernetesObject } from '../../domain/kubernetes.ts';
import type { Effect } from '../../domain/plan.ts';
import { canonicalJson, sha256 } from '../diff/canonical.ts';
import { leavesOf, type FieldDifference } from '../diff/fields.ts';
import { maskSecrets, type Fingerprint } from '../diff/mask.ts';
import { withoutNoise } from '../diff/normalise.ts';

/** Fields a server hands out anew at each dry run: that they are set is an effect, their value is not. */
const allocated = /^(?:spec\.clusterIPs?(?:\[.*)?|spec\.healthCheckNodePort|spec\.ports\[[^\]]*\]\.nodePort)$/;

/** Effects of a created or replaced object: that it appears, and each field as declared (defaults are the server's business). */
export function effectsOfWhole(action: 'create' | 'replace', key: string, declared: JsonObject): readonly Effect[] {
  const fields = leavesOf('', declared).map(({ path, value }) => set(key, path, canonicalJson(value)));
  return [{ object: key, action }, ...fields];
}

/** Effects of changed fields; an added subtree counts leaf by leaf, so that less of it is still a subset. */
export function effectsOfFields(key: string, differences: readonly FieldDifference[]): readonly Effect[] {
  return differences.flatMap(({ path, after }): readonly Effect[] =>
    after === undefined
      ? [{ object: key, action: 'set', path }]
      : leavesOf(path, after).map((leaf) => set(key, leaf.path, canonicalJson(leaf.value))),
  );
}

function set(object: string, path: string, value: string): Effect {
  return { object, action: 'set', path, value: allocated.test(path) ? '"(allocated)"' : value };
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
  return fresh.filter((effect) => !allowed.has(effectText(effect)));
}
