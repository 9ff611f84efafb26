/** Field paths as the API server writes them, brought into the one form that plans use. */

/** Matching brackets takes time quadratic in what does not match; no real path comes near this. */
const longest = 1_000;
/** A bracket and what it holds; quoted parts may hold brackets themselves. */
const bracket = /\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]/g;
/** One `key=value`, `=value` or bare value inside a bracket. */
const selector = /(?:([A-Za-z0-9_.-]*)=)?("(?:[^"\\]|\\.)*"|[^,"]+)/g;

/**
 * `.spec.containers[name="app"].image` → `spec.containers[app].image`; `ports[containerPort=80,protocol="TCP"]` →
 * `ports[80/TCP]`; an index (`containers[0]`) stays as it is.
 */
export function fieldPath(serverPath: string): string {
  return serverPath
    .slice(0, longest)
    .replace(/^\./, '')
    .replace(bracket, (_, inside: string) => `[${selectedBy(inside)}]`);
}

function selectedBy(inside: string): string {
  const values = [...inside.matchAll(selector)].map((match) => unquoted(match[2] ?? ''));
  return values.length === 0 ? inside : values.join('/');
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
}
