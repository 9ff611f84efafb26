/** A configuration text with the lines of its keys. Small files only: everything is kept. */
import { isNode, LineCounter, parseDocument } from 'yaml';

export type YamlSource =
  | { readonly kind: 'read'; readonly value: unknown; readonly lineOf: (path: readonly string[]) => number }
  | { readonly kind: 'malformed'; readonly problems: readonly { readonly line: number; readonly what: string }[] };

/** YAML 1.2, of which JSON is a part; aliases are limited, duplicate keys are errors. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    line: Math.max(1, lines.linePos(error.pos[0]).line),
    what: error.code === 'TAB_AS_INDENT' ? 'a tab stands where YAML wants spaces' : error.message,
  }));
  if (problems.length > 0) {
    return { kind: 'malformed', problems };
  }
  const lineOf = (path: readonly string[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(
        path.slice(0, length).map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
        true,
      );
      if (isNode(node) && node.range) {
        return lines.linePos(node.range[0]).line;
      }
    }
    return 1;
  };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return { kind: 'read', value, lineOf };
  } catch {
    return { kind: 'malformed', problems: [{ line: 1, what: 'its aliases stand for too much' }] };
  }
}
