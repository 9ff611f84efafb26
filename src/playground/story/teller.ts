/** How the story is told on a terminal: chapters, who does what, what Fairlead says, and what was found to be so. */
import type { CheckRun } from '../github/model.ts';
import { renderMarkdown } from './terminal/render-markdown.ts';
import { span, wrap, type Line, type Paint } from './terminal/spans.ts';

/** Something is not as the story says it is. */
export class StoryBroke extends Error {
  override name = 'StoryBroke';
}

export interface Teller {
  chapter(title: string, about: string): void;
  /** Somebody does something; counted. What goes wrong in it is told with its words. */
  step<T>(what: string, play: () => Promise<T>): Promise<T>;
  /** A comment or issue as people read it. `whole`: with its collapsed sections opened. */
  quote(title: string, body: string, reading?: 'whole' | 'closed' | 'head'): void;
  checks(runs: readonly Readonly<CheckRun>[]): void;
  /** @throws StoryBroke when it is not so, with what was seen instead */
  sure(what: string, isSo: boolean, seen?: unknown): void;
  /** How many steps were played to their end. */
  steps(): number;
}

export interface TellerOptions {
  readonly write: (line: string) => void;
  readonly paint: Paint;
  /** Characters of a line. */
  readonly width: number;
}

export function createTeller({ paint, width, write }: TellerOptions): Teller {
  let steps = 0;
  let chapters = 0;
  const say = (line: Line): void => write(paint(line).trimEnd());
  const sayAll = (mark: Line, lines: readonly Line[]): void => lines.forEach((line) => say([...mark, ...line]));
  return {
    chapter(title, about) {
      chapters += 1;
      write('');
      say([span(`${chapters}  ${title}`, 'bold')]);
      sayAll([span('   ')], wrap([span(about, 'dim')], width - 3));
    },
    async step(what, play) {
      write('');
      sayAll([], wrap([span('→ ', 'bold'), span(what)], width));
      try {
        const result = await play();
        steps += 1;
        return result;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new StoryBroke(`In the step "${what}": ${why}`, { cause: error });
      }
    },
    quote(title, body, reading = 'closed') {
      write('');
      say([span('  ╭ ', 'dim'), span(title, 'dim')]);
      const shown = reading === 'head' ? (body.split('<details>', 1)[0]?.trimEnd() ?? '') : body;
      const open = (summary: string): boolean => reading === 'whole' || /already different|left out/.test(summary);
      sayAll([span('  │ ', 'dim')], renderMarkdown(shown, { width: width - 4, open }));
      say([span('  ╰', 'dim')]);
    },
    checks(runs) {
      for (const { conclusion, name, title } of [...runs].sort((a, b) => a.name.localeCompare(b.name))) {
        const good = conclusion === 'success';
        say([span(good ? '  ✔ ' : '  ✘ ', good ? 'good' : 'bad'), span(name.padEnd(18), 'code'), span(title ?? '')]);
      }
    },
    sure(what, isSo, seen) {
      if (!isSo)
        throw new StoryBroke(
          `it should be so that ${what}${seen === undefined ? '' : `, but there is: ${textOf(seen)}`}`,
        );
      sayAll([span('  ✔ ', 'good')], wrap([span(what, 'dim')], width - 4));
    },
    steps: () => steps,
  };
}

function textOf(seen: unknown): string {
  return typeof seen === 'string' ? seen : JSON.stringify(seen);
}
