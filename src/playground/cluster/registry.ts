/** Which kinds are served: the built-in ones, those of established CustomResourceDefinitions, and groups whose API server does not answer. */
import { builtinResolve, builtinResources } from './type-table.ts';
import type { TypedSchema } from './schema.ts';
import { typeOfCustom } from './structural.ts';
import { listAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** `status`, `scale`. */
  readonly subresources: readonly string[];
  readonly schema: TypedSchema;
  /** The structural schema of a custom kind's version; absent for built-in kinds. */
  readonly custom?: {
    readonly openApi: Tree | undefined;
    /** Set for a deprecated version: its warning, '' for the usual words. */
    readonly deprecated: string | undefined;
  };
}

export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Where objects of a resource are stored, the same for all its versions. */
export function storageKey(resource: Pick<Resource, 'group' | 'plural'>): string {
  return `${resource.group}/${resource.plural}`;
}

const builtins: readonly Resource[] = builtinResources.map((packed) => ({
  group: packed.group,
  version: packed.version,
  plural: packed.plural,
  singular: packed.singular,
  kind: packed.kind,
  listKind: `${packed.kind}List`,
  namespaced: packed.namespaced,
  shortNames: packed.shortNames ?? [],
  categories: packed.categories ?? [],
  subresources: (packed.subresources ?? []).filter((name) => name === 'status' || name === 'scale'),
  schema: { root: { kind: 'ref', to: packed.type }, resolve: builtinResolve },
}));

export function builtin(group: string, kind: string): Resource {
  const found = builtins.find((resource) => resource.group === group && resource.kind === kind);
  if (found === undefined) throw new Error(`no built-in kind ${group}/${kind}`);
  return found;
}

/** What one established CustomResourceDefinition serves, newest version as the server orders them first. */
function resourcesOf(definition: Tree): readonly Resource[] {
  const spec = treeAt(definition, 'spec');
  const names = treeAt(spec, 'names');
  const strings = (key: string) => listAt(names, key).filter((item) => typeof item === 'string');
  return treesAt(spec, 'versions')
    .filter((version) => version['served'] === true)
    .map((version) => {
      const openApi = treeAt(version, 'schema', 'openAPIV3Schema');
      return {
        group: textAt(spec, 'group'),
        version: textAt(version, 'name'),
        plural: textAt(names, 'plural'),
        singular: textAt(names, 'singular'),
        kind: textAt(names, 'kind'),
        listKind: textAt(names, 'listKind'),
        namespaced: spec?.['scope'] === 'Namespaced',
        shortNames: strings('shortNames'),
        categories: strings('categories'),
        subresources: Object.keys(treeAt(version, 'subresources') ?? {}),
        schema: typeOfCustom(openApi),
        custom: {
          openApi,
          deprecated: version['deprecated'] === true ? textAt(version, 'deprecationWarning') : undefined,
        },
      };
    });
}

export interface Registry {
  all(): readonly Resource[];
  find(group: string, version: string, plural: string): Resource | undefined;
  /** Replaces what custom definitions serve. */
  setDefinitions(definitions: readonly Tree[]): void;
  /** `group/version` of aggregated groups without an answering server. */
  readonly broken: Set<string>;
}

export function createRegistry(): Registry {
  let custom: readonly Resource[] = [];
  const broken = new Set<string>();
  return {
    broken,
    all: () => [...builtins, ...custom],
    find: (group, version, plural) =>
      [...builtins, ...custom].find((r) => r.plural === plural && r.group === group && r.version === version),
    setDefinitions(definitions) {
      custom = definitions.flatMap(resourcesOf);
    },
  };
}
