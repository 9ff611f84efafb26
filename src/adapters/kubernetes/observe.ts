/** The named objects as they are: few by GET, many by LIST of their kind and namespace, keeping only those asked for. */
import { type Evidence, known, type Unknown } from '../../domain/evidence.ts';
import { type KubernetesObject, objectKey, type ResourceType } from '../../domain/kubernetes.ts';
import type { Observation, ObservedRef } from '../../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { readObject, readPage } from './read-object.ts';
import { addressable } from './resource-path.ts';

/** Up to this many objects of a kind and namespace are cheaper by name than by LIST. */
const fewEnoughForGet = 2;
/** How often a LIST whose continue token expired is begun anew. */
const mostRestarts = 2;

export async function observe(
  client: ApiClient,
  wanted: readonly ObservedRef[],
  signal: AbortSignal,
): Promise<Observation> {
  const objects = new Map<string, KubernetesObject>();
  const unread: { type: ResourceType; namespace: string; because: Unknown }[] = [];
  await Promise.all(
    collectionsOf(wanted).map(async (collection) => {
      const found = await readCollection(client, collection, signal);
      const { type, namespace } = collection;
      if (!found.known) unread.push({ type, namespace, because: found });
      else {
        for (const object of found.value) {
          objects.set(objectKey({ group: type.group, kind: type.kind, namespace, name: object.metadata.name }), object);
        }
      }
    }),
  );
  return { objects, unread };
}

/** What is wanted of one kind in one namespace. */
interface Collection {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly names: Set<string>;
}

function collectionsOf(wanted: readonly ObservedRef[]): readonly Collection[] {
  const collections = new Map<string, Collection>();
  for (const { ref, type } of wanted) {
    const namespace = type.namespaced ? ref.namespace : '';
    // A name the API cannot have is a name nothing has.
    if (!addressable(type, namespace, ref.name)) continue;
    const key = `${type.group}/${type.version}/${type.plural}/${namespace}`;
    const collection = collections.get(key) ?? { type, namespace, names: new Set<string>() };
    collection.names.add(ref.name);
    collections.set(key, collection);
  }
  return [...collections.values()];
}

function readCollection(
  client: ApiClient,
  collection: Collection,
  signal: AbortSignal,
): Promise<Evidence<readonly KubernetesObject[]>> {
  const byName = collection.names.size <= fewEnoughForGet || !collection.type.verbs.includes('list');
  return byName ? getEach(client, collection, signal) : listWanted(client, collection, signal);
}

async function getEach(
  client: ApiClient,
  { type, namespace, names }: Collection,
  signal: AbortSignal,
): Promise<Evidence<readonly KubernetesObject[]>> {
  const answers = await Promise.all([...names].map((name) => readObject(client, type, namespace, name, signal)));
  const objects: KubernetesObject[] = [];
  for (const answer of answers) {
    if (!answer.known) return answer;
    if (answer.value !== undefined) objects.push(answer.value);
  }
  return known(objects);
}

async function listWanted(
  client: ApiClient,
  { type, namespace, names }: Collection,
  signal: AbortSignal,
): Promise<Evidence<readonly KubernetesObject[]>> {
  let kept: KubernetesObject[] = [];
  let limit = client.limits.pageSize;
  let from = '';
  let restarts = 0;
  for (;;) {
    const answer = await readPage(client, { type, namespace, limit, from }, signal);
    switch (answer.kind) {
      case 'absent':
        return known([]);
      case 'unread':
        return answer.because;
      case 'too-large':
        if (limit === 1) return answer.because;
        limit = Math.max(1, Math.floor(limit / 4));
        break;
      case 'expired':
        if (from === '' || restarts >= mostRestarts) return answer.because;
        restarts += 1;
        kept = [];
        from = '';
        break;
      case 'page':
        kept.push(...answer.page.items.filter((item) => names.has(item.metadata.name)));
        if (answer.page.next === '') return known(kept);
        from = answer.page.next;
        break;
    }
  }
}
