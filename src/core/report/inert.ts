/**
 * Makes foreign text inert: a manifest, a server message or a title must not mention people, close issues, run commands, load images or
 * break out of its place. Everything that comes from outside passes one of these before it is put into a comment. It must also stay
 * readable: what a person may want to copy (names, addresses) becomes code, and ordinary words are left as they are.
 */

/** Zero-width non-joiner: breaks a mention or a reference without changing what is read. */
const joint = '\u200c';
// Control characters (ANSI introducers too) and format characters (bidirectional overrides, zero-width) of the foreign text itself.
const unprintable = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;
/** What stands between backticks already, and addresses: as code they link to nothing and can be copied. */
const asCode = /((?<!`)`[^`|]+`(?!`)|https?:\/\/[^\s"'<>`|)\]]+)/i;
const textLimit = 1_000;
const codeLimit = 400;

/** For running text: one line of at most 1,000 characters; Markdown and HTML escaped, mentions, references and closing keywords broken. */
export function inert(text: string): string {
  const line = clipped(text.replace(unprintable, '').replace(/\s+/g, ' ').trim(), textLimit);
  return line
    .split(asCode)
    .map((part, index) => (index % 2 === 0 ? escaped(part) : code(part.replace(/^`|`$/g, ''))))
    .join('')
    .replace(/^(?=[/#>+-]|\d+[.)])/, joint);
}

function escaped(text: string): string {
  return (
    text
      .replace(/[\\`*[<|~]/g, (character) => `\\${character}`)
      // Between letters an underscore means nothing in Markdown: `my_file_name` stays what it is.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replace(/&/g, '&amp;')
      .replace(/(?<![A-Za-z0-9])@(?=[\w-])/g, `@${joint}`)
      .replace(/([#!])(?=\d)/g, `$1${joint}`)
      .replace(/\bGH-(?=\d)/gi, (word) => `${word}${joint}`)
      .replace(
        /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=:?\s+\S{0,200}?(?:[#!]|GH-))/gi,
        (word) => `${word.slice(0, 1)}${joint}${word.slice(1)}`,
      )
      .replace(/\bftp:\/\//gi, (word) => `${word.slice(0, 4)}${joint}//`)
      .replace(/\bwww\./gi, (word) => `${word.slice(0, 3)}${joint}.`)
      // A backtick that is left must not join the fence of the code after it.
      .replace(/`$/, `\`${joint}`)
  );
}

/** As a code span of at most 400 characters, its fence longer than any run of backticks inside; for names, paths and values. */
export function code(text: string): string {
  const clean = clipped(visible(text).replace(/\s+/g, ' '), codeLimit);
  if (clean.trim() === '') return '` `';
  const fence = '`'.repeat(longestRun(clean, '`') + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** As a fenced block, fence longer than any run inside, no line that begins with a slash. */
export function fenced(text: string, language: string): string {
  const clean = visible(text).replace(/^\//gm, ' /');
  const fence = '`'.repeat(Math.max(3, longestRun(clean, '`') + 1));
  return `${fence}${language}\n${clean}\n${fence}`;
}

/** Inside an HTML element, such as the summary of a collapsed section. Mentions are looked for in the rendered text, so they are broken too. */
export function htmlText(text: string): string {
  return clipped(text.replace(unprintable, ''), codeLimit)
    .replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/@(?=[\w-])|(?<!&)#(?=\d)/g, (character) => `${character}${joint}`);
}

/** A code span inside a table cell: pipes would end the cell even there. */
export function cell(text: string): string {
  return code(text.replaceAll('|', '¦'));
}

/** At most so many characters; says how long it was. */
export function clipped(text: string, limit: number): string {
  return text.length <= limit ? text : `${cutAt(text, limit)}… (${text.length} characters)`;
}

/** The first characters, never half of one. */
export function cutAt(text: string, limit: number): string {
  return text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
}

/** Names and values must not look alike where they differ by a character that is not seen: `shop⟨U+200B⟩`. */
function visible(text: string): string {
  return text.replace(
    unprintable,
    (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
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
