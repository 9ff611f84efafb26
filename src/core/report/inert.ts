/**
 * Makes foreign text inert: a manifest, a server message or a title must not mention people, close issues, run commands, load images or
 * break out of its place. Everything that comes from outside passes one of these three before it is put into a comment.
 */

/** Zero-width non-joiner: breaks a mention or a reference without changing what is read. */
const joint = '\u200c';
// Control characters (ANSI introducers too) and format characters (bidirectional overrides, zero-width) of the foreign text itself.
const unprintable = /(?![\n\t])[\p{Cc}\p{Cf}]/gu;

/** For running text: one line, Markdown and HTML escaped, mentions, references and closing keywords broken. */
export function inert(text: string): string {
  return text
    .replace(unprintable, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|~!]/g, (character) => `\\${character}`)
    .replace(/&/g, '&amp;')
    .replace(/@(?=[\w-])/g, `@${joint}`)
    .replace(/#(?=\d)/g, `#${joint}`)
    .replace(/\bGH-(?=\d)/gi, `GH-${joint}`)
    .replace(
      /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=[\s:])/gi,
      (word) => `${word.slice(0, 1)}${joint}${word.slice(1)}`,
    )
    .replace(/\b(https?|ftp):\/\//gi, `$1:${joint}//`)
    .replace(/\bwww\./gi, `www${joint}.`)
    .replace(/^(?=[/#>+-]|\d+[.)])/, joint);
}

/** As a code span, its fence longer than any run of backticks inside; for names, paths and values. */
export function code(text: string): string {
  const clean = text.replace(unprintable, '').replace(/\s+/g, ' ');
  if (clean.trim() === '') return '` `';
  const fence = '`'.repeat(longestRun(clean, '`') + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** As a fenced block, fence longer than any run inside, no line that begins with a slash. */
export function fenced(text: string, language: string): string {
  const clean = text
    .split('\n')
    .map((line) => line.replace(unprintable, '').replace(/^\//, ' /'))
    .join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(clean, '`') + 1));
  return `${fence}${language}\n${clean}\n${fence}`;
}

/** Inside an HTML element, such as the summary of a collapsed section. */
export function htmlText(text: string): string {
  return text.replace(unprintable, '').replace(/[&<>"'@#]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** A code span inside a table cell: pipes would end the cell even there. */
export function cell(text: string): string {
  return code(text.replaceAll('|', '¦'));
}

function longestRun(text: string, character: string): number {
  let longest = 0;
  let run = 0;
  for (const one of text) {
    run = one === character ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
