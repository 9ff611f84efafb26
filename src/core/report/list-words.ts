/** Lists of lines in a comment: never endless, and never cut without a word. */
const shown = 50;

/** A Markdown list of at most 50 items and how many more there are. */
export function cappedList(lines: readonly string[]): string {
  const more = lines.length > shown ? [`and ${lines.length - shown} more; the checks list them all`] : [];
  return [...lines.slice(0, shown), ...more].map((line) => `- ${line}`).join('\n');
}
