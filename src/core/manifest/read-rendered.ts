/**
 * What kustomize printed → desired objects, with places in the files of the repository instead of the printed text.
 * Best effort: kustomize does not say where an object came from, so kind and name must tell.
 */
import type { DesiredObject } from '../../domain/desired.ts';
import type { Finding } from '../../domain/finding.ts';
import type { ObjectRef } from '../../domain/kubernetes.ts';
import { decodeFile, type SourceFile } from './decode.ts';
import { lineOfPath } from './field-line.ts';
import { defaultReadLimits, type ReadLimits } from './limits.ts';
import { positionsOf } from './positions.ts';
import { isKustomization } from './tool-files.ts';
import { isManifestFile, type ManifestReading, readManifests } from './read-manifests.ts';

/** Stands for the printed text while it is read; no finding keeps it. */
const renderedName = 'rendered.yaml';

/** Objects of one kind looked through for the longest matching name; more are not compared. */
const mostCandidates = 2_000;

type Place = DesiredObject['source'];

/**
 * `text` is the output of the build of `kustomization` (the path of the environment's kustomization file), `sources` are
 * the files the build could read. A finding about no particular object points at the kustomization.
 */
export function readRendered(
  text: string,
  sources: readonly SourceFile[],
  kustomization: string,
  limits: ReadLimits = defaultReadLimits,
): ManifestReading {
  const reading = readManifests([{ path: renderedName, bytes: new TextEncoder().encode(text) }], limits);
  const places = sourcePlaces(sources, kustomization, limits);
  return {
    objects: reading.objects.map((each) => ({
      object: each.object,
      source: places.placeOf({ kind: each.object.kind, name: each.object.metadata.name }),
    })),
    findings: reading.findings.map((finding) => relocated(finding, kustomization, places.placeOf)),
  };
}

function relocated(
  finding: Finding,
  kustomization: string,
  placeOf: (ref: Pick<ObjectRef, 'kind' | 'name'>) => Place,
): Finding {
  const { line: lineOfOutput, ...rest } = finding;
  if (finding.object !== undefined) {
    return { ...rest, ...placeOf(finding.object) };
  }
  const where = lineOfOutput === undefined ? '' : ` (line ${lineOfOutput} of what kustomize printed)`;
  return { ...rest, file: kustomization, line: 1, detail: `${finding.detail}${where}` };
}

interface Candidate {
  readonly name: string;
  readonly place: Place;
  /** Lines are not at hand; the number of top-level fields and the size of the spec tell an object from a patch of it. */
  readonly weight: number;
}

/** Finds the place of an object by kind and name: the same name, else the longest name that prefix, suffix and hash were put around. */
function sourcePlaces(sources: readonly SourceFile[], kustomization: string, limits: ReadLimits) {
  const byKind = new Map<string, Candidate[]>();
  const files = sources.filter((file) => isManifestFile(file.path) && !isKustomization(file.path));
  for (const { object, source } of readManifests(files, limits).objects) {
    const candidates = byKind.get(object.kind) ?? [];
    candidates.push({ name: object.metadata.name, place: source, weight: JSON.stringify(object).length });
    byKind.set(object.kind, candidates);
  }
  for (const [kind, candidates] of generators(sources, limits)) {
    byKind.set(kind, [...(byKind.get(kind) ?? []), ...candidates]);
  }
  const exact = new Map<string, Candidate>();
  for (const [kind, candidates] of byKind) {
    candidates.sort((one, other) => other.name.length - one.name.length || other.weight - one.weight);
    for (const candidate of candidates) {
      const key = `${kind}/${candidate.name}`;
      exact.set(key, exact.get(key) ?? candidate);
    }
  }
  const placeOf = ({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): Place =>
    (
      exact.get(`${kind}/${name}`) ??
      byKind
        .get(kind)
        ?.slice(0, mostCandidates)
        .find((each) => name.includes(each.name))
    )?.place ?? { file: kustomization, line: 1 };
  return { placeOf };
}

/** Entries of configMapGenerator and secretGenerator: objects that stand in no file of their own. */
function generators(
  sources: readonly SourceFile[],
  limits: ReadLimits,
): readonly (readonly [string, readonly Candidate[]])[] {
  return sources
    .filter((file) => isKustomization(file.path))
    .flatMap((file) => {
      const decoded = decodeFile(file, limits);
      const root = 'text' in decoded ? positionsOf(decoded.text, limits.depth)[0] : undefined;
      return generatorFields.map(([field, kind]) => {
        const entries = root?.fields?.get(field)?.items ?? [];
        const candidates = entries.flatMap((entry) => {
          const name = entry.fields?.get('name')?.text;
          return name === undefined
            ? []
            : [{ name, place: { file: file.path, line: lineOfPath(entry, 'name') }, weight: 0 }];
        });
        return [kind, candidates] as const;
      });
    });
}

const generatorFields = [
  ['configMapGenerator', 'ConfigMap'],
  ['secretGenerator', 'Secret'],
] as const;
