/** Checks of names, labels and annotations, with the server's words. Also the small makers of field errors the other checks use. */
import type { FieldError } from './api-error.ts';
import type { Resource } from './registry.ts';
import { stringsAt, textAt, treeAt, type Tree, type Value } from './value.ts';

export function required(field: string, why = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: why === '' ? 'Required value' : `Required value: ${why}` };
}

export function invalidValue(field: string, value: Value | undefined, why: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}` };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}

export function unsupported(field: string, value: string, allowed: readonly string[]): FieldError {
  const list = allowed.map((option) => JSON.stringify(option)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const qualifiedText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const keyText = `a valid label key ${qualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
const valueText = `a valid label must be an empty string or ${qualifiedText.replace('must consist', 'consist').replace("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'", "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'").replace("(e.g. 'MyName',  or 'my.name',  or '123-abc'", "(e.g. 'MyValue',  or 'my_value',  or '12345'")}`;

const byLabel = new Set(['Namespace', 'Service']);
const byPath = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);

export function checkDnsLabel(field: string, name: string): readonly FieldError[] {
  if (name.length > 63) return [invalidValue(field, name, 'must be no more than 63 bytes')];
  return label.test(name) ? [] : [invalidValue(field, name, labelText)];
}

export function checkMeta(resource: Resource, object: Tree): readonly FieldError[] {
  const metadata = treeAt(object, 'metadata');
  const name = textAt(metadata, 'name');
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  return [...checkName(resource.kind, name), ...checkLabels(metadata, 'metadata'), ...checkAnnotations(metadata)];
}

function checkName(kind: string, name: string): readonly FieldError[] {
  const field = 'metadata.name';
  if (byPath.has(kind)) return /[/%]/.test(name) ? [invalidValue(field, name, "may not contain '/'")] : [];
  if (byLabel.has(kind)) return checkDnsLabel(field, name);
  if (name.length > 253) return [invalidValue(field, name, 'must be no more than 253 bytes')];
  return subdomain.test(name) ? [] : [invalidValue(field, name, subdomainText)];
}

/** Labels under `path` (`metadata`, `spec.template`): keys with an optional prefix, values of at most 63 characters. */
export function checkLabels(metadata: Tree | undefined, path: string): readonly FieldError[] {
  return Object.entries(stringsAt(metadata, 'labels')).flatMap(([key, value]) => {
    const field = `${path}.labels`;
    const errors = checkKey(field, key);
    if (value.length > 63) return [...errors, invalidValue(field, value, 'must be no more than 63 bytes')];
    return value === '' || qualified.test(value) ? errors : [...errors, invalidValue(field, value, valueText)];
  });
}

function checkAnnotations(metadata: Tree | undefined): readonly FieldError[] {
  const annotations = stringsAt(metadata, 'annotations');
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + key.length + Buffer.byteLength(value),
    0,
  );
  const errors = Object.keys(annotations).flatMap((key) => checkKey('metadata.annotations', key.toLowerCase()));
  if (size <= 262_144) return errors;
  return [
    ...errors,
    {
      reason: 'FieldValueTooLong',
      field: 'metadata.annotations',
      message: 'Too long: may not be more than 262144 bytes',
    },
  ];
}

function checkKey(field: string, key: string): readonly FieldError[] {
  const parts = key.split('/');
  if (parts.length > 2) return [invalidValue(field, key, keyText)];
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, key];
  if (prefix === '') return [invalidValue(field, key, 'prefix part must be non-empty')];
  if (prefix !== undefined && !subdomain.test(prefix))
    return [invalidValue(field, key, `prefix part ${subdomainText}`)];
  if (name === '')
    return [
      invalidValue(field, key, 'name part must be non-empty'),
      invalidValue(field, key, `name part ${qualifiedText}`),
    ];
  if (name.length > 63) return [invalidValue(field, key, 'name part must be no more than 63 bytes')];
  return qualified.test(name) ? [] : [invalidValue(field, key, `name part ${qualifiedText}`)];
}
