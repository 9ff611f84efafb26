/** What each reason to wait says: the fact, and what releases it. One entry for each code; the compiler counts them. */
import type { HoldCode } from '../../domain/deployment.ts';
import type { ForgeWords } from '../../domain/forge-words.ts';
import { code, inert } from './inert.ts';

export interface HoldSentence {
  /** Follows "`prod` is held: ". */
  readonly title: string;
  readonly why: string;
  readonly release: string;
}

export interface HoldFacts {
  readonly words: ForgeWords;
  readonly environment: string;
  readonly branch: string;
  readonly facts: readonly string[];
  /** Shown digest of the plan that waits; absent when there is none to release. */
  readonly digest?: string;
}

const apply = ({ digest }: HoldFacts) =>
  digest === undefined ? '' : `${code(`/fairlead apply ${digest}`)} (write permission)`;

const sentences: Readonly<Record<HoldCode, (hold: HoldFacts) => HoldSentence>> = {
  'plan-incomplete': () => ({
    title: 'the cluster could not be looked at in full',
    why: 'What could not be read is not guessed.',
    release: 'It is tried again every minute and goes on by itself.',
  }),
  'plan-grew': (hold) => ({
    title: 'the plan grew',
    why: 'Since it was shown, this appeared that nobody has seen:',
    release: `If that is wanted: ${apply(hold)}. If not: put it right by a ${hold.words.change}.`,
  }),
  'no-plan-shown': (hold) => ({
    title: 'nobody has seen its plan',
    why: `The merge was made before a plan was shown on the ${hold.words.change}.`,
    release: `Read the plan below, then: ${apply(hold)}.`,
  }),
  'needs-acknowledgement': (hold) => ({
    title: 'it deletes what cannot be brought back',
    why: 'A person has to say so:',
    release: `If that is wanted: ${apply(hold)}. If not: revert the ${hold.words.change}.`,
  }),
  'direct-push': (hold) => ({
    title: `commits came onto ${code(hold.branch)} without a ${hold.words.change}`,
    why: `What no merged ${hold.words.change} brought is not applied:`,
    release: `Revert them, or open a ${hold.words.change}: its plan will show their effects too, and merging it releases everything it showed.`,
  }),
  'force-push': (hold) => ({
    title: `the history of ${code(hold.branch)} was rewritten`,
    why: 'The branch no longer contains the commit that was deployed last:',
    release: `Push the old history back, or open a ${hold.words.change}: its plan will show what the new history would do, and merging it releases that.`,
  }),
  findings: (hold) => ({
    title: 'what is declared is not valid for this cluster',
    why: 'These have to be solved first:',
    release: `Fix them in a new ${hold.words.change}, or revert this one.`,
  }),
  'manager-conflict': (hold) => ({
    title: 'somebody else manages fields it sets',
    why: 'Two managers would keep overwriting each other:',
    release: `Leave those fields out in a new ${hold.words.change}, or list the manager under ${code('takeOver')} for this environment.`,
  }),
  'replace-not-allowed': (hold) => ({
    title: 'an object would have to be deleted and created anew',
    why: 'A field that cannot be changed in place was changed:',
    release: `Give the object a new name, or allow it with ${code('allowReplace: true')}, in a new ${hold.words.change}.`,
  }),
  'dependency-not-deployed': () => ({
    title: 'an environment it depends on is not there yet',
    why: 'It waits for:',
    release: 'It goes on by itself once that has deployed.',
  }),
  'permission-unknown': () => ({
    title: 'the forge did not say who may release it',
    why: 'Without that answer nobody may:',
    release: 'Give the command again in a moment.',
  }),
  'attribution-unknown': () => ({
    title: 'the forge did not say where its commits came from',
    why: 'Without that answer they count as unreviewed:',
    release: 'It is asked again every minute and goes on by itself.',
  }),
  'branch-moved': () => ({
    title: 'the branch moved while it was prepared',
    why: 'A newer commit is there:',
    release: 'The newer commit is planned and applied instead.',
  }),
  'config-invalid': (hold) => ({
    title: `${code('.fairlead.yaml')} cannot be used`,
    why: 'These have to be solved first:',
    release: `Correct the file in a new ${hold.words.change}.`,
  }),
};

export function holdSentence(hold: HoldCode, facts: HoldFacts): HoldSentence {
  return sentences[hold](facts);
}

/** The paragraph of a hold: what, why, what releases it, and that nothing was applied. */
export function holdParagraph(hold: HoldCode, facts: HoldFacts): string {
  const sentence = holdSentence(hold, facts);
  const listed = facts.facts.slice(0, 20).map((fact) => `- ${inert(fact)}`);
  if (facts.facts.length > 20) listed.push(`- and ${facts.facts.length - 20} more`);
  return [
    `**${code(facts.environment)} is held: ${sentence.title}.** ${sentence.why}`,
    ...(listed.length === 0 ? [] : ['', ...listed, '']),
    `${sentence.release} Nothing was applied.`,
  ].join('\n');
}
