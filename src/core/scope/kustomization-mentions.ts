/**
 * Which paths a kustomization may name. On purpose too many: every text anywhere in the file counts, whatever its field, so that a field
 * kustomize learns tomorrow is covered today. Naming too much plans an environment once too often; too little would miss a change.
 */
import { isMap, isPair, isScalar, parseAllDocuments, visit } from 'yaml';

export interface Mention {
  readonly path: string;
  /** It stands under generators, transformers or validators: a file that may name further files, relative to the same directory. */
  readonly plugin: boolean;
}

const pluginFields = new Set(['generators', 'transformers', 'validators']);
const maxPathLength = 4096;
/** Inline plugins inside inline plugins: kustomize knows one level. */
const maxNesting = 2;

/** Reads what can be read: a malformed file mentions what stands before the fault, and rendering tells of the fault itself. */
export function mentionsIn(bytes: Uint8Array): readonly Mention[] {
  const found = new Map<string, Mention>();
  try {
    collect(new TextDecoder().decode(bytes), found, false, 0);
  } catch (error) {
    // Thousands of nested brackets overflow the parser's stack. Such a file renders nowhere, so nothing is missed.
    if (!(error instanceof RangeError)) throw error;
  }
  return [...found.values()];
}

function collect(text: string, found: Map<string, Mention>, inPlugin: boolean, nesting: number): void {
  for (const document of parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false })) {
    visit(document, {
      Scalar(_key, node, ancestors) {
        if (typeof node.value !== 'string') return;
        const plugin = inPlugin || pluginFields.has(topField(ancestors));
        if (node.value.includes('\n')) {
          if (plugin && nesting < maxNesting) collect(node.value, found, true, nesting + 1);
          return;
        }
        for (const path of candidates(node.value)) {
          found.set(path, { path, plugin: plugin || (found.get(path)?.plugin ?? false) });
        }
      },
    });
  }
}

/** Name of the field of the outermost mapping, in lower case: kustomize takes `Resources` for `resources`. */
function topField(ancestors: readonly unknown[]): string {
  const at = ancestors.findIndex((ancestor) => isMap(ancestor));
  const pair = ancestors[at + 1];
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value).toLowerCase() : '';
}

/** The text itself, and for `key=path` what stands after the sign. */
function candidates(text: string): string[] {
  const sign = text.indexOf('=');
  return [text, ...(sign < 0 ? [] : [text.slice(sign + 1)])].filter(
    (candidate) => candidate !== '' && candidate.length <= maxPathLength,
  );
}
