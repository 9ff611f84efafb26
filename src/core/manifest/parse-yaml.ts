/**
 * YAML text → parser events. The parser is stricter than kubectl's in one thing that manifests are full of: a bracket or a
 * quoted text that goes on at the left of its parent. Such a line is moved to the right, where its indentation means nothing.
 */
import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { explainSyntaxError } from './explain-syntax-error.ts';
import type { YamlProblem } from './yaml-problem.ts';

/** `text` is what offsets refer to: its lines are those of the input, its columns may not be. */
export type ParsedYaml =
  | { readonly kind: 'parsed'; readonly events: readonly Event[]; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: YamlProblem; readonly text: string };

/** Characters that may still be parsed anew, over all documents of one reading: repairs must not make reading slow. */
export interface RepairBudget {
  characters: number;
}

export const repairBudget = (): RepairBudget => ({ characters: 8_000_000 });

/** Further right than any parent: manifests do not nest deeper than this. */
const farRight = ' '.repeat(256);

/** A syntax error comes back in plain words. `depth` is the nesting allowed. */
export function parseYaml(input: string, depth: number, budget: RepairBudget): ParsedYaml {
  let text = input;
  for (;;) {
    try {
      return { kind: 'parsed', events: parseEvents(text, { maxDepth: depth }), text };
    } catch (error) {
      if (!(error instanceof YAMLException)) {
        throw error;
      }
      const position = error.mark?.position ?? 0;
      // Said only inside brackets and quoted texts, where leading blanks are no part of the value.
      if (error.reason !== 'deficient indentation' || budget.characters < text.length) {
        return { kind: 'problem', problem: explainSyntaxError(text, error), text };
      }
      budget.characters -= text.length;
      const lineStart = Math.max(text.lastIndexOf('\n', position - 1), text.lastIndexOf('\r', position - 1)) + 1;
      text = text.slice(0, lineStart) + farRight + text.slice(lineStart);
    }
  }
}
