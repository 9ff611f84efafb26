/** The line of a field, so that a finding about `spec.replcas` points at it. Best effort: the nearest parent that is written down answers for the rest. */
import type { DesiredObject } from '../../domain/desired.ts';
import { decodeFile, type SourceFile } from './decode.ts';
import { defaultReadLimits } from './limits.ts';
import { type PositionNode, positionsOf } from './positions.ts';
import { type DocumentText, splitDocuments } from './split-documents.ts';

/**
 * Answers with the 1-based line of a field of the object that stands at `source`. Paths are those of the API server and of
 * plans alike: `spec.containers[0].image`, `spec.containers[checkout].image`, `spec.ports[80/TCP]`, `data[app.conf]`,
 * `metadata.annotations."example.com/a"`. An unknown file or object gives the line of `source`. Keep the function for all
 * questions about the same files: it remembers where their documents are.
 */
export function fieldLocator(
  files: readonly SourceFile[],
): (source: DesiredObject['source'], fieldPath: string) => number {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const documentsOf = new Map<string, readonly DocumentText[]>();
  let last: { readonly document: DocumentText; readonly roots: readonly PositionNode[] } | undefined;

  return (source, fieldPath) => {
    const documents = documentsOf.get(source.file) ?? documentsIn(byPath.get(source.file));
    documentsOf.set(source.file, documents);
    const document = documentAt(documents, source.line);
    if (document === undefined) {
      return source.line;
    }
    if (last?.document !== document) {
      last = { document, roots: positionsOf(document.text, defaultReadLimits.depth) };
    }
    const line = source.line - document.firstLine + 1;
    const object = last.roots.map((root) => nodeAtLine(root, line)).find((node) => node !== undefined);
    return object === undefined ? source.line : document.firstLine - 1 + lineOfPath(object, fieldPath);
  };
}

function documentsIn(file: SourceFile | undefined): readonly DocumentText[] {
  const decoded = file === undefined ? undefined : decodeFile(file, { fileBytes: file.bytes.length });
  return decoded !== undefined && 'text' in decoded ? [...splitDocuments(decoded.text)] : [];
}

/** The last document that begins at or before a line. */
function documentAt(documents: readonly DocumentText[], line: number): DocumentText | undefined {
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((documents[middle]?.firstLine ?? 0) <= line) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return documents[low - 1];
}

/** The line of the deepest node along the path that exists. */
export function lineOfPath(root: PositionNode, fieldPath: string): number {
  let node = root;
  for (const step of stepsOf(fieldPath)) {
    const next = childOf(node, step);
    if (next === undefined) {
      break;
    }
    node = next;
  }
  return node.line;
}

/** `spec.containers[0]."a.b"` → `spec`, `containers`, `0`, `a.b`. */
function stepsOf(fieldPath: string): readonly string[] {
  const pattern = /"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|[^.[\]"]+/g;
  return [...fieldPath.matchAll(pattern)].map((match) => match[1]?.replaceAll(/\\(.)/g, '$1') ?? match[2] ?? match[0]);
}

function childOf(node: PositionNode, step: string): PositionNode | undefined {
  if (node.items === undefined) {
    return node.fields?.get(step);
  }
  const byKey = node.items.find((item) => hasMergeKey(item, step));
  return byKey ?? (/^\d{1,6}$/.test(step) ? node.items[Number(step)] : undefined);
}

/** Whether an item is the one a merge key names: a scalar field, or the parts of `80/TCP`, hold it. */
function hasMergeKey(item: PositionNode, key: string): boolean {
  if (item.fields === undefined) {
    return false;
  }
  const name = item.fields.get('name')?.text;
  if (name !== undefined) {
    return name === key;
  }
  const values = [...item.fields.values()].flatMap((field) => (field.text === undefined ? [] : [field.text]));
  const [first = '', ...others] = key.split('/');
  // A service port may leave its protocol out, which means TCP.
  return (
    values.includes(key) ||
    (others.length > 0 && values.includes(first) && others.every((part) => part === 'TCP' || values.includes(part)))
  );
}

/** The root, or the item of a List, that begins at this line. */
function nodeAtLine(root: PositionNode, line: number): PositionNode | undefined {
  if (root.line === line) {
    return root;
  }
  for (const item of root.fields?.get('items')?.items ?? []) {
    const found = nodeAtLine(item, line);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
