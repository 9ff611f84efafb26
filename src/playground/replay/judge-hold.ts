/** Was it right to hold a commit? kubectl and the API server are asked, file by file. */
import { rm } from 'node:fs/promises';
import { fieldManager } from '../../domain/kubernetes.ts';
import type { SourceCommit } from './choose-commits.ts';
import { applyAll, refusalOf } from './kubectl-apply.ts';
import { manifestsOf, type Manifests } from './manifests.ts';
import type { Stage } from './stage.ts';

export interface HoldJudgement {
  /** Files the server refuses too, with its words. */
  readonly confirmed: readonly { readonly file: string; readonly words: string }[];
  /** Files kubectl would apply, held by a rule of Fairlead's own. */
  readonly ownRule: readonly string[];
  /** Files kubectl would apply, and Fairlead has no rule of its own: these are differences. */
  readonly contradicted: readonly string[];
}

interface SaidFinding {
  readonly code: string;
  readonly file: string;
}

const ownRules = new Set([
  // What says two things at once: kubectl takes the one that comes last, Fairlead makes people choose.
  'duplicate-object',
  'yaml-duplicate-key',
  // What lies elsewhere than in the tree that was reviewed: kubectl reads what the checkout makes of it.
  'symlink-refused',
  'submodule-refused',
]);

/** What only tells that a namespace or definition of the same commit is not there yet is no refusal of the object. */
const notYetThere = /namespaces "[^"]*" not found|no matches for kind|ensure CRDs are installed first/;

export async function judgeHold(
  stage: Stage,
  commit: SourceCommit,
  findings: readonly SaidFinding[],
): Promise<HoldJudgement> {
  const manifests = await manifestsOf(
    stage.history,
    commit.sha,
    { ...stage.options, kustomize: stage.kustomize },
    stage.folder,
  );
  if (manifests.kind === 'not-built') {
    return { confirmed: [{ file: stage.options.path, words: manifests.why }], ownRule: [], contradicted: [] };
  }
  const files = [...new Set(findings.map(({ file }) => file))];
  const refused = new Map<string, string>();
  for (const file of files) {
    const lines = await refusalOf(stage.kubectl, manifests.fileOf(file), fieldManager);
    const words = lines.filter((line) => !notYetThere.test(line));
    if (words.length > 0) refused.set(file, words.join('\n'));
  }
  const open = files.filter((file) => !refused.has(file));
  if (open.length > 0)
    for (const [file, words] of await refusedElsewhere(stage, manifests, open)) refused.set(file, words);
  await rm(manifests.target, { recursive: true, force: true });
  const taken = files.filter((file) => !refused.has(file));
  const byRule = (file: string): boolean =>
    findings.filter((one) => one.file === file).every(({ code }) => ownRules.has(code));
  return {
    confirmed: [...refused].map(([file, words]) => ({ file, words })),
    ownRule: taken.filter(byRule),
    contradicted: files.length === 0 ? ['(no file was named)'] : taken.filter((file) => !byRule(file)),
  };
}

/** On a server of their own, where everything else of the commit has been applied: then nothing is merely not there yet. */
async function refusedElsewhere(
  stage: Stage,
  manifests: Extract<Manifests, { kind: 'there' }>,
  files: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const fresh = await stage.freshCluster();
  try {
    await applyAll(fresh.kubectl, manifests.target);
    const refused = new Map<string, string>();
    for (const file of files) {
      const lines = await refusalOf(fresh.kubectl, manifests.fileOf(file), fieldManager);
      // As another manager: what the first round left there is kubectl's.
      const words = lines.filter((line) => !/Apply failed with \d+ conflict/.test(line));
      if (words.length > 0) refused.set(file, words.join('\n'));
    }
    return refused;
  } finally {
    await fresh.stop();
  }
}
