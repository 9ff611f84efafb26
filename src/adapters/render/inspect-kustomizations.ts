/**
 * Looks at every kustomization a build would reach, before anything is run. A build may load nothing but files of the tree given and run
 * nothing at all; whatever else a kustomization asks for is refused here, by file and line (H54, H55, H56).
 */
import { posix } from 'node:path';
import type { Finding } from '../../domain/finding.ts';
import { isJsonObject } from '../../domain/json.ts';
import { helmField, type PathEntry, pathEntries, pluginProblem } from './kustomization-entries.ts';
import { readYaml, type ReadYaml } from './kustomization-yaml.ts';
import { isRemoteLocation } from './remote-location.ts';

/** The files of the tree by path, and every directory above them ('' is the root). */
export interface FileTree {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly directories: ReadonlySet<string>;
}

const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const pluginFields = new Set(['generators', 'transformers', 'validators']);
/** Fields whose entries may also be YAML written in place. */
const inlineFields = new Set([...pluginFields, 'patchesstrategicmerge', 'patches']);

/** A directory to enter as a kustomization, or a plugin's file to read. `plugins`: its resources are plugins themselves. */
interface Stop {
  readonly path: string;
  readonly plugins: boolean;
}

export interface Inspection {
  /** The first thing refused. */
  readonly refused: Finding | undefined;
  /** Every kustomization file reached, the environment's own first. */
  readonly kustomizations: readonly string[];
}

export function inspectKustomizations(tree: FileTree, directory: string): Inspection {
  const kustomizations: string[] = [];
  const seen = new Set<string>();
  const stops: Stop[] = [{ path: directory, plugins: false }];
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    const key = `${String(stop.plugins)} ${stop.path}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const name of kustomizationNames) {
      const file = join(stop.path, name);
      const bytes = tree.files.get(file);
      if (bytes === undefined) continue;
      kustomizations.push(file);
      const next = inspectFile({ tree, file, directory: stop.path, plugins: stop.plugins }, bytes);
      if ('code' in next) return { refused: next, kustomizations };
      stops.push(...next.stops);
    }
  }
  return { refused: undefined, kustomizations };
}

interface Place {
  readonly tree: FileTree;
  readonly file: string;
  /** What paths are relative to. */
  readonly directory: string;
  readonly plugins: boolean;
}

type Next = Finding | { readonly stops: readonly Stop[] };

function inspectFile(place: Place, bytes: Uint8Array): Next {
  const read = readYaml(bytes);
  if ('problem' in read) return refusal(place.file, 'render-failed', read.problem, read.line);
  const stops: Stop[] = [];
  for (const value of read.values) {
    const helm = helmField(value);
    if (helm !== undefined) {
      const fix = 'render the chart in the repository (helm template) and commit the result';
      return { ...refusal(place.file, 'render-plugin-refused', `${helm} runs Helm`, read.lineOf(helm)), fix };
    }
    for (const entry of isJsonObject(value) ? pathEntries(value) : []) {
      const next = inspectEntry(place, entry, read);
      if ('code' in next) return next;
      stops.push(...next.stops);
    }
  }
  return { stops };
}

function inspectEntry(place: Place, entry: PathEntry, read: ReadYaml): Next {
  const { tree, file } = place;
  const line = read.lineOf(entry.written);
  const path = resolve(place.directory, entry.text);
  const content = path === undefined ? undefined : tree.files.get(path);
  const plugin = pluginFields.has(entry.field) || (place.plugins && entry.field === 'resources');
  if (!entry.text.includes('\n') && isRemoteLocation(entry.text, content !== undefined)) {
    const fix = 'copy it into the repository and name it by its path';
    return { ...refusal(file, 'render-remote-base', `${entry.field}: ${entry.text}`, line), fix };
  }
  if (path !== undefined && content !== undefined) {
    return plugin ? inspectPlugin({ ...place, file: path }, content) : { stops: [] };
  }
  if (path !== undefined && tree.directories.has(path)) return { stops: [{ path, plugins: plugin || place.plugins }] };
  if (inlineFields.has(entry.field) && isInline(entry.text)) {
    return plugin ? inspectPlugin(place, Buffer.from(entry.text), line) : { stops: [] };
  }
  const detail =
    path === undefined
      ? `${entry.field}: ${entry.text} leads outside the repository`
      : `${entry.field}: ${entry.text} names ${path}, which is not in the repository`;
  return refusal(file, 'render-failed', detail, line);
}

/** A plugin's own configuration. Plugins built into kustomize load files too. */
function inspectPlugin(place: Place, bytes: Uint8Array, inlineLine?: number): Next {
  const read = readYaml(bytes);
  if ('problem' in read) return refusal(place.file, 'render-failed', read.problem, inlineLine ?? read.line);
  for (const value of read.values) {
    const problem = pluginProblem(value);
    if (problem !== undefined) {
      const fix = 'use what is built into kustomize, or commit the result';
      return { ...refusal(place.file, 'render-plugin-refused', problem, inlineLine), fix };
    }
    const remote = pathEntries(value).find((entry) => isRemoteLocation(entry.text, false));
    if (remote !== undefined) {
      const line = inlineLine ?? read.lineOf(remote.written);
      return refusal(place.file, 'render-remote-base', `${remote.field}: ${remote.text}`, line);
    }
  }
  return { stops: [] };
}

function isInline(text: string): boolean {
  const read = readYaml(Buffer.from(text));
  return 'problem' in read ? text.includes('\n') : read.values.some((value) => typeof value === 'object');
}

function refusal(file: string, code: Finding['code'], detail: string, line: number | undefined): Finding {
  return { code, severity: 'error', file, detail, ...(line === undefined ? {} : { line }) };
}

/** A path of the repository, '' for its root; nothing when it is absolute or leads out. */
function resolve(directory: string, relative: string): string | undefined {
  if (relative.startsWith('/')) return undefined;
  const path = posix.normalize(posix.join(directory, relative)).replace(/\/$/u, '');
  if (path === '..' || path.startsWith('../')) return undefined;
  return path === '.' ? '' : path;
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
