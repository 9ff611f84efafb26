/** Where the fields of a document stand. Built only when a finding needs a line: trees of all documents would cost far more than the objects. */
import { EVENT_ID, getScalarValue } from 'js-yaml';
import { parseYaml, repairBudget } from './parse-yaml.ts';
import { placeOf } from './yaml-problem.ts';

/** A node of a document, with the 1-based line of its first character (for a field: of its key). */
export interface PositionNode {
  readonly line: number;
  /** For a mapping: its fields by key. */
  readonly fields?: ReadonlyMap<string, PositionNode>;
  /** For a list. */
  readonly items?: readonly PositionNode[];
  /** For a scalar: its text as written, quotes and escapes resolved. */
  readonly text?: string;
}

interface OpenNode {
  readonly line: number;
  readonly fields: Map<string, PositionNode> | undefined;
  readonly items: PositionNode[] | undefined;
  key: { readonly text: string; readonly line: number } | undefined;
}

/** The root nodes of the documents in a text; none for a text that does not parse. `depth` is the nesting allowed. */
export function positionsOf(input: string, depth: number): readonly PositionNode[] {
  const parsed = parseYaml(input, depth, repairBudget());
  if (parsed.kind === 'problem') {
    return [];
  }
  const lineAt = lineCounter(parsed.text);
  const roots: PositionNode[] = [];
  const open: OpenNode[] = [];
  const add = (node: PositionNode): void => {
    const parent = open.at(-1);
    if (parent === undefined) {
      roots.push(node);
    } else if (parent.items !== undefined) {
      parent.items.push(node);
    } else if (parent.key === undefined) {
      parent.key = { text: node.text ?? '', line: node.line };
    } else {
      parent.fields?.set(parent.key.text, { ...node, line: parent.key.line });
      parent.key = undefined;
    }
  };
  for (const event of parsed.events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        open.length = 0;
        break;
      case EVENT_ID.SCALAR:
        add({ line: lineAt(Math.max(event.valueStart, 0)), text: getScalarValue(parsed.text, event) });
        break;
      case EVENT_ID.ALIAS:
        add({ line: lineAt(event.anchorStart) });
        break;
      case EVENT_ID.MAPPING:
        open.push({ line: lineAt(event.start), fields: new Map(), items: undefined, key: undefined });
        break;
      case EVENT_ID.SEQUENCE:
        open.push({ line: lineAt(event.start), fields: undefined, items: [], key: undefined });
        break;
      case EVENT_ID.POP: {
        const done = open.pop();
        if (done !== undefined) {
          const { line, fields, items } = done;
          add({ line, ...(fields === undefined ? {} : { fields }), ...(items === undefined ? {} : { items }) });
        }
        break;
      }
    }
  }
  return roots;
}

/** Lines of offsets that mostly grow: counts on from the last one asked for. */
function lineCounter(text: string): (offset: number) => number {
  let last = 0;
  let line = 1;
  return (offset) => {
    if (offset < last) {
      return placeOf(text, offset).line;
    }
    line += placeOf(text.slice(last, offset), offset - last).line - 1;
    last = offset;
    return line;
  };
}
