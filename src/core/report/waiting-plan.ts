/** A plan that nobody has seen and that waits for a release, told below the hold that asks for it. */
import type { ForgeWords } from '../../domain/forge-words.ts';
import type { PlanWithLink } from './plan-report.ts';
import { planSections } from './plan-sections.ts';
import { splitComment } from './split-comment.ts';
import { worthKnowing } from './worth-knowing.ts';

/** Leaves room for the hold itself in the same comment. */
const limits = { characters: 50_000, parts: 1 };

/** One piece of Markdown; what does not fit is counted, and stands on the full plan's page. */
export function waitingPlan(waiting: PlanWithLink, words: ForgeWords): string {
  const report = { words, baseBranch: '', plans: [waiting], findings: [] };
  const footer = `<sub>[every object](${waiting.link})</sub>`;
  const [only = ''] = splitComment(worthKnowing(report), planSections(report), footer, waiting.link, limits);
  return only.trim();
}
