/** Resource types of a few built-in kinds, as discovery gives them. */
import type { ResourceType } from '../../src/domain/kubernetes.ts';

function kind(group: string, version: string, name: string, plural: string, namespaced = true): ResourceType {
  return { group, version, kind: name, plural, namespaced, verbs: ['get', 'list', 'patch', 'create', 'delete'] };
}

export const configMapKind = kind('', 'v1', 'ConfigMap', 'configmaps');
export const secretKind = kind('', 'v1', 'Secret', 'secrets');
export const serviceKind = kind('', 'v1', 'Service', 'services');
export const namespaceKind = kind('', 'v1', 'Namespace', 'namespaces', false);
export const deploymentKind = kind('apps', 'v1', 'Deployment', 'deployments');
export const statefulSetKind = kind('apps', 'v1', 'StatefulSet', 'statefulsets');
export const jobKind = kind('batch', 'v1', 'Job', 'jobs');
export const claimKind = kind('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const roleBindingKind = kind('rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings');
export const crdKind = kind(
  'apiextensions.k8s.io',
  'v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
export const unservedKind = kind('nowhere.example.com', 'v1', 'Thing', 'things');
export const endpointsKind = kind('', 'v1', 'Endpoints', 'endpoints');
export const apiServiceKind = kind('apiregistration.k8s.io', 'v1', 'APIService', 'apiservices', false);
export const podKind = kind('', 'v1', 'Pod', 'pods');
export const accountKind = kind('', 'v1', 'ServiceAccount', 'serviceaccounts');
export const quotaKind = kind('', 'v1', 'ResourceQuota', 'resourcequotas');
const admission = 'admissionregistration.k8s.io';
export const policyKind = kind(admission, 'v1', 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', false);
export const policyBindingKind = kind(
  admission,
  'v1',
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
  false,
);
export const webhookKind = kind(
  admission,
  'v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
);
