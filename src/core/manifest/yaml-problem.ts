/** What is wrong with a YAML text, and where. Thrown while composing, caught at the document: one bad document does not hide the others. */
import type { FindingCode } from '../../domain/finding.ts';

export type YamlProblemCode = Extract<
  FindingCode,
  | 'yaml-malformed'
  | 'yaml-tab'
  | 'yaml-duplicate-key'
  | 'yaml-alias-limit'
  | 'yaml-too-deep'
  | 'yaml-unsupported-tag'
  | 'file-not-utf8'
>;

export class YamlProblem extends Error {
  readonly code: YamlProblemCode;
  /** Where, as an offset into the text that was read. */
  readonly offset: number;
  readonly fix: string | undefined;

  /** `message` is shown to people: it may quote keys and tags, never a value. */
  constructor(code: YamlProblemCode, offset: number, message: string, fix?: string) {
    super(message);
    this.name = 'YamlProblem';
    this.code = code;
    this.offset = offset;
    this.fix = fix;
  }
}

export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** Line and column of an offset. CR LF, LF and a lone CR each end a line, as in YAML. */
export function placeOf(text: string, offset: number): Place {
  let line = 1;
  let lineStart = 0;
  const end = Math.min(offset, text.length);
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10)) {
      line++;
      lineStart = index + 1;
    }
  }
  return { line, column: end - lineStart + 1 };
}
