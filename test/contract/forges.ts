/** The forges the contract is held against, and small helpers of its tests. */
import type { Evidence } from '../../src/domain/evidence.ts';
import { parseSha, type Sha } from '../../src/domain/forge.ts';
import type { ForgeWorld } from './forge-world.ts';
import { gitHubWorld } from './github-world.ts';

export const forges: readonly (readonly [string, () => Promise<ForgeWorld>])[] = [
  ['GitHub, the stand-in', gitHubWorld],
];

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
