/**
 * `/fairlead …` as the first line of a comment. Strict on purpose: anything that is not exactly a command is no command
 * (code blocks, quotes, look-alike letters, zero-width characters, leading blanks and second lines all fail the ASCII match).
 */
export type Command =
  | { readonly kind: 'plan' }
  | { readonly kind: 'apply'; readonly digest: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistaken'; readonly said: string };

/** `undefined` when the comment is no command at all. */
export function parseCommand(comment: string): Command | undefined {
  const line = (comment.split('\n', 1)[0] ?? '').replace(/\r$/, '');
  if (line.length > 200 || !/^\/fairlead(?: |$)[\x20-\x7e]*$/.test(line)) return undefined;
  const [name, ...rest] = line.slice('/fairlead'.length).trim().split(/ +/);
  if (name === 'plan' && rest.length === 0) return { kind: 'plan' };
  if ((name === 'help' || name === '') && rest.length === 0) return { kind: 'help' };
  const digest = rest[0] ?? '';
  if (name === 'apply' && rest.length === 1 && /^[0-9a-f]{8,64}$/.test(digest)) return { kind: 'apply', digest };
  return { kind: 'mistaken', said: line };
}
