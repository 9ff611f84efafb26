/**
 * Fits a comment into the forge's limit: split between objects, never inside one; every part closes what it opened. What does not
 * fit into the parts allowed is counted and linked, never dropped silently.
 */
export interface CommentSection {
  /** Opening line of the collapsed section, Markdown inside. */
  readonly summary: string;
  /** One for each object; none is split. */
  readonly blocks: readonly string[];
}

export interface CommentLimits {
  /** UTF-16 units of one comment. */
  readonly characters: number;
  readonly parts: number;
}

export const commentLimits: CommentLimits = { characters: 59_000, parts: 3 };

/** Head and footer stand in the first part; sections run on over the parts. */
export function splitComment(
  head: string,
  sections: readonly CommentSection[],
  footer: string,
  fullPlan: string,
  limits: CommentLimits,
): readonly string[] {
  // Room kept for a section's opening and closing, the part's heading and the note of what did not fit.
  const reserve = 1_000;
  const parts: string[] = [];
  let part = head;
  let room = limits.characters - head.length - footer.length - reserve;
  let left = 0;
  for (const section of sections) {
    let open = false;
    for (const block of section.blocks) {
      if (left > 0 || block.length + section.summary.length > room) {
        if (left > 0 || parts.length + 1 >= limits.parts || block.length > limits.characters - reserve * 2) {
          left += 1;
          continue;
        }
        parts.push(open ? `${part}\n</details>` : part);
        part = '*continued from the comment above*';
        room = limits.characters - reserve - footer.length;
        open = false;
      }
      if (!open) part += `\n\n<details><summary>${section.summary}</summary>\n`;
      open = true;
      part += `\n${block}\n`;
      room -= block.length + section.summary.length + 60;
    }
    if (open) part += '\n</details>';
  }
  if (left > 0)
    part += `\n\n**${left} more objects do not fit into comments here**: [the full plan has them](${fullPlan}).`;
  parts.push(part);
  const [first = '', ...others] = parts;
  return [`${first}\n\n${footer}`, ...others];
}
