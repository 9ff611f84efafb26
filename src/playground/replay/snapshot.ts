/** What an environment's objects are at one moment: those that carry its mark, and those a plan names. */
import { at } from '../../domain/json-path.ts';
import {
  applySetLabel,
  fieldManager,
  objectKey,
  parseApiVersion,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../../domain/kubernetes.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Kinds, ServedKind } from './served-kinds.ts';
import { managersOf } from './field-set.ts';

/** By object key. */
export type Snapshot = ReadonlyMap<string, KubernetesObject>;

const readsAtOnce = 8;

/** @param named keys of objects to look at whether they carry the mark or not */
export async function takeSnapshot(
  reader: ClusterReader,
  applySetId: string,
  named: readonly string[],
): Promise<Snapshot> {
  const { served } = await reader.kinds();
  const marked = await listAll(reader, served, `${applySetLabel}=${applySetId}`);
  const own = marked.filter((object) => isAppliedBy(object, fieldManager));
  const snapshot = new Map(own.map((object) => [objectKey(refOf(object)), object]));
  await addNamed(reader, served, named, snapshot);
  return snapshot;
}

/**
 * Everything in a cluster that a field manager applied.
 * @param named keys of objects that count when they are there: for one that consists of a name only the server notes no manager
 */
export async function appliedBy(reader: ClusterReader, manager: string, named: readonly string[]): Promise<Snapshot> {
  const { served } = await reader.kinds();
  const all = await listAll(reader, served);
  const applied = all.filter((object) => isAppliedBy(object, manager));
  const snapshot = new Map(applied.map((object) => [objectKey(refOf(object)), object]));
  await addNamed(reader, served, named, snapshot);
  return snapshot;
}

async function addNamed(
  reader: ClusterReader,
  served: Kinds['served'],
  named: readonly string[],
  snapshot: Map<string, KubernetesObject>,
): Promise<void> {
  const byGroupKind = new Map(served.map((kind) => [`${kind.group}/${kind.kind}`, kind]));
  const missing = named.filter((key) => !snapshot.has(key));
  await inParallel(missing, async (key) => {
    const ref = refOfKey(key);
    const kind = byGroupKind.get(`${ref.group}/${ref.kind}`);
    const object = kind === undefined ? undefined : await reader.get(kind, ref);
    if (object !== undefined) snapshot.set(key, object);
  });
}

/** Controllers copy labels, and our mark with them (from a Service to its Endpoints): what nobody applied is not the environment's. */
function isAppliedBy(object: KubernetesObject, manager: string): boolean {
  return managersOf(object).some((entry) => entry.manager === manager && entry.operation === 'Apply');
}

/** Keys of the objects whose number of replicas a HorizontalPodAutoscaler of the same snapshot sets. */
export function autoscaledIn(...snapshots: readonly Snapshot[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const object of snapshots.flatMap((snapshot) => [...snapshot.values()])) {
    if (object.kind !== 'HorizontalPodAutoscaler') continue;
    const target = at(object, 'spec', 'scaleTargetRef');
    const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map((member) => at(target, member));
    if (typeof kind !== 'string' || typeof name !== 'string') continue;
    const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : 'v1');
    keys.add(objectKey({ group, kind, namespace: object.metadata.namespace ?? '', name }));
  }
  return keys;
}

async function listAll(
  reader: ClusterReader,
  kinds: Kinds['served'],
  labelSelector?: string,
): Promise<readonly KubernetesObject[]> {
  const found: KubernetesObject[] = [];
  await inParallel(kinds.filter(isStored), async (kind) => {
    found.push(...(await reader.list(kind, labelSelector)));
  });
  return found;
}

/** Events are nobody's declared state, there are many of them, and core events show a second time in their own group. */
function isStored({ kind }: ServedKind): boolean {
  return kind !== 'Event' && kind !== 'ComponentStatus';
}

/** The inverse of `objectKey`. No part but the name may hold a slash, and names do not. */
export function refOfKey(key: string): Omit<ObjectRef, 'version'> {
  const [group = '', kind = '', namespace = '', ...name] = key.split('/');
  return { group, kind, namespace, name: name.join('/') };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: readsAtOnce }, worker));
}
