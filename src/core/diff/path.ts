/**
 * The grammar of field paths: `spec.template.spec.containers[checkout].env[A].value`. Members are words or quoted names between dots,
 * list items stand in brackets by their merge key (quoted where it holds brackets, quotes or blanks), and `list(order)` is the order
 * of a list's items. A path has one meaning, and `segmentsOf` reads back what `joinPath` and `joinItem` wrote.
 */
export type Segment = { readonly member: string } | { readonly item: string };

/** Ends the path of a list whose items came into another order. No item can be called that: item names stand in brackets. */
export const orderMark = '(order)';

/** `spec` + `replicas` → `spec.replicas`; names that are not plain words are quoted. */
export function joinPath(path: string, key: string): string {
  const segment = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key);
  return path === '' ? segment : `${path}.${segment}`;
}

/** `spec.containers` + `checkout` → `spec.containers[checkout]`. */
export function joinItem(path: string, name: string): string {
  return `${path}[${/^[\w./:@-]+$/.test(name) ? name : JSON.stringify(name)}]`;
}

/** The members and items from the root to the field; a path about a list's order leads to the list. */
export function segmentsOf(path: string): readonly Segment[] {
  const segments: Segment[] = [];
  const token = /"(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]|\(order\)|[^.[\]"()]+/g;
  for (const [text] of path.matchAll(token)) {
    if (text === orderMark) continue;
    if (text.startsWith('[')) segments.push({ item: unquoted(text.slice(1, -1)) });
    else segments.push({ member: unquoted(text) });
  }
  return segments;
}

/** Whether a path leads to the field itself or to something inside it. */
export function isAtOrBelow(path: string, field: string): boolean {
  return path.startsWith(field) && /^(?:$|[.[(])/.test(path.slice(field.length));
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
