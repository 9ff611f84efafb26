/** What an environment applied before and does not declare any more: which of it may be pruned, and which is somebody else's by now. */
import { isOurs } from '../core/plan/marks.ts';
import type { PruneItem } from '../core/plan/plan-input.ts';
import type { ScopeResult } from '../core/validate/scope.ts';
import type { InventoryEntry } from '../domain/inventory.ts';
import {
  applySetLabel,
  objectKey,
  refOf,
  type Discovery,
  type KubernetesObject,
  type ObjectRef,
  type ResourceType,
} from '../domain/kubernetes.ts';
import type { Incomplete } from '../domain/plan.ts';
import type { ClusterReader, ObservedRef } from '../ports/cluster.ts';
import type { DeclaredBefore } from './dry-run-item.ts';

/** Everything declared, also what is refused or cannot be looked at: it is no reason to prune. */
export function declaredKeys(scope: ScopeResult): ReadonlySet<string> {
  return new Set([
    ...scope.resolved.map(({ desired }) => objectKey(refOf(desired.object))),
    ...scope.brokenGroupObjects.map(({ object }) => objectKey(refOf(object))),
    ...scope.refused.map((ref) => objectKey(ref)),
  ]);
}

export interface LeavingEntries {
  readonly known: readonly ObservedRef[];
  /** Of kinds that the server does not serve any more: their objects are gone. */
  readonly unserved: readonly ObjectRef[];
  /** Of groups that do not answer: whether there are objects is not known. */
  readonly broken: readonly Incomplete[];
}

/** Inventory entries that are not declared any more, with the type to read them by; kinds no longer served have no objects. */
export function leavingEntries(
  entries: readonly InventoryEntry[],
  declared: ReadonlySet<string>,
  discovery: Discovery,
): LeavingEntries {
  const broken = new Set(discovery.brokenGroups);
  const known: ObservedRef[] = [];
  const unserved: ObjectRef[] = [];
  const unanswered = new Set<string>();
  for (const { ref } of entries) {
    if (declared.has(objectKey(ref))) continue;
    const type = servedType(discovery, ref);
    const apiVersion = ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
    if (type !== undefined) known.push({ ref, type });
    else if (broken.has(apiVersion) || broken.has(ref.group)) unanswered.add(apiVersion);
    else unserved.push(ref);
  }
  const incomplete = [...unanswered].map((apiVersion): Incomplete => ({
    reason: 'group-unavailable',
    detail: `the API group ${apiVersion} does not answer, and objects of it are to be deleted`,
  }));
  return { known, unserved, broken: incomplete };
}

function servedType(discovery: Discovery, ref: ObjectRef): ResourceType | undefined {
  const same = discovery.types.filter(({ group, kind }) => group === ref.group && kind === ref.kind);
  return same.find(({ version }) => version === ref.version) ?? same[0];
}

export async function pruneItems(
  leaving: readonly ObservedRef[],
  live: ReadonlyMap<string, KubernetesObject>,
  entries: readonly InventoryEntry[],
  applySetId: string,
  before: DeclaredBefore,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<{ readonly prunes: readonly PruneItem[]; readonly forgotten: readonly ObjectRef[] }> {
  const byKey = new Map(entries.map((entry) => [objectKey(entry.ref), entry]));
  const prunes: PruneItem[] = [];
  const forgotten: ObjectRef[] = [];
  for (const { ref } of leaving) {
    const key = objectKey(ref);
    const entry = byKey.get(key);
    const object = live.get(key);
    if (entry === undefined || object === undefined) continue;
    // uid '' was announced before its first apply: then our label and our manager's entry are the proof.
    const sameObject = entry.uid === '' ? isOurs(object, applySetId) : object.metadata.uid === entry.uid;
    if (!sameObject || object.metadata.labels?.[applySetLabel] !== applySetId) {
      forgotten.push(ref);
      continue;
    }
    const instances = await instancesOf(object, reader, signal);
    const declaredBefore = before === undefined || before.objects.has(key);
    prunes.push({ entry, live: object, declaredBefore, ...(instances === undefined ? {} : { instances }) });
  }
  return { prunes, forgotten };
}

/** How many objects go with a CustomResourceDefinition; `undefined` for other kinds. */
async function instancesOf(
  object: KubernetesObject,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<number | 'unknown' | undefined> {
  if (object.kind !== 'CustomResourceDefinition') return undefined;
  const discovery = await reader.discover(signal);
  if (!discovery.known) return 'unknown';
  const name = object.metadata.name;
  const type = discovery.value.types.find(({ plural, group }) => `${plural}.${group}` === name);
  if (type === undefined) return 'unknown';
  const count = await reader.count(type, 1000, signal);
  return count.known ? count.value : 'unknown';
}
