/** The forges the contract is held against, and small helpers of its tests. */
import type { TestContext } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { parseSha, type Sha } from '../../src/domain/forge.ts';
import type { ForgeWorld } from './forge-world.ts';
import { emulateLacks } from './emulate-lacks.ts';
import { emulateWorld } from './emulate-world.ts';
import { gitHubWorld } from './github-world.ts';

export const forges: readonly (readonly [string, () => Promise<ForgeWorld>, Lacking])[] = [
  ['GitHub, the stand-in', gitHubWorld, {}],
  ['GitHub, emulate', emulateWorld, emulateLacks],
];

/** Promises a forge under test cannot show, by the names of suite and test: it has not got what they need. With the reason. */
export type Lacking = Readonly<Record<string, string>>;

/**
 * For `beforeEach`: what is listed must fail, so that the list gets shorter when the forge has learned it. Nothing is skipped.
 */
export function expectLacking(lacking: Lacking): (context: TestContext) => void {
  return ({ task }) => {
    const names = [task.name];
    for (let { suite } = task; suite !== undefined; { suite } = suite) names.unshift(suite.name);
    // The first is the forge's own name.
    if (lacking[names.slice(1).join(' > ')] !== undefined) Object.assign(task, { fails: true });
  };
}

/** What is known; fails the test otherwise. */
export function value<T>(evidence: Evidence<T>): T {
  if (!evidence.known) throw new Error(`unknown: ${evidence.why} ${evidence.detail}`);
  return evidence.value;
}

export function commitId(text: string): Sha {
  const parsed = parseSha(text);
  if (parsed === undefined) throw new Error(`not a commit id: ${text}`);
  return parsed;
}
