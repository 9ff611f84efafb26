/** A tree of the repository → what an environment declares in it. Reads blobs by id; only files the render can read are ever read. */
import { fieldLocator } from '../core/manifest/field-line.ts';
import { readManifests, type ManifestReading } from '../core/manifest/read-manifests.ts';
import { readRendered } from '../core/manifest/read-rendered.ts';
import { inputDigest } from '../core/scope/input-digest.ts';
import { closureStep, startClosure, type BlobContent, type Closure } from '../core/scope/render-closure.ts';
import { indexTree, type TreeIndex } from '../core/scope/tree-index.ts';
import type { DesiredObject } from '../domain/desired.ts';
import type { Environment } from '../domain/environment.ts';
import type { Finding } from '../domain/finding.ts';
import type { RepositoryRef, Sha } from '../domain/forge.ts';
import type { Git, TreeEntry } from '../ports/git.ts';
import type { Renderer } from '../ports/renderer.ts';

/** A commit's tree, listed once and asked by every environment. */
export interface OpenTree {
  readonly repository: RepositoryRef;
  readonly tree: Sha;
  readonly entries: ReadonlyMap<string, TreeEntry>;
  readonly index: TreeIndex;
}

export interface Rendered {
  readonly objects: readonly DesiredObject[];
  readonly findings: readonly Finding[];
  /** The line of a field of an object declared here. */
  readonly lineOf: (source: DesiredObject['source'], field: string) => number;
}

interface EnvironmentInput {
  readonly closure: Closure;
  /** Equal digests = the render reads the same. */
  readonly digest: string;
}

const maxKustomizationBytes = 1_000_000;
const maxFileBytes = 10_000_000;
const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Throws when the tree has more entries than the adapter lists: a repository that large needs another way in. */
export async function openTree(git: Git, repository: RepositoryRef, tree: Sha): Promise<OpenTree> {
  const listing = await git.listTree(repository, tree);
  if (listing.kind === 'too-many') {
    throw new Error(`${repository.fullName} has more than ${listing.limit} files; Fairlead does not read so many`);
  }
  const entries = new Map(listing.entries.map((entry) => [entry.path, entry]));
  return { repository, tree, entries, index: indexTree(listing.entries) };
}

/** What the environment's render can read in this tree. */
export async function inputOf(git: Git, tree: OpenTree, environment: Environment): Promise<EnvironmentInput> {
  const contents = new Map<Sha, BlobContent>();
  let step = closureStep(startClosure(tree.index, environment.spec.path, environment.spec.render), contents);
  while (step.kind === 'need') {
    const blobs = await git.readBlobs(tree.repository, step.blobs, maxKustomizationBytes);
    for (const [sha, blob] of blobs) contents.set(sha, blob);
    step = closureStep(step.state, contents);
  }
  const { closure } = step;
  return { closure, digest: inputDigest(closure.files) };
}

/** Files that both trees have with the same content, of a plain environment: each file stands for itself there. */
export async function filesInCommon(
  git: Git,
  before: OpenTree,
  after: OpenTree,
  environment: Environment,
): Promise<ReadonlySet<string>> {
  if (environment.spec.render !== 'plain') return new Set();
  const [then, now] = await Promise.all([inputOf(git, before, environment), inputOf(git, after, environment)]);
  const blobs = new Map(then.closure.files.map(({ path, blob }) => [path, blob]));
  return new Set(now.closure.files.filter(({ path, blob }) => blobs.get(path) === blob).map(({ path }) => path));
}

export async function renderEnvironment(
  deps: { readonly git: Git; readonly renderer: Renderer },
  tree: OpenTree,
  environment: Environment,
  signal: AbortSignal,
  /** Files of a plain environment that need not be read: what they declare is known. */
  known: ReadonlySet<string> = new Set(),
): Promise<Rendered> {
  const { closure } = await inputOf(deps.git, tree, environment);
  const read =
    environment.spec.render === 'plain' ? closure.files.filter(({ path }) => !known.has(path)) : closure.files;
  const { files, findings } = await readFiles(deps.git, tree, { ...closure, files: read });
  if (environment.spec.render === 'plain') {
    return withFindings(readManifests(files), findings, files);
  }
  const nothing = (all: readonly Finding[]): Rendered => ({ objects: [], findings: all, lineOf: ({ line }) => line });
  if (findings.some(({ severity }) => severity === 'error')) return nothing(findings);
  const outcome = await deps.renderer.kustomize({ path: environment.spec.path, files }, signal);
  if (outcome.kind === 'failed') return nothing([...findings, outcome.finding]);
  return withFindings(readRendered(outcome.text, files, kustomizationOf(tree, environment)), findings, files);
}

function withFindings(
  reading: ManifestReading,
  findings: readonly Finding[],
  files: Parameters<typeof fieldLocator>[0],
): Rendered {
  return { objects: reading.objects, findings: [...findings, ...reading.findings], lineOf: fieldLocator(files) };
}

async function readFiles(
  git: Git,
  tree: OpenTree,
  closure: Closure,
): Promise<{
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly findings: readonly Finding[];
}> {
  const findings: Finding[] = [...closure.findings];
  const blobs = await git.readBlobs(
    tree.repository,
    closure.files.map(({ blob }) => blob),
    maxFileBytes,
  );
  const files = closure.files.flatMap(({ path, blob }) => {
    const content = blobs.get(blob);
    if (content?.kind === 'content') return [{ path, bytes: content.bytes }];
    const size = content === undefined ? 'it could not be read' : `${content.size} bytes, the limit is ${maxFileBytes}`;
    findings.push({ code: 'file-too-large', severity: 'error', file: path, line: 1, detail: size });
    return [];
  });
  return { files, findings };
}

function kustomizationOf(tree: OpenTree, environment: Environment): string {
  const directory = environment.spec.path === '.' ? '' : `${environment.spec.path}/`;
  const found = kustomizationNames.map((name) => `${directory}${name}`).find((path) => tree.entries.has(path));
  return found ?? `${directory}kustomization.yaml`;
}
