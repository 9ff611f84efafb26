/** Warning headers: deprecated kinds and versions, and manifests that are accepted but hardly meant. */
import { apiVersionOf, type Resource } from './registry.ts';
import { stringsAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

/** Said on every request for the kind. */
export function kindWarnings(resource: Resource): readonly string[] {
  if (resource.group === '' && resource.kind === 'Endpoints')
    return ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'];
  if (resource.custom?.deprecated === undefined) return [];
  return [resource.custom.deprecated || `${apiVersionOf(resource)} ${resource.kind} is deprecated`];
}

/** Said when the object is created or changed. */
export function objectWarnings(resource: Resource, object: Tree): readonly string[] {
  const annotations = stringsAt(treeAt(object, 'metadata'), 'annotations');
  const out: string[] = [];
  if (resource.kind === 'Ingress' && annotations['kubernetes.io/ingress.class'] !== undefined)
    out.push(`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`);
  const [path, pod] = podOf(resource, object);
  for (const key of Object.keys(stringsAt(pod, 'nodeSelector')).toSorted())
    if (renamedNodeLabels[key] !== undefined) out.push(`${path}.nodeSelector[${key}]: ${renamedNodeLabels[key]}`);
  for (const list of ['initContainers', 'containers'])
    for (const [index, container] of treesAt(pod, list).entries()) {
      const names = treesAt(container, 'env').map((variable) => textAt(variable, 'name'));
      for (const [at, name] of names.entries())
        if (names.indexOf(name) < at)
          out.push(
            `${path}.${list}[${index}].env[${at}]: hides previous definition of "${name}", which may be dropped when using apply`,
          );
    }
  return out;
}

const renamedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

function podOf(resource: Resource, object: Tree): readonly [string, Tree | undefined] {
  const spec = treeAt(object, 'spec');
  if (resource.kind === 'Pod') return ['spec', spec];
  if (resource.kind === 'CronJob')
    return ['spec.jobTemplate.spec.template.spec', treeAt(spec, 'jobTemplate', 'spec', 'template', 'spec')];
  return ['spec.template.spec', resource.custom === undefined ? treeAt(spec, 'template', 'spec') : undefined];
}
