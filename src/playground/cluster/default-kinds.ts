/** Defaults of every other kind, by group and kind. Each is what the 1.36 server sets. */
import { defaultPod, defaultPodSpec, defaultVolumeSource } from './default-pods.ts';
import { ensureTree, isTree, setDefault, stringsAt, textAt, treeAt, treesAt, type Tree, type Value } from './value.ts';

type Defaulter = (object: Tree) => void;

/** Fills in the defaults of a built-in kind, in place. */
export function setKindDefaults(group: string, kind: string, object: Tree): void {
  defaulters[`${group}/${kind}`]?.(object);
}

function defaultTemplate(spec: Tree): void {
  defaultPodSpec(ensureTree(ensureTree(spec, 'template'), 'spec'));
}

function defaultDeployment(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  defaultTemplate(spec);
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  const strategy = ensureTree(spec, 'strategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = ensureTree(strategy, 'rollingUpdate');
  setDefault(rolling, 'maxUnavailable', '25%');
  setDefault(rolling, 'maxSurge', '25%');
}

function defaultStatefulSet(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  defaultTemplate(spec);
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = ensureTree(spec, 'updateStrategy');
  if (textAt(strategy, 'type') === '') {
    strategy['type'] = 'RollingUpdate';
    setDefault(strategy, 'rollingUpdate', {});
  }
  const rolling = treeAt(strategy, 'rollingUpdate');
  if (rolling !== undefined) setDefault(rolling, 'partition', 0);
  const retention = ensureTree(spec, 'persistentVolumeClaimRetentionPolicy');
  setDefault(retention, 'whenDeleted', 'Retain');
  setDefault(retention, 'whenScaled', 'Retain');
  for (const claim of treesAt(spec, 'volumeClaimTemplates')) {
    setDefault(claim, 'apiVersion', 'v1');
    setDefault(claim, 'kind', 'PersistentVolumeClaim');
    defaultClaim(claim);
  }
}

function defaultDaemonSet(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  defaultTemplate(spec);
  setDefault(spec, 'revisionHistoryLimit', 10);
  const strategy = ensureTree(spec, 'updateStrategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = ensureTree(strategy, 'rollingUpdate');
  setDefault(rolling, 'maxUnavailable', 1);
  setDefault(rolling, 'maxSurge', 0);
}

function defaultJob(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  defaultTemplate(spec);
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', spec['backoffLimitPerIndex'] === undefined ? 6 : 2147483647);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'podReplacementPolicy', spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed');
  setDefault(spec, 'manualSelector', false);
  const labels = stringsAt(treeAt(spec, 'template', 'metadata'), 'labels');
  const metadata = ensureTree(object, 'metadata');
  if (Object.keys(labels).length > 0 && Object.keys(stringsAt(metadata, 'labels')).length === 0)
    metadata['labels'] = labels;
}

function defaultCronJob(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  defaultTemplate(ensureTree(ensureTree(spec, 'jobTemplate'), 'spec'));
  setDefault(spec, 'concurrencyPolicy', 'Allow');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'successfulJobsHistoryLimit', 3);
  setDefault(spec, 'failedJobsHistoryLimit', 1);
}

