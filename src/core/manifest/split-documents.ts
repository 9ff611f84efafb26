/** Cuts a file into its YAML documents, so that one is parsed at a time: memory stays small and one broken document does not hide the rest. */

export interface DocumentText {
  readonly text: string;
  /** 1-based line of the file at which `text` begins. */
  readonly firstLine: number;
}

/**
 * Documents of a file, in order. A document begins at a line that is `---` or begins with `--- `, as kubectl's reader cuts;
 * directives (`%YAML 1.2`) stay with the document they introduce. The pieces together are the whole text.
 */
export function* splitDocuments(text: string): Generator<DocumentText> {
  let start = 0;
  let firstLine = 1;
  let line = 1;
  let lineStart = 0;
  while (lineStart <= text.length) {
    if (lineStart > start && isSeparator(text, lineStart) && !endsInDirectives(text.slice(start, lineStart))) {
      yield { text: text.slice(start, lineStart), firstLine };
      start = lineStart;
      firstLine = line;
    }
    const newline = text.indexOf('\n', lineStart);
    if (newline < 0) {
      break;
    }
    lineStart = newline + 1;
    line++;
  }
  yield { text: text.slice(start), firstLine };
}

function isSeparator(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== 45 || text.charCodeAt(at + 1) !== 45 || text.charCodeAt(at + 2) !== 45) {
    return false;
  }
  const next = text.charCodeAt(at + 3);
  return Number.isNaN(next) || next === 32 || next === 9 || next === 10 || next === 13;
}

/** Whether a piece holds nothing but comments, blank lines and at least one directive. */
function endsInDirectives(piece: string): boolean {
  let directives = 0;
  for (const line of linesOf(piece)) {
    if (line.startsWith('%')) {
      directives++;
    } else if (!isEmptyLine(line)) {
      return false;
    }
  }
  return directives > 0;
}

/** Whether a document holds nothing but comments, blank lines and document marks: not worth a parse. */
export function isBlank(text: string): boolean {
  for (const line of linesOf(text)) {
    const rest = line.startsWith('---') || line.startsWith('...') ? line.slice(3) : line;
    if (!isEmptyLine(rest)) {
      return false;
    }
  }
  return true;
}

function isEmptyLine(line: string): boolean {
  return /^[ \t\r]*(?:#|$)/.test(line);
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}
