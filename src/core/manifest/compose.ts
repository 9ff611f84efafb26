/** One YAML text → JSON values, or what is wrong with it and where. */
import { type ComposedDocument, composeEvents, type ComposeLimits } from './compose-events.ts';
import { parseYaml, type RepairBudget } from './parse-yaml.ts';
import { type Place, placeOf, YamlProblem, type YamlProblemCode } from './yaml-problem.ts';

/** What is wrong with a document, at a place counted from the beginning of its text. */
export interface DocumentProblem {
  readonly code: YamlProblemCode;
  readonly place: Place;
  readonly message: string;
  readonly fix: string | undefined;
}

export type Composition =
  | { readonly kind: 'composed'; readonly documents: readonly ComposedDocument[] }
  | { readonly kind: 'problem'; readonly problem: DocumentProblem };

/** The documents of a text (several only where `...` separates them); an empty document is null. */
export function composeDocuments(input: string, limits: ComposeLimits, budget: RepairBudget): Composition {
  const parsed = parseYaml(input, limits.depth, budget);
  if (parsed.kind === 'problem') {
    return { kind: 'problem', problem: atPlace(parsed.problem, parsed.text) };
  }
  try {
    return { kind: 'composed', documents: composeEvents(parsed.events, parsed.text, limits) };
  } catch (error) {
    if (error instanceof YamlProblem) {
      return { kind: 'problem', problem: atPlace(error, parsed.text) };
    }
    throw error;
  }
}

function atPlace(problem: YamlProblem, text: string): DocumentProblem {
  return { code: problem.code, place: placeOf(text, problem.offset), message: problem.message, fix: problem.fix };
}
