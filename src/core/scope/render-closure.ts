/**
 * Which files of a tree rendering an environment can read. Pure: where the content of a kustomization is needed, the step says which blobs
 * and the flow reads them. The same function over the base tree and over the merged tree tells whether a pull request touches an environment.
 */
import type { RenderKind } from '../../domain/environment.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Sha } from '../../domain/forge.ts';
import { mentionsIn } from './kustomization-mentions.ts';
import { plainClosure } from './plain-closure.ts';
import { refusedLink } from './refused-links.ts';
import { resolvePath } from './resolve-path.ts';
import { byCodeUnit, type ClosureEntry, entriesBelow, isDirectory, linkOn, type TreeIndex } from './tree-index.ts';

export interface Closure {
  /** Sorted by path; regular files only. */
  readonly files: readonly ClosureEntry[];
  readonly findings: readonly Finding[];
  /** Manifest-like files left out because a part of their path begins with a dot. */
  readonly ignored: readonly string[];
}

/** What a blob turned out to be; the Git port's answer fits. */
export type BlobContent =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large'; readonly size: number };

/** Where a closure stands between two steps. */
export interface ClosureState {
  readonly tree: TreeIndex;
  /** Included so far, by path. */
  readonly files: ReadonlyMap<string, ClosureEntry>;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly ignored: readonly string[];
  /** Files already read or waiting, by path and directory. */
  readonly seen: ReadonlySet<string>;
  readonly waiting: readonly Reading[];
}

/** A file whose content says more; paths in it are relative to `directory`. */
interface Reading {
  readonly entry: ClosureEntry;
  readonly directory: string;
}

export type ClosureStep =
  | { readonly kind: 'need'; readonly blobs: readonly Sha[]; readonly state: ClosureState }
  | { readonly kind: 'done'; readonly closure: Closure };

/** Begins for one environment; `path` as in its spec ('.' is the root). */
export function startClosure(tree: TreeIndex, path: string, render: RenderKind): ClosureState {
  const walk = beginWalk({ tree, files: new Map(), findings: new Map(), ignored: [], seen: new Set(), waiting: [] });
  const root = resolvePath('', path);
  const problem = rootProblem(tree, root, path);
  if (root === undefined || problem !== undefined) {
    return { ...walk.state(), findings: new Map(problem === undefined ? [] : [[path, problem]]) };
  }
  if (render === 'plain') {
    const { files, findings, ignored } = plainClosure(tree, root);
    return {
      ...walk.state(),
      files: new Map(files.map((file) => [file.path, file])),
      findings: new Map(findings.map((finding) => [finding.file ?? '', finding])),
      ignored,
    };
  }
  for (const entry of entriesBelow(tree, root)) {
    // A link nobody names is never read.
    if (entry.mode === 'file' || entry.mode === 'executable') walk.include(entry);
  }
  walk.enter(root);
  return walk.state();
}

/**
 * One step. `contents` holds what earlier steps asked for (more does no harm). Ask again with the returned state until it is done; it ends,
 * for every file of the tree is read at most once for each directory that names it.
 */
export function closureStep(state: ClosureState, contents: ReadonlyMap<Sha, BlobContent>): ClosureStep {
  const walk = beginWalk(state);
  const missing: Reading[] = [];
  for (let reading = walk.waiting.pop(); reading !== undefined; reading = walk.waiting.pop()) {
    const content = contents.get(reading.entry.blob);
    if (content === undefined) missing.push(reading);
    else walk.follow(reading, content);
  }
  if (missing.length > 0) {
    const blobs = [...new Set(missing.map((reading) => reading.entry.blob))];
    return { kind: 'need', blobs, state: { ...walk.state(), waiting: missing } };
  }
  const { files, findings, ignored } = walk.state();
  const sorted = [...files.values()].sort((a, b) => byCodeUnit(a.path, b.path));
  return { kind: 'done', closure: { files: sorted, findings: [...findings.values()], ignored } };
}

/** The largest seen in public repositories are under 100 kB. */
const maxKustomizationBytes = 1024 * 1024;
const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

interface Walk {
  readonly waiting: Reading[];
  /** Takes a regular file in; refuses a link. */
  readonly include: (entry: ClosureEntry) => void;
  /** Takes a directory for a kustomization root. */
  readonly enter: (directory: string) => void;
  /** Follows what a file mentions. */
  readonly follow: (reading: Reading, content: BlobContent) => void;
  readonly state: () => ClosureState;
}

/** A copy of the state to work on; the state given stays as it is. */
function beginWalk(from: ClosureState): Walk {
  const { tree, ignored } = from;
  const files = new Map(from.files);
  const findings = new Map(from.findings);
  const seen = new Set(from.seen);
  const waiting = [...from.waiting];

  function include(entry: ClosureEntry): void {
    const link = linkOn(tree, entry.path);
    if (link === undefined) files.set(entry.path, entry);
    else findings.set(link.path, refusedLink(link));
  }

  function queue(reading: Reading): void {
    const key = `${reading.entry.path}\0${reading.directory}`;
    if (seen.has(key) || !files.has(reading.entry.path)) return;
    seen.add(key);
    waiting.push(reading);
  }

  function enter(directory: string): void {
    for (const name of kustomizationNames) {
      const entry = tree.byPath.get(directory === '' ? name : `${directory}/${name}`);
      if (entry === undefined) continue;
      include(entry);
      queue({ entry, directory });
    }
  }

  function follow(reading: Reading, content: BlobContent): void {
    const size = content.kind === 'too-large' ? content.size : content.bytes.length;
    if (content.kind === 'too-large' || size > maxKustomizationBytes) {
      findings.set(reading.entry.path, tooLarge(reading.entry, size));
      return;
    }
    for (const mention of mentionsIn(content.bytes)) {
      const path = resolvePath(reading.directory, mention.path);
      if (path === undefined) continue;
      const entry = linkOn(tree, path) ?? tree.byPath.get(path);
      if (entry === undefined) {
        if (isDirectory(tree, path)) enter(path);
        continue;
      }
      include(entry);
      if (mention.plugin) queue({ entry, directory: reading.directory });
    }
  }

  return { waiting, include, enter, follow, state: () => ({ tree, files, findings, ignored, seen, waiting }) };
}

function rootProblem(tree: TreeIndex, root: string | undefined, path: string): Finding | undefined {
  const link = root === undefined ? undefined : linkOn(tree, root);
  if (link !== undefined) return refusedLink(link);
  if (root !== undefined && isDirectory(tree, root)) return undefined;
  return {
    code: 'path-not-found',
    severity: 'error',
    file: path,
    detail:
      root !== undefined && tree.byPath.has(root)
        ? `${path} is a file, not a directory`
        : `there is no directory ${path} in the repository`,
    // A moved directory looks the same as one that is to go: only the second is kept, empty.
    fix: `Correct \`path\` in \`.fairlead.yaml\`; or, to delete everything that was deployed from it, keep the directory with an empty file such as ${path}/.gitkeep.`,
  };
}

function tooLarge(entry: ClosureEntry, size: number): Finding {
  return {
    code: 'file-too-large',
    severity: 'error',
    file: entry.path,
    detail: `${entry.path} holds ${size} bytes; a kustomization may hold ${maxKustomizationBytes}`,
  };
}