function defaultService(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
  if (spec['sessionAffinity'] === 'ClientIP')
    setDefault(ensureTree(ensureTree(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', 10800);
  setDefault(spec, 'type', 'ClusterIP');
  for (const port of treesAt(spec, 'ports'))
    if (port['targetPort'] === undefined || port['targetPort'] === 0 || port['targetPort'] === '')
      port['targetPort'] = port['port'];
  const type = spec['type'];
  const external = type === 'LoadBalancer' || type === 'NodePort';
  if (external) setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (external || type === 'ClusterIP') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
}

function defaultClaim(object: Tree): void {
  setDefault(ensureTree(object, 'spec'), 'volumeMode', 'Filesystem');
  setDefault(ensureTree(object, 'status'), 'phase', 'Pending');
}

/** stringData is written over data and never read back. */
function defaultSecret(object: Tree): void {
  setDefault(object, 'type', 'Opaque');
  const plain = stringsAt(object, 'stringData');
  delete object['stringData'];
  if (Object.keys(plain).length === 0) return;
  const data = ensureTree(object, 'data');
  for (const [key, text] of Object.entries(plain)) data[key] = Buffer.from(text, 'utf8').toString('base64');
}

function defaultLimitRange(object: Tree): void {
  for (const limit of treesAt(treeAt(object, 'spec'), 'limits')) {
    if (limit['type'] !== 'Container') continue;
    const fill = (target: string, source: string) => {
      for (const [name, value] of Object.entries(treeAt(limit, source) ?? {}))
        if (value !== undefined) setDefault(ensureTree(limit, target), name, value);
    };
    fill('default', 'max');
    fill('defaultRequest', 'default');
    fill('defaultRequest', 'min');
  }
}

const rbac = 'rbac.authorization.k8s.io';

function defaultBinding(object: Tree): void {
  const role = ensureTree(object, 'roleRef');
  if (textAt(role, 'apiGroup') === '') role['apiGroup'] = rbac;
  for (const subject of treesAt(object, 'subjects'))
    if (subject['kind'] === 'User' || subject['kind'] === 'Group') setDefault(subject, 'apiGroup', rbac);
}

function defaultAutoscaler(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  setDefault(spec, 'minReplicas', 1);
  const target = { type: 'Utilization', averageUtilization: 80 };
  if (treesAt(spec, 'metrics').length === 0)
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  const behavior = treeAt(spec, 'behavior');
  if (behavior === undefined) return;
  const percent: Value = { type: 'Percent', value: 100, periodSeconds: 15 };
  const up = ensureTree(behavior, 'scaleUp');
  setDefault(up, 'stabilizationWindowSeconds', 0);
  setDefault(up, 'selectPolicy', 'Max');
  setDefault(up, 'policies', [{ type: 'Pods', value: 4, periodSeconds: 15 }, percent]);
  const down = ensureTree(behavior, 'scaleDown');
  setDefault(down, 'selectPolicy', 'Max');
  setDefault(down, 'policies', [percent]);
}

function defaultNetworkPolicy(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  const egress = treesAt(spec, 'egress');
  setDefault(spec, 'policyTypes', egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
  for (const rule of [...treesAt(spec, 'ingress'), ...egress])
    for (const port of treesAt(rule, 'ports')) setDefault(port, 'protocol', 'TCP');
}

function defaultWebhooks(object: Tree): void {
  for (const hook of treesAt(object, 'webhooks')) {
    setDefault(hook, 'failurePolicy', 'Fail');
    setDefault(hook, 'matchPolicy', 'Equivalent');
    setDefault(hook, 'namespaceSelector', {});
    setDefault(hook, 'objectSelector', {});
    setDefault(hook, 'timeoutSeconds', 10);
    if (object['kind'] === 'MutatingWebhookConfiguration') setDefault(hook, 'reinvocationPolicy', 'Never');
    for (const rule of treesAt(hook, 'rules')) setDefault(rule, 'scope', '*');
    const service = treeAt(hook, 'clientConfig', 'service');
    if (service !== undefined) setDefault(service, 'port', 443);
  }
}

function defaultAdmissionPolicy(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  if (object['kind'] === 'ValidatingAdmissionPolicy') setDefault(spec, 'failurePolicy', 'Fail');
  const match = treeAt(spec, object['kind'] === 'ValidatingAdmissionPolicy' ? 'matchConstraints' : 'matchResources');
  if (match === undefined) return;
  setDefault(match, 'matchPolicy', 'Equivalent');
  setDefault(match, 'namespaceSelector', {});
  setDefault(match, 'objectSelector', {});
  for (const rule of [...treesAt(match, 'resourceRules'), ...treesAt(match, 'excludeResourceRules')])
    setDefault(rule, 'scope', '*');
}

function defaultCustomResourceDefinition(object: Tree): void {
  const spec = ensureTree(object, 'spec');
  const names = ensureTree(spec, 'names');
  const kind = textAt(names, 'kind');
  if (textAt(names, 'singular') === '') names['singular'] = kind.toLowerCase();
  if (textAt(names, 'listKind') === '' && kind !== '') names['listKind'] = `${kind}List`;
  setDefault(spec, 'conversion', { strategy: 'None' });
}

function defaultNamespace(object: Tree): void {
  const metadata = ensureTree(object, 'metadata');
  if (textAt(metadata, 'name') !== '')
    ensureTree(metadata, 'labels')['kubernetes.io/metadata.name'] = textAt(metadata, 'name');
  setDefault(ensureTree(object, 'status'), 'phase', 'Active');
}

const defaulters: Readonly<Record<string, Defaulter>> = {
  '/Namespace': defaultNamespace,
  '/Secret': defaultSecret,
  '/Service': defaultService,
  '/LimitRange': defaultLimitRange,
  '/PersistentVolumeClaim': defaultClaim,
  '/PersistentVolume': (object) => {
    const spec = ensureTree(object, 'spec');
    setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain');
    setDefault(spec, 'volumeMode', 'Filesystem');
    defaultVolumeSource(spec);
    setDefault(ensureTree(object, 'status'), 'phase', 'Pending');
  },
  '/Pod': (object) => {
    const spec = ensureTree(object, 'spec');
    defaultPodSpec(spec);
    defaultPod(spec);
  },
  'apps/Deployment': defaultDeployment,
  'apps/StatefulSet': defaultStatefulSet,
  'apps/DaemonSet': defaultDaemonSet,
  'apps/ReplicaSet': (object) => {
    const spec = ensureTree(object, 'spec');
    defaultTemplate(spec);
    setDefault(spec, 'replicas', 1);
  },
  'batch/Job': defaultJob,
  'batch/CronJob': defaultCronJob,
  'rbac.authorization.k8s.io/RoleBinding': defaultBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': defaultBinding,
  'autoscaling/HorizontalPodAutoscaler': defaultAutoscaler,
  'networking.k8s.io/NetworkPolicy': defaultNetworkPolicy,
  'networking.k8s.io/IngressClass': (object) => {
    const parameters = treeAt(object, 'spec', 'parameters');
    if (isTree(parameters)) setDefault(parameters, 'scope', 'Cluster');
  },
  'storage.k8s.io/StorageClass': (object) => {
    setDefault(object, 'reclaimPolicy', 'Delete');
    setDefault(object, 'volumeBindingMode', 'Immediate');
  },
  'scheduling.k8s.io/PriorityClass': (object) => setDefault(object, 'preemptionPolicy', 'PreemptLowerPriority'),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': defaultWebhooks,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': defaultWebhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': defaultAdmissionPolicy,
  'apiextensions.k8s.io/CustomResourceDefinition': defaultCustomResourceDefinition,
  'apiregistration.k8s.io/APIService': (object) => {
    const service = treeAt(object, 'spec', 'service');
    if (service !== undefined) setDefault(service, 'port', 443);
  },
};
