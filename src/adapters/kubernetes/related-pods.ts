/** The pods a workload's rollout hangs on. They tell of a bad image long before the workload's own status does. */
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { KubernetesObject, ObjectRef, ResourceType } from '../../domain/kubernetes.ts';
import type { RelatedPods } from '../../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { readObject, readPage } from './read-object.ts';
import { addressable } from './resource-path.ts';
import { itemsIn, objectIn, textIn } from './schema.ts';

const mostPods = 50;
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const none: RelatedPods = { pods: [], total: 0 };

function builtIn(group: string, version: string, kind: string, plural: string): ResourceType {
  return { group, version, kind, plural, namespaced: true, verbs: ['get', 'list'] };
}
const pod = builtIn('', 'v1', 'Pod', 'pods');
const replicaSet = builtIn('apps', 'v1', 'ReplicaSet', 'replicasets');
const workloads = [
  builtIn('apps', 'v1', 'Deployment', 'deployments'),
  builtIn('apps', 'v1', 'StatefulSet', 'statefulsets'),
  builtIn('apps', 'v1', 'DaemonSet', 'daemonsets'),
  builtIn('batch', 'v1', 'Job', 'jobs'),
  replicaSet,
];

export async function relatedPods(
  client: ApiClient,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<Evidence<RelatedPods>> {
  const type = workloads.find(({ group, kind }) => group === ref.group && kind === ref.kind);
  if (type === undefined || !addressable(type, ref.namespace, ref.name)) return known(none);
  const workload = await readObject(client, type, ref.namespace, ref.name, signal);
  if (!workload.known) return workload;
  if (workload.value === undefined) return known(none);
  const selector = selectorOf(workload.value);
  if (selector === undefined) return known(none);
  if (type.kind !== 'Deployment') return podsOwnedBy(client, workload.value, selector, signal);

  const sets = await ownedBy(client, replicaSet, workload.value, selector, signal);
  if (!sets.known) return sets;
  const newest = sets.value.toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];
  return newest === undefined ? known(none) : podsOwnedBy(client, newest, selectorOf(newest) ?? selector, signal);
}

async function podsOwnedBy(
  client: ApiClient,
  owner: KubernetesObject,
  selector: string,
  signal: AbortSignal,
): Promise<Evidence<RelatedPods>> {
  const owned = await ownedBy(client, pod, owner, selector, signal);
  if (!owned.known) return owned;
  const pods = owned.value.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)));
  return known({ pods: pods.slice(0, mostPods), total: pods.length });
}

/** Objects that name `owner` as their controller, read page by page; `managedFields` are of no use here and dropped. */
async function ownedBy(
  client: ApiClient,
  type: ResourceType,
  owner: KubernetesObject,
  labelSelector: string,
  signal: AbortSignal,
): Promise<Evidence<readonly KubernetesObject[]>> {
  const owned: KubernetesObject[] = [];
  const namespace = owner.metadata.namespace ?? '';
  const limit = client.limits.pageSize;
  for (let from = ''; ;) {
    const answer = await readPage(client, { type, namespace, labelSelector, limit, from }, signal);
    if (answer.kind === 'absent') return unknown('not-found', `the server does not serve ${type.plural}`);
    if (answer.kind !== 'page') return answer.because;
    for (const item of answer.page.items) {
      const owners = itemsIn(item.metadata, 'ownerReferences');
      if (!owners.some((reference) => reference['controller'] === true && reference['uid'] === owner.metadata.uid))
        continue;
      const { managedFields: _, ...metadata } = item.metadata;
      owned.push({ ...item, metadata });
    }
    if (answer.page.next === '') return known(owned);
    from = answer.page.next;
  }
}

/** The label selector in query form; `undefined` when it would select everything. */
function selectorOf(workload: KubernetesObject): string | undefined {
  const selector = objectIn(objectIn(workload, 'spec'), 'selector');
  const labels = objectIn(selector, 'matchLabels');
  const terms = [
    ...Object.keys(labels).map((key) => `${key}=${textIn(labels, key)}`),
    ...itemsIn(selector, 'matchExpressions').map(expression),
  ];
  return terms.length === 0 ? undefined : terms.join(',');
}

function expression(term: JsonObject): string {
  const key = textIn(term, 'key');
  const values = Array.isArray(term['values']) ? term['values'].join(',') : '';
  switch (textIn(term, 'operator')) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}

function revisionOf(set: KubernetesObject): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
}

function isReady(object: KubernetesObject): boolean {
  const status = object['status'];
  if (!isJsonObject(status)) return false;
  return itemsIn(status, 'conditions').some(
    (condition) => condition['type'] === 'Ready' && condition['status'] === 'True',
  );
}
