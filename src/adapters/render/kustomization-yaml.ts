/** Reads kustomizations and plugin files just far enough to judge them, with the line of everything said about them. */
import { isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';

export interface ReadYaml {
  /** One value for each document that holds something. */
  readonly values: readonly unknown[];
  /** 1-based line of the first scalar with this text. */
  readonly lineOf: (text: string) => number | undefined;
}

export interface YamlProblem {
  readonly problem: string;
  readonly line: number | undefined;
}

/** More aliases than any kustomization uses, far fewer than a bomb needs (H58). */
const maxAliases = 100;

/**
 * What kustomize would see. Refused is what two YAML readers may read differently: a malformed file, a key given twice, and explicit tags,
 * for `!!binary` would hide a URL from us and not from kustomize.
 */
export function readYaml(bytes: Uint8Array): ReadYaml | YamlProblem {
  try {
    return readDocuments(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    // Not UTF-8 (TypeError), too many aliases (ReferenceError), brackets nested thousands deep (RangeError).
    if (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError) {
      return { problem: error.message, line: undefined };
    }
    throw error;
  }
}

function readDocuments(text: string): ReadYaml | YamlProblem {
  const lines = new LineCounter();
  const values: unknown[] = [];
  const firstLines = new Map<string, number>();
  for (const document of parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' })) {
    const [fault] = document.errors;
    if (fault !== undefined) {
      return { problem: fault.message.split('\n')[0] ?? fault.code, line: lines.linePos(fault.pos[0]).line };
    }
    const tagged: { tag: string; line: number }[] = [];
    visit(document, {
      Node(_key, node) {
        const line = lines.linePos(node.range?.[0] ?? 0).line;
        if ('tag' in node && typeof node.tag === 'string') tagged.push({ tag: node.tag, line });
        if (isScalar(node) && typeof node.value === 'string' && !firstLines.has(node.value)) {
          firstLines.set(node.value, line);
        }
      },
    });
    const [tag] = tagged;
    if (tag !== undefined) return { problem: `the tag ${tag.tag} is not taken here`, line: tag.line };
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    if (value !== null && value !== undefined) values.push(value);
  }
  return { values, lineOf: (wanted) => firstLines.get(wanted) };
}
