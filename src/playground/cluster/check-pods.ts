/** Checks of pods and pod templates: the mistakes people make in manifests, with the server's words. */
import type { FieldError } from './api-error.ts';
import { checkDnsLabel, checkLabels, invalidValue, required, unsupported } from './check-meta.ts';
import { parseQuantity } from './quantity.ts';
import { matchesSelector } from './selectors.ts';
import { numberAt, stringsAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

/** A workload's template: labels against the selector, and the pod in it. */
export function checkTemplate(
  spec: Tree | undefined,
  path: string,
  rule: { readonly selector: boolean; readonly restart: 'Always' | 'never-always' },
): readonly FieldError[] {
  const template = treeAt(spec, 'template');
  const labels = stringsAt(treeAt(template, 'metadata'), 'labels');
  const errors: FieldError[] = [];
  const selector = treeAt(spec, 'selector');
  if (rule.selector && (selector === undefined || !matchesSelector(selector, labels)))
    errors.push(
      invalidValue(
        `${path}.template.metadata.labels`,
        Object.keys(labels).length === 0 ? null : labels,
        '`selector` does not match template `labels`',
      ),
    );
  errors.push(...checkLabels(treeAt(template, 'metadata'), `${path}.template`));
  const pod = treeAt(template, 'spec');
  errors.push(...checkPodSpec(pod, `${path}.template.spec`));
  const restart = textAt(pod, 'restartPolicy');
  const field = `${path}.template.spec.restartPolicy`;
  if (rule.restart === 'Always' && restart !== 'Always') errors.push(unsupported(field, restart, ['Always']));
  if (rule.restart === 'never-always' && restart === 'Always')
    errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  return errors;
}

export function checkPodSpec(spec: Tree | undefined, path: string): readonly FieldError[] {
  const volumes = treesAt(spec, 'volumes').map((volume) => textAt(volume, 'name'));
  const errors: FieldError[] = [];
  for (const [index, name] of volumes.entries()) {
    const field = `${path}.volumes[${index}].name`;
    if (name === '') errors.push(required(field));
    else errors.push(...checkDnsLabel(field, name));
    if (volumes.indexOf(name) < index)
      errors.push({ reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(name)}` });
  }
  const claims = treesAt(spec, 'volumeClaimTemplates').map((claim) => textAt(treeAt(claim, 'metadata'), 'name'));
  const known = new Set([...volumes, ...claims]);
  const containers = treesAt(spec, 'containers');
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  for (const [index, container] of containers.entries())
    errors.push(...checkContainer(container, `${path}.containers[${index}]`, known));
  for (const [index, container] of treesAt(spec, 'initContainers').entries())
    errors.push(...checkContainer(container, `${path}.initContainers[${index}]`, known));
  return errors;
}

function checkContainer(container: Tree, path: string, volumes: ReadonlySet<string>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const name = textAt(container, 'name');
  if (name === '') errors.push(required(`${path}.name`));
  else errors.push(...checkDnsLabel(`${path}.name`, name));
  const image = textAt(container, 'image');
  if (image === '') errors.push(required(`${path}.image`));
  else if (image !== image.trim())
    errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  const pull = textAt(container, 'imagePullPolicy');
  if (!['Always', 'IfNotPresent', 'Never'].includes(pull))
    errors.push(unsupported(`${path}.imagePullPolicy`, pull, ['Always', 'IfNotPresent', 'Never']));
  for (const [index, port] of treesAt(container, 'ports').entries()) {
    const number = numberAt(port, 'containerPort');
    const field = `${path}.ports[${index}].containerPort`;
    if (number === 0) errors.push(required(field));
    else if (number < 1 || number > 65535)
      errors.push(invalidValue(field, number, 'must be between 1 and 65535, inclusive'));
    const protocol = textAt(port, 'protocol');
    if (!['SCTP', 'TCP', 'UDP'].includes(protocol))
      errors.push(unsupported(`${path}.ports[${index}].protocol`, protocol, ['SCTP', 'TCP', 'UDP']));
  }
  for (const [index, variable] of treesAt(container, 'env').entries()) {
    if (textAt(variable, 'name') === '') errors.push(required(`${path}.env[${index}].name`));
    if (textAt(variable, 'value') !== '' && variable['valueFrom'] !== undefined)
      errors.push(
        invalidValue(`${path}.env[${index}].valueFrom`, '', 'may not be specified when `value` is not empty'),
      );
  }
  for (const [index, mount] of treesAt(container, 'volumeMounts').entries()) {
    const wanted = textAt(mount, 'name');
    const field = `${path}.volumeMounts[${index}].name`;
    if (wanted === '') errors.push(required(field));
    else if (!volumes.has(wanted))
      errors.push({ reason: 'FieldValueNotFound', field, message: `Not found: ${JSON.stringify(wanted)}` });
    if (textAt(mount, 'mountPath') === '') errors.push(required(`${path}.volumeMounts[${index}].mountPath`));
  }
  return [...errors, ...checkResources(container, path)];
}

function checkResources(container: Tree, path: string): readonly FieldError[] {
  const limits = stringsAt(treeAt(container, 'resources'), 'limits');
  return Object.entries(stringsAt(treeAt(container, 'resources'), 'requests')).flatMap(([name, request]) => {
    const limit = limits[name];
    const asked = parseQuantity(request)?.nanos ?? 0n;
    const most = limit === undefined ? undefined : parseQuantity(limit)?.nanos;
    if (most === undefined || asked <= most) return [];
    return [
      invalidValue(
        `${path}.resources.requests`,
        request,
        `must be less than or equal to ${name} limit of ${limit ?? ''}`,
      ),
    ];
  });
}
