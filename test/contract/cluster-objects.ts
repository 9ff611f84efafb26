/** The objects the cluster contract applies, and the refusals it expects. */
import { expect } from 'vitest';

import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject, ResourceType } from '../../src/domain/kubernetes.ts';
import type { ObservedRef } from '../../src/ports/cluster.ts';
import * as kinds from './kinds.ts';

type Make = (namespace: string) => KubernetesObject;

export const immutableCases: readonly (readonly [string, ResourceType, Make, Make, readonly string[]])[] = [
  [
    'Deployment selector',
    kinds.deploymentKind,
    (ns) => deployment(ns, 'web'),
    (ns) => ({ ...deployment(ns, 'web'), spec: deploymentSpec('one', 1, 'other') }),
    ['spec.selector'],
  ],
  ['Job template', kinds.jobKind, (ns) => job(ns, 'once'), (ns) => job(ns, 'once', 'other'), ['spec.template']],
  ['StatefulSet', kinds.statefulSetKind, (ns) => statefulSet(ns, 'one'), (ns) => statefulSet(ns, 'two'), ['spec']],
  [
    'PersistentVolumeClaim',
    kinds.claimKind,
    (ns) => claim(ns, 'ReadWriteOnce'),
    (ns) => claim(ns, 'ReadWriteMany'),
    ['spec'],
  ],
  [
    'RoleBinding roleRef',
    kinds.roleBindingKind,
    (ns) => roleBinding(ns, 'view'),
    (ns) => roleBinding(ns, 'edit'),
    ['roleRef'],
  ],
  ['immutable ConfigMap', kinds.configMapKind, (ns) => frozen(ns, '1'), (ns) => frozen(ns, '2'), ['data']],
];

export const invalidCases: readonly (readonly [string, ResourceType, Make, readonly object[]])[] = [
  [
    'an unknown field',
    kinds.deploymentKind,
    (ns) => ({ ...deployment(ns, 'web'), spec: { ...deploymentSpec('one', 1), replcas: 3 } }),
    [{ field: 'spec.replcas', message: 'field not declared in schema' }],
  ],
  [
    'a missing image',
    kinds.deploymentKind,
    (ns) => ({ ...deployment(ns, 'web'), spec: deploymentSpec('', 1) }),
    [{ field: 'spec.template.spec.containers[0].image', message: 'Required value' }],
  ],
  [
    'a wrong type',
    kinds.configMapKind,
    (ns) => ({ ...inNamespace('', 'v1', 'ConfigMap', 'a', ns), data: { port: 8080 } }),
    [{ field: 'data.port', message: 'expected string' }],
  ],
  ['an upper-case name', kinds.configMapKind, (ns) => configMap(ns, 'Upper'), [{ field: 'metadata.name' }]],
  [
    'a label no label can be',
    kinds.configMapKind,
    (ns) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: ns, labels: { a: 'b c' } } }),
    [{ field: 'metadata.labels', message: expect.stringContaining('Invalid value: "b c"') }],
  ],
];

export function inNamespace(
  group: string,
  version: string,
  kind: string,
  name: string,
  namespace?: string,
): KubernetesObject {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

export function configMap(namespace: string, name: string, data: Record<string, string> = {}): KubernetesObject {
  return { ...inNamespace('', 'v1', 'ConfigMap', name, namespace), data };
}

function frozen(namespace: string, value: string): KubernetesObject {
  return { ...configMap(namespace, 'frozen', { k: value }), immutable: true };
}

export function wantedMap(namespace: string, name: string): ObservedRef {
  return { ref: { group: '', version: 'v1', kind: 'ConfigMap', namespace, name }, type: kinds.configMapKind };
}

export function deployment(namespace: string, name: string): KubernetesObject {
  return { ...inNamespace('apps', 'v1', 'Deployment', name, namespace), spec: deploymentSpec('one', 1) };
}

export function deploymentSpec(image: string, replicas: number, label = 'web'): JsonObject {
  const container = { name: 'app', ...(image === '' ? {} : { image }), ports: [{ containerPort: 80 }] };
  return {
    replicas,
    selector: { matchLabels: { app: label } },
    template: { metadata: { labels: { app: label } }, spec: { containers: [container] } },
  };
}

export function job(namespace: string, name: string, image = 'one'): KubernetesObject {
  const container = { name: 'app', image, env: [{ name: 'PASSWORD', value: 'sesame' }] };
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  return { ...inNamespace('batch', 'v1', 'Job', name, namespace), spec: { template } };
}

function statefulSet(namespace: string, serviceName: string): KubernetesObject {
  const { replicas: _, ...spec } = deploymentSpec('one', 0);
  return { ...inNamespace('apps', 'v1', 'StatefulSet', 'db', namespace), spec: { ...spec, serviceName, replicas: 0 } };
}

function claim(namespace: string, mode: string): KubernetesObject {
  const spec = { accessModes: [mode], storageClassName: 'sesame', resources: { requests: { storage: '1Gi' } } };
  return { ...inNamespace('', 'v1', 'PersistentVolumeClaim', 'data', namespace), spec };
}

function roleBinding(namespace: string, role: string): KubernetesObject {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  return { ...inNamespace('rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'r', namespace), roleRef, subjects: [] };
}

export function widgetCrd(): KubernetesObject {
  const size = { type: 'object', properties: { size: { type: 'integer' } } };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: size } } };
  return {
    ...inNamespace('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'widgets.fairlead.test'),
    spec: {
      group: 'fairlead.test',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

export function brokenService(): KubernetesObject {
  return {
    ...inNamespace('apiregistration.k8s.io', 'v1', 'APIService', 'v1.broken.fairlead.test'),
    spec: {
      group: 'broken.fairlead.test',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name: 'nobody', namespace: 'default' },
    },
  };
}
