/** `fairlead doctor`: asks everything Fairlead depends on how it is, and says what to do about what is wrong. Changes nothing. */
import type { OperatorConfig } from '../../config/operator-config.ts';
import { readAppManifest } from '../app-manifest.ts';
import { bad, type Examined } from './examined.ts';
import { examineCluster } from './examine-cluster.ts';
import { examineForge } from './examine-forge.ts';
import { examineMachine } from './examine-machine.ts';

export async function examineAll(config: OperatorConfig): Promise<readonly Examined[]> {
  const manifest = readAppManifest();
  const parts = await Promise.all([
    guarded('this machine', examineMachine(config)),
    ...config.forges.map((forge) => guarded(forge.name, examineForge(forge, config, manifest))),
    ...config.clusters.map((cluster) => guarded(cluster.name, examineCluster(cluster, config.bindings))),
  ]);
  return parts.flat();
}

/** One part that fails otherwise than it may does not keep the others from being told. */
async function guarded(subject: string, part: Promise<readonly Examined[]>): Promise<readonly Examined[]> {
  try {
    return await part;
  } catch (error) {
    return [bad(subject, error instanceof Error ? error.message : String(error), 'Correct this first.')];
  }
}
