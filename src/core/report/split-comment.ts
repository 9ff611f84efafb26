/**
 * Fits a comment into the forge's limit: split between objects, never inside one; every part closes what it opened. What does not
 * fit into the parts allowed is counted and linked, never dropped silently.
 */
export interface CommentSection {
  /** Opening line of the collapsed section, HTML inside. */
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

const closing = '\n</details>';
const continued = '*continued from the comment above*';

/**
 * Head and footer stand in the first part; sections run on over the parts. A head that would fill the part alone is cut between its
 * lines. A block too long for any part is left to the full plan; the blocks after it are not.
 */
export function splitComment(
  head: string,
  sections: readonly CommentSection[],
  footer: string,
  fullPlan: string,
  limits: CommentLimits,
): readonly string[] {
  const note = (left: number) =>
    `\n\n**${left} more ${left === 1 ? 'object does' : 'objects do'} not fit into comments here**: [the full plan has ${left === 1 ? 'it' : 'them'}](${fullPlan}).`;
  const tail = footer === '' ? '' : `\n\n${footer}`;
  // What every part must still have room for, whatever is put into it.
  const reserve = closing.length + note(1_000_000).length;
  const start = fitHead(head, Math.floor(limits.characters / 2) - tail.length, fullPlan);
  const parts: string[] = [];
  let part = start;
  let room = limits.characters - start.length - tail.length - reserve;
  const freshRoom = limits.characters - continued.length - reserve;
  let left = 0;
  let full = false;
  for (const { summary, blocks } of sections) {
    const opening = `\n\n<details><summary>${summary}</summary>\n`;
    let open = false;
    for (const block of blocks) {
      const text = `\n${block}\n`;
      const tooLong = text.length + opening.length > freshRoom;
      if (!tooLong && !full && text.length + (open ? 0 : opening.length + closing.length) > room) {
        full = parts.length + 1 >= limits.parts;
        if (!full) {
          parts.push(open ? `${part}${closing}` : part);
          part = continued;
          room = freshRoom;
          open = false;
        }
      }
      if (tooLong || full) {
        left += 1;
        continue;
      }
      const added = open ? text : `${opening}${text}`;
      part += added;
      room -= added.length + (open ? 0 : closing.length);
      open = true;
    }
    if (open) part += closing;
  }
  parts.push(left > 0 ? `${part}${note(left)}` : part);
  const [first = '', ...others] = parts;
  return [`${first}${tail}`, ...others];
}

/** As many of its lines as fit, and how many more there are. */
function fitHead(head: string, limit: number, fullPlan: string): string {
  if (head.length <= limit) return head;
  const lines = head.split('\n');
  const shown: string[] = [];
  let room = limit - 200 - fullPlan.length;
  for (const line of lines) {
    room -= line.length + 1;
    if (room < 0) break;
    shown.push(line);
  }
  const left = lines.length - shown.length;
  return `${shown.join('\n')}\n\n**${left} more lines do not fit here**: [the full plan has them](${fullPlan}).`;
}
