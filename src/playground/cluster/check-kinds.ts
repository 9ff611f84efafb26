/** Checks by kind: required fields and what contradicts itself. What may not change is in check-changes.ts. */
import type { FieldError } from './api-error.ts';
import { checkMeta, checkDnsLabel, invalidValue, required, unsupported } from './check-meta.ts';
import { checkPodSpec, checkTemplate } from './check-pods.ts';
import type { Resource } from './registry.ts';
import { listAt, numberAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

type Check = (object: Tree, spec: Tree | undefined) => readonly FieldError[];

/** Errors of a built-in object as it would be stored. */
export function checkObject(resource: Resource, object: Tree): readonly FieldError[] {
  const check = checks[`${resource.group}/${resource.kind}`];
  return [...checkMeta(resource, object), ...(check?.(object, treeAt(object, 'spec')) ?? [])];
}

const workload =
  (kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet'): Check =>
  (_object, spec) => {
    const errors: FieldError[] = [];
    const replicas = numberAt(spec, 'replicas');
    if (replicas < 0) errors.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
    if (treeAt(spec, 'selector') === undefined && kind !== 'DaemonSet') errors.push(required('spec.selector'));
    const template = treeAt(spec, 'template');
    const claims = treesAt(spec, 'volumeClaimTemplates');
    const withClaims =
      claims.length === 0 || template === undefined
        ? spec
        : {
            ...spec,
            template: { ...template, spec: { ...treeAt(template, 'spec'), volumeClaimTemplates: [...claims] } },
          };
    return [...errors, ...checkTemplate(withClaims, 'spec', { selector: true, restart: 'Always' })];
  };

function checkConfig(object: Tree): readonly FieldError[] {
  const keys = [...Object.keys(treeAt(object, 'data') ?? {}), ...Object.keys(treeAt(object, 'binaryData') ?? {})];
  return keys
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key) || key.length > 253)
    .map((key) =>
      invalidValue(
        `data[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

function checkSecret(object: Tree): readonly FieldError[] {
  const needs: Readonly<Record<string, readonly string[]>> = {
    'kubernetes.io/tls': ['tls.crt', 'tls.key'],
    'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
    'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  };
  const missing = (needs[textAt(object, 'type')] ?? []).filter((key) => treeAt(object, 'data')?.[key] === undefined);
  return [...checkConfig(object), ...missing.map((key) => required(`data[${key}]`))];
}

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function checkService(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const type = textAt(spec, 'type');
  const ports = treesAt(spec, 'ports');
  const errors: FieldError[] = [];
  if (ports.length === 0 && type !== 'ExternalName' && textAt(spec, 'clusterIP') !== 'None')
    errors.push(required('spec.ports'));
  const range = 'must be between 1 and 65535, inclusive';
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    if (ports.length > 1 && textAt(port, 'name') === '') errors.push(required(`${path}.name`));
    else if (textAt(port, 'name') !== '') errors.push(...checkDnsLabel(`${path}.name`, textAt(port, 'name')));
    const number = numberAt(port, 'port');
    if (number < 1 || number > 65535) errors.push(invalidValue(`${path}.port`, number, range));
    const protocol = textAt(port, 'protocol');
    if (!['SCTP', 'TCP', 'UDP'].includes(protocol))
      errors.push(unsupported(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']));
    const target = port['targetPort'];
    if (typeof target === 'number' && (target < 1 || target > 65535))
      errors.push(invalidValue(`${path}.targetPort`, target, range));
  }
  if (!serviceTypes.includes(type)) errors.push(unsupported('spec.type', type, serviceTypes));
  if (type === 'ExternalName' && textAt(spec, 'externalName') === '') errors.push(required('spec.externalName'));
  return errors;
}

function checkClaim(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (listAt(spec, 'accessModes').length === 0)
    errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  if (treeAt(spec, 'resources', 'requests')?.['storage'] === undefined)
    errors.push(required('spec.resources[storage]'));
  return errors;
}

function checkRules(object: Tree): readonly FieldError[] {
  return treesAt(object, 'rules').flatMap((rule, index) => {
    const path = `rules[${index}]`;
    const errors: FieldError[] = [];
    if (listAt(rule, 'verbs').length === 0)
      errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
    if (listAt(rule, 'nonResourceURLs').length > 0) return errors;
    if (listAt(rule, 'apiGroups').length === 0)
      errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
    if (listAt(rule, 'resources').length === 0)
      errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

function checkBinding(object: Tree): readonly FieldError[] {
  const role = treeAt(object, 'roleRef');
  const kind = textAt(role, 'kind');
  const allowed = object['kind'] === 'ClusterRoleBinding' ? ['ClusterRole'] : ['ClusterRole', 'Role'];
  const errors: FieldError[] = allowed.includes(kind) ? [] : [unsupported('roleRef.kind', kind, allowed)];
  if (textAt(role, 'name') === '') errors.push(required('roleRef.name'));
  for (const [index, subject] of treesAt(object, 'subjects').entries())
    if (subject['kind'] === 'ServiceAccount' && textAt(subject, 'namespace') === '')
      errors.push(required(`subjects[${index}].namespace`));
  return errors;
}

function checkIngress(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const rules = treesAt(spec, 'rules');
  if (rules.length === 0 && treeAt(spec, 'defaultBackend') === undefined)
    return [invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified')];
  return rules.flatMap((rule, at) =>
    treesAt(treeAt(rule, 'http'), 'paths').flatMap((path, index) => {
      const field = `spec.rules[${at}].http.paths[${index}]`;
      return textAt(path, 'pathType') === '' ? [required(`${field}.pathType`, 'pathType must be specified')] : [];
    }),
  );
}

function checkAutoscaler(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  const most = numberAt(spec, 'maxReplicas');
  if (most < 1) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  if (most < numberAt(spec, 'minReplicas'))
    errors.push(invalidValue('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
  const target = treeAt(spec, 'scaleTargetRef');
  for (const key of ['kind', 'name'])
    if (textAt(target, key) === '') errors.push(required(`spec.scaleTargetRef.${key}`));
  if (textAt(target, 'apiVersion') === '')
    errors.push(invalidValue('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'));
  return errors;
}

function checkBudget(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  if (spec?.['minAvailable'] === undefined || spec['maxUnavailable'] === undefined) return [];
  return [
    invalidValue(
      'spec',
      {
        MinAvailable: spec['minAvailable'],
        Selector: spec['selector'] ?? null,
        MaxUnavailable: spec['maxUnavailable'],
        UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
      },
      'minAvailable and maxUnavailable cannot be both set',
    ),
  ];
}

function checkJob(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  return checkTemplate(spec, 'spec', { selector: false, restart: 'never-always' });
}

function checkCronJob(_object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const schedule = textAt(spec, 'schedule');
  const fields = schedule.trim().split(/\s+/);
  const errors: FieldError[] = [];
  if (schedule === '') errors.push(required('spec.schedule'));
  else if (!schedule.startsWith('@') && fields.length !== 5)
    errors.push(
      invalidValue(
        'spec.schedule',
        schedule,
        `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`,
      ),
    );
  const job = treeAt(spec, 'jobTemplate', 'spec');
  return [...errors, ...checkTemplate(job, 'spec.jobTemplate.spec', { selector: false, restart: 'never-always' })];
}

function checkDefinition(object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  const name = textAt(treeAt(object, 'metadata'), 'name');
  if (name !== `${textAt(treeAt(spec, 'names'), 'plural')}.${textAt(spec, 'group')}`)
    errors.push(invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  const versions = treesAt(spec, 'versions');
  for (const [index, version] of versions.entries())
    if (treeAt(version, 'schema', 'openAPIV3Schema') === undefined)
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
  if (versions.filter((version) => version['storage'] === true).length !== 1)
    errors.push(invalidValue('spec.versions', null, 'must have exactly one version marked as storage version'));
  return errors;
}

function checkApiService(object: Tree, spec: Tree | undefined): readonly FieldError[] {
  const name = textAt(treeAt(object, 'metadata'), 'name');
  const wanted = `${textAt(spec, 'version')}.${textAt(spec, 'group')}`;
  if (name === wanted) return [];
  return [invalidValue('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`)];
}

const checks: Readonly<Record<string, Check>> = {
  '/ConfigMap': checkConfig,
  '/Secret': checkSecret,
  '/Service': checkService,
  '/PersistentVolumeClaim': checkClaim,
  '/Pod': (_object, spec) => checkPodSpec(spec, 'spec'),
  'apps/Deployment': workload('Deployment'),
  'apps/StatefulSet': workload('StatefulSet'),
  'apps/DaemonSet': workload('DaemonSet'),
  'apps/ReplicaSet': workload('ReplicaSet'),
  'batch/Job': checkJob,
  'batch/CronJob': checkCronJob,
  'rbac.authorization.k8s.io/Role': checkRules,
  'rbac.authorization.k8s.io/ClusterRole': checkRules,
  'rbac.authorization.k8s.io/RoleBinding': checkBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': checkBinding,
  'networking.k8s.io/Ingress': checkIngress,
  'autoscaling/HorizontalPodAutoscaler': checkAutoscaler,
  'policy/PodDisruptionBudget': checkBudget,
  'apiextensions.k8s.io/CustomResourceDefinition': checkDefinition,
  'apiregistration.k8s.io/APIService': checkApiService,
};
