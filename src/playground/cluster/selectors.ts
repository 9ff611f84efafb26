/** Label and field selectors of LIST, WATCH and workloads. */
import { badRequest } from './api-error.ts';
import { listAt, stringsAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

export type Labels = Readonly<Record<string, string>>;
export type Predicate = (object: Tree) => boolean;

export function labelsOf(object: Tree): Labels {
  return stringsAt(treeAt(object, 'metadata'), 'labels');
}

/** A LabelSelector object (matchLabels, matchExpressions); an empty one matches everything. */
export function matchesSelector(selector: Tree, labels: Labels): boolean {
  const plain = Object.entries(stringsAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value);
  return (
    plain &&
    treesAt(selector, 'matchExpressions').every((expression) => {
      const has = labels[textAt(expression, 'key')];
      const values = listAt(expression, 'values');
      switch (textAt(expression, 'operator')) {
        case 'In':
          return has !== undefined && values.includes(has);
        case 'NotIn':
          return has === undefined || !values.includes(has);
        case 'Exists':
          return has !== undefined;
        case 'DoesNotExist':
          return has === undefined;
        default:
          return false;
      }
    })
  );
}

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`. Throws 400. */
export function parseLabelSelector(text: string): Predicate {
  const parts = text.trim() === '' ? [] : text.split(/,(?![^(]*\))/);
  const checks = parts.map((part) => parseRequirement(part.trim()));
  return (object) => checks.every((check) => check(labelsOf(object)));
}

function parseRequirement(part: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*(?:\(([^)]*)\))?$/.exec(part);
  if (set !== null) {
    const [, key = '', operator, list] = set;
    if (list === undefined) throw badRequest("unable to parse requirement: found '' expected: '('");
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.includes(labels[key])
      : (labels) => labels[key] === undefined || !values.includes(labels[key]);
  }
  const equal = /^([^=!\s]+)\s*(==|=|!=)\s*([^=\s]*)$/.exec(part);
  if (equal !== null) {
    const [, key = '', operator, value = ''] = equal;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)([\w./-]+)$/.exec(part);
  if (exists === null) throw badRequest(`unable to parse requirement: found '${part}', expected: an identifier`);
  const [, not, key = ''] = exists;
  return not === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
}

const extraFields: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec.nodeName', 'status.phase', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.podIP'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  events: [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
};

/** `metadata.name=x,status.phase!=Running`; only the fields the server knows for the kind. Throws 400. */
export function parseFieldSelector(text: string, plural: string): Predicate {
  const checks = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
      if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
      const [, field = '', operator, value = ''] = match;
      const known = ['metadata.name', 'metadata.namespace', ...(extraFields[plural] ?? [])];
      if (!known.includes(field))
        throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
      const path = field.split('.');
      return (object: Tree) => {
        const holder = treeAt(object, ...path.slice(0, -1)) ?? object;
        return (textAt(holder, path.at(-1) ?? '') === value) === (operator !== '!=');
      };
    });
  return (object) => checks.every((check) => check(object));
}
