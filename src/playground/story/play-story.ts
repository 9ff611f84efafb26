/** The story from beginning to end. Every chapter goes on from what the one before it left. */
import { byHand } from './chapters/by-hand.ts';
import { goBack } from './chapters/go-back.ts';
import { moveIn } from './chapters/move-in.ts';
import { readBeforeMerge } from './chapters/read-before-merge.ts';
import { straightToMain } from './chapters/straight-to-main.ts';
import type { Stage } from './stage.ts';
import type { Teller } from './teller.ts';

/** @throws StoryBroke at the first thing that is not as it should be */
export async function playStory(stage: Stage, tell: Teller): Promise<void> {
  for (const chapter of [moveIn, readBeforeMerge, goBack, straightToMain, byHand]) await chapter(stage, tell);
}
