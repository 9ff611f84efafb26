/** Answers to `/fairlead …` comments. Each is a comment of its own, so that whoever asked is told. */
import type { ForgeWords } from '../../domain/forge-words.ts';
import { code, inert } from './inert.ts';

export function helpAnswer(words: ForgeWords): string {
  return [
    `As the first line of a new comment on a ${words.change}, by someone with write permission:`,
    '',
    `- ${code('/fairlead plan')}: look at the cluster again and renew the plan`,
    `- ${code('/fairlead apply <plan digest>')}: after the merge, release the plan that waits; the digest stands in the message that holds it`,
    `- ${code('/fairlead help')}: this`,
    '',
    'To deploy: merge. To go back: revert.',
  ].join('\n');
}

export type CommandRefusal =
  | { readonly code: 'no-permission'; readonly login: string; readonly level: string }
  | { readonly code: 'permission-unknown'; readonly detail: string }
  | { readonly code: 'mistaken'; readonly said: string }
  | { readonly code: 'nothing-waits' }
  | { readonly code: 'not-merged' }
  | { readonly code: 'other-digest'; readonly waiting: readonly string[] };

export function commandRefused(refusal: CommandRefusal, words: ForgeWords): string {
  switch (refusal.code) {
    case 'no-permission':
      return `${inert(refusal.login)} has ${inert(refusal.level)} permission here; commands need write permission. Nothing was done.`;
    case 'permission-unknown':
      return `The forge did not say whether you may do that (${inert(refusal.detail)}). Nothing was done; try again in a moment.`;
    case 'mistaken':
      return `${code(refusal.said)} is not a command. ${code('/fairlead help')} lists them. Nothing was done.`;
    case 'nothing-waits':
      return `Nothing waits for a release on this ${words.change}. Nothing was done.`;
    case 'not-merged':
      return `This ${words.change} is not merged. A release counts after the merge: nothing happens that was not merged. Nothing was done.`;
    case 'other-digest':
      return `No plan with that digest waits. Waiting: ${refusal.waiting.map((digest) => code(digest.slice(0, 8))).join(', ')}. Nothing was done.`;
  }
}

export function releaseAccepted(environment: string, digest: string, login: string): string {
  return `${inert(login)} released plan ${code(digest.slice(0, 8))} for ${code(environment)}. It is applied if it is still the plan.`;
}
