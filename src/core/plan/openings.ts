/** Where an object opens access: to the outside, to the node, or to everything in the cluster. In words, one for each opening. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { at } from '../../domain/json-path.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';

/** Groups that anybody, or anybody with a login, belongs to. */
const everybody = new Set([
  'system:anonymous',
  'system:unauthenticated',
  'system:authenticated',
  'system:serviceaccounts',
]);
/** Verbs by which a role can give itself more than it says (kubernetes.io/docs/concepts/security/rbac-good-practices). */
const selfEnlarging = ['escalate', 'bind', 'impersonate'];

export function openings(object: KubernetesObject): readonly string[] {
  switch (object.kind) {
    case 'Service':
      return service(object);
    case 'Role':
    case 'ClusterRole':
      return role(object);
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return binding(object);
    default: {
      const pod = podSpecOf(object);
      return isJsonObject(pod) ? podSpec(pod) : [];
    }
  }
}

function podSpecOf(object: KubernetesObject): Json | undefined {
  if (object.kind === 'Pod') return at(object, 'spec');
  if (object.kind === 'CronJob') return at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
  return at(object, 'spec', 'template', 'spec');
}

function service(object: KubernetesObject): readonly string[] {
  const type = at(object, 'spec', 'type');
  const external = listAt(object, 'spec', 'externalIPs').length > 0 ? ['Service with external addresses'] : [];
  return type === 'LoadBalancer' || type === 'NodePort' ? [`Service type ${type}`, ...external] : external;
}

function role(object: KubernetesObject): readonly string[] {
  const rules = listAt(object, 'rules');
  const has = (rule: Json, field: string, value: string) => listAt(rule, field).includes(value);
  const everything = rules.some((rule) => has(rule, 'verbs', '*') && has(rule, 'resources', '*'));
  const verbs = selfEnlarging.filter((verb) => rules.some((rule) => has(rule, 'verbs', verb)));
  return [
    ...(everything ? ['may do everything (every verb on every resource)'] : []),
    ...verbs.map((verb) => `may ${verb}, and so give itself more rights`),
  ];
}

function binding(object: KubernetesObject): readonly string[] {
  const admin = at(object, 'roleRef', 'name') === 'cluster-admin' ? ['binds cluster-admin'] : [];
  const names = listAt(object, 'subjects').map((subject) => at(subject, 'name'));
  const all = names.flatMap((name) =>
    typeof name === 'string' && everybody.has(name) ? [`gives rights to ${name}`] : [],
  );
  return [...admin, ...all];
}

function podSpec(pod: JsonObject): readonly string[] {
  const found: string[] = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod[field] === true);
  if (listAt(pod, 'volumes').some((volume) => at(volume, 'hostPath') !== undefined)) {
    found.push('mounts a path of the node');
  }
  for (const container of [...listAt(pod, 'initContainers'), ...listAt(pod, 'containers')]) {
    if (at(container, 'securityContext', 'privileged') === true) {
      const name = at(container, 'name');
      found.push(typeof name === 'string' ? `privileged container ${name}` : 'a privileged container');
    }
  }
  return found;
}

function listAt(value: Json, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
