/** Files → desired objects and findings. The one way in from bytes of a repository to objects; nothing here asks a cluster. */
import type { DesiredObject } from '../../domain/desired.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Json } from '../../domain/json.ts';
import { checkObject, type ObjectFinding } from './check-object.ts';
import { composeDocuments, type DocumentProblem } from './compose.ts';
import { decodeFile, type SourceFile } from './decode.ts';
import { lineOfPath } from './field-line.ts';
import { defaultReadLimits, type ReadLimits } from './limits.ts';
import { listItems } from './list-items.ts';
import { repairBudget } from './parse-yaml.ts';
import { type PositionNode, positionsOf } from './positions.ts';
import { withoutToolFiles } from './tool-files.ts';
import { type DocumentText, isBlank, splitDocuments } from './split-documents.ts';

export interface ManifestReading {
  /** In the order of the files and of the documents in them. */
  readonly objects: readonly DesiredObject[];
  /** Any of severity `error` means that `objects` is not all there is. */
  readonly findings: readonly Finding[];
}

/** Whether a plain directory's file is read as a manifest: kubectl's three endings, and not our own settings. */
export function isManifestFile(path: string): boolean {
  return /\.(?:ya?ml|json)$/.test(path) && !/(?:^|\/)\.fairlead\.ya?ml$/.test(path);
}

/**
 * Reads every document of every file given. One bad document does not hide the others; a limit that is hit stops the
 * reading with a finding.
 */
export function readManifests(files: readonly SourceFile[], limits: ReadLimits = defaultReadLimits): ManifestReading {
  const reading: Reading = { objects: [], findings: [], documents: 0, limits, budget: repairBudget() };
  const total = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (total > limits.totalBytes) {
    const detail = `${total} bytes in ${files.length} files, the limit is ${limits.totalBytes}`;
    return {
      objects: [],
      findings: [{ code: 'file-too-large', severity: 'error', detail, fix: 'Split the environment.' }],
    };
  }
  const { manifests, findings } = withoutToolFiles(files);
  reading.findings.push(...findings);
  for (const file of manifests) {
    const decoded = decodeFile(file, limits);
    if (!('text' in decoded)) {
      reading.findings.push(decoded);
    } else if (!readFile(reading, file.path, decoded.text)) {
      break;
    }
  }
  return { objects: reading.objects, findings: reading.findings };
}

interface Reading {
  readonly objects: DesiredObject[];
  readonly findings: Finding[];
  documents: number;
  readonly limits: ReadLimits;
  readonly budget: ReturnType<typeof repairBudget>;
}

/** Nobody reads more, and they cost memory. */
const mostFindings = 1_000;

/** False when a limit was hit and reading must stop. */
function readFile(reading: Reading, file: string, text: string): boolean {
  for (const document of splitDocuments(text)) {
    if (isBlank(document.text)) {
      continue;
    }
    reading.documents++;
    const composition = composeDocuments(document.text, reading.limits, reading.budget);
    if (composition.kind === 'problem') {
      reading.findings.push(findingOf(composition.problem, file, document));
    } else {
      for (const [index, { value, line }] of composition.documents.entries()) {
        takeDocument(reading, { file, document, index, line: document.firstLine + line - 1 }, value);
      }
    }
    if (reading.findings.length > mostFindings) {
      const detail = `more than ${mostFindings} findings; what follows here is not read`;
      reading.findings.push({ code: 'not-an-object', severity: 'error', file, line: document.firstLine, detail });
      return false;
    }
    if (reading.documents > reading.limits.objects || reading.objects.length > reading.limits.objects) {
      reading.findings.push({
        code: 'too-many-objects',
        severity: 'error',
        file,
        line: document.firstLine,
        detail: `more than ${reading.limits.objects}`,
      });
      return false;
    }
  }
  return true;
}

interface Origin {
  readonly file: string;
  readonly document: DocumentText;
  /** Which document of the text. */
  readonly index: number;
  readonly line: number;
}

function takeDocument(reading: Reading, origin: Origin, value: Json): void {
  if (value === null) {
    return;
  }
  let positions: readonly PositionNode[] | undefined;
  const nodeOf = (at: readonly number[]): PositionNode | undefined => {
    positions ??= positionsOf(origin.document.text, reading.limits.depth);
    return at.reduce<PositionNode | undefined>(
      (node, index) => node?.fields?.get('items')?.items?.[index],
      positions[origin.index],
    );
  };
  const toFileLine = (line: number): number => origin.document.firstLine + line - 1;
  for (const { value: item, at } of listItems(value)) {
    if (reading.objects.length > reading.limits.objects || reading.findings.length > mostFindings) {
      return;
    }
    const node = at.length === 0 ? undefined : nodeOf(at);
    const line = node === undefined ? origin.line : toFileLine(node.line);
    const { object, findings } = checkObject(item, origin.document.text);
    if (object !== undefined) {
      reading.objects.push({ object, source: { file: origin.file, line } });
    }
    for (const finding of findings) {
      const root = nodeOf(at);
      reading.findings.push(
        placed(finding, origin.file, root === undefined ? line : toFileLine(lineOfPath(root, finding.path))),
      );
    }
  }
}

function placed(finding: ObjectFinding, file: string, line: number): Finding {
  const { path: _path, ...rest } = finding;
  return { ...rest, file, line };
}

function findingOf(problem: DocumentProblem, file: string, document: DocumentText): Finding {
  return {
    code: problem.code,
    severity: 'error',
    file,
    line: document.firstLine + problem.place.line - 1,
    detail: `${problem.message} (column ${problem.place.column})`,
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
  };
}
