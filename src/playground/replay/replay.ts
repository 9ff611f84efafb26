/** A history played through the product, commit by commit, and the three checks over it. */
import type { Memory } from '../world/server-process.ts';
import { NeverHappened } from '../world/until.ts';
import { readFile } from 'node:fs/promises';
import { compareEnds, type EndComparison } from './compare-kubectl.ts';
import { applyAll } from './kubectl-apply.ts';
import { manifestsOf } from './manifests.ts';
import { peerManager } from './normalise.ts';
import { playCommit, type Played } from './play-commit.ts';
import { appliedBy, takeSnapshot } from './snapshot.ts';
import type { SourceCommit } from './choose-commits.ts';
import type { Stage } from './stage.ts';

export interface ReplayResult {
  readonly played: readonly Played[];
  /** Why it ended before the last commit. */
  readonly brokenOff: string | undefined;
  /** Absent when nothing was deployed. */
  readonly end: (EndComparison & { readonly commit: SourceCommit; readonly refused: readonly string[] }) | undefined;
  /** Of the server process. */
  readonly memory: Memory;
  readonly driftIssues: readonly string[];
}

/** @param tell gets each commit as soon as it was played */
export async function replay(
  stage: Stage,
  tell: (played: Played, index: number, memory: Memory, before: Played | undefined) => void,
  log: (line: string) => void,
): Promise<ReplayResult> {
  const played: Played[] = [];
  let brokenOff: string | undefined;
  for (const [index, commit] of stage.commits.entries()) {
    try {
      const one = await playCommit(stage, commit, index);
      tell(one, index, await stage.world.server.memory(), played.at(-1));
      played.push(one);
    } catch (error) {
      if (!(error instanceof NeverHappened)) throw error;
      brokenOff = `${error.message}; the last words of the server:\n${await lastWords(stage)}`;
      break;
    }
  }
  log('applying the last deployed commit with kubectl on a fresh cluster …');
  const end = await compareWithKubectl(stage, played);
  const memory = await stage.world.server.memory();
  const driftIssues = stage.world.github
    .issues('replay/history')
    .filter(({ state }) => state === 'open')
    .map(({ title }) => title);
  return { played, brokenOff, end, memory, driftIssues };
}

async function compareWithKubectl(stage: Stage, played: readonly Played[]): Promise<ReplayResult['end']> {
  const last = played.findLast(({ result }) => result.kind === 'merged');
  if (last === undefined || last.result.kind !== 'merged') return undefined;
  const what = { ...stage.options, kustomize: stage.kustomize };
  const manifests = await manifestsOf(stage.history, last.commit.sha, what, stage.folder);
  if (manifests.kind === 'not-built') {
    return { commit: last.commit, refused: [manifests.why], checked: 0, mismatches: [] };
  }
  const fresh = await stage.freshCluster();
  try {
    const refused = await applyAll(fresh.kubectl, manifests.target);
    const ours = await takeSnapshot(stage.reader, stage.applySetId, []);
    const peers = await appliedBy(fresh.reader, peerManager, [...ours.keys()]);
    const waiting = new Set(last.result.comparison.pendingPrunes);
    return { commit: last.commit, refused, ...compareEnds(ours, peers, waiting) };
  } finally {
    await fresh.stop();
  }
}

async function lastWords(stage: Stage): Promise<string> {
  const text = await readFile(stage.world.server.logFile, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-15).join('\n');
}
