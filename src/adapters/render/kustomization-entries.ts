/** Which texts of a kustomization are places kustomize loads from, and which of its fields run programs. */
import { isJsonObject } from '../../domain/json.ts';

export interface PathEntry {
  /** Lower-case name of the field it stands under. */
  readonly field: string;
  /** The place itself: of `key=path`, the path. */
  readonly text: string;
  /** As it stands in the file. */
  readonly written: string;
}

/** Fields whose texts, or lists of texts, are places. Anything else that is loaded stands in a `path` below some other field. */
const placeFields = new Set([
  'resources',
  'bases',
  'components',
  'crds',
  'configurations',
  'generators',
  'transformers',
  'validators',
  'patches',
  'patchesstrategicmerge',
  'path',
  'files',
  'envs',
  'env',
]);

/** Fields of free text, in which a URL is only a text. */
const textFields = new Set([
  'annotations',
  'commonannotations',
  'labels',
  'commonlabels',
  'images',
  'imagetags',
  'literals',
  'options',
  'generatoroptions',
  'pairs',
  'patch',
  'replicas',
  'target',
  'vars',
]);

/**
 * Collects the places in a kustomization or in a plugin's configuration. Names count in any case, as Go reads JSON: kustomize takes
 * `Resources` for `resources`.
 */
export function pathEntries(value: unknown, field = ''): readonly PathEntry[] {
  if (typeof value === 'string')
    return placeFields.has(field) ? [{ field, text: placeIn(field, value), written: value }] : [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => pathEntries(item, field));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const name = key.toLowerCase();
    return textFields.has(name) ? [] : pathEntries(below, name);
  });
}

/** `key=path` of generator files is the path. */
function placeIn(field: string, text: string): string {
  return field === 'files' ? text.slice(text.indexOf('=') + 1) : text;
}

/** The field that would run Helm, if there is one with something in it. */
export function helmField(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.keys(value).find((key) => key.toLowerCase().startsWith('helm') && value[key] !== null);
}

const functionAnnotations = ['config.kubernetes.io/function', 'config.k8s.io/function'];

/**
 * Says why a plugin's configuration is refused: it is a function (a program or a container), inflates a Helm chart, or is not built into
 * kustomize. Lists are looked into.
 */
export function pluginProblem(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'a plugin is not an object';
  if (Array.isArray(value['items'])) {
    for (const item of value['items'] as readonly unknown[]) {
      const problem = pluginProblem(item);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const kind = typeof value['kind'] === 'string' ? value['kind'] : '?';
  const metadata = value['metadata'];
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  if (isJsonObject(annotations) && functionAnnotations.some((name) => name in annotations)) {
    return `${kind} is a function, a program or container to run`;
  }
  if (/helm/iu.test(kind)) return `${kind} runs Helm`;
  return value['apiVersion'] === 'builtin' ? undefined : `${kind} is not built into kustomize`;
}
