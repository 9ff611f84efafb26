/**
 * In what order objects are applied: definitions and namespaces first, admission webhooks last (the order Flux documents for its
 * server-side apply), explicit waves before that. Objects of one stage are applied side by side; a stage starts when the one before
 * it is established. Deletion goes the other way.
 */
import { refOf, type KubernetesObject } from '../../domain/kubernetes.ts';

const waveAnnotation = 'fairlead.dev/wave';

const firstKinds = new Set(['CustomResourceDefinition', 'Namespace', 'ClusterRole']);
const classKinds = new Set([
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
]);
const kindOrder = [
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const lastKinds = new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']);

/** Smaller goes first. Stages: 0 definitions, 1 classes, 2 everything else, 3 admission webhooks. */
export function stageOf(object: KubernetesObject): number {
  if (firstKinds.has(object.kind)) return 0;
  if (classKinds.has(object.kind)) return 1;
  return lastKinds.has(object.kind) ? 3 : 2;
}

/** Objects grouped into stages in apply order; within a stage by kind order, then namespace, then name. */
export function stagesOf<T>(items: readonly T[], objectOf: (item: T) => KubernetesObject): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  const sorted = [...items].sort((a, b) => compareObjects(objectOf(a), objectOf(b)));
  for (const item of sorted) {
    const object = objectOf(item);
    const key = `${waveOf(object)}/${stageOf(object)}`;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

function compareObjects(a: KubernetesObject, b: KubernetesObject): number {
  return (
    waveOf(a) - waveOf(b) ||
    stageOf(a) - stageOf(b) ||
    rankOf(a.kind) - rankOf(b.kind) ||
    compareText(placeOf(a), placeOf(b))
  );
}

function waveOf(object: KubernetesObject): number {
  const wave = Number(object.metadata.annotations?.[waveAnnotation] ?? 0);
  return Number.isInteger(wave) && Math.abs(wave) <= 1000 ? wave : 0;
}

function rankOf(kind: string): number {
  const rank = kindOrder.indexOf(kind);
  return rank < 0 ? kindOrder.length : rank;
}

function placeOf(object: KubernetesObject): string {
  const ref = refOf(object);
  return [ref.namespace, ref.kind, ref.name].join('\n');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
