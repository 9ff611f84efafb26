/** What Fairlead needs on the machine it runs on: Node.js (checked at the start of every command), git, kustomize, a place for its store. */
import { gitVersion } from '../../adapters/git/git-version.ts';
import { findTool } from '../../adapters/render/find-tool.ts';
import { probeStore } from '../../adapters/store/probe-store.ts';
import type { OperatorConfig } from '../../config/operator-config.ts';
import { bad, examine, type Examined, good } from './examined.ts';

export async function examineMachine(config: OperatorConfig): Promise<readonly Examined[]> {
  const git = await gitVersion();
  const tool = await findTool(config.tools.kustomize, process.env['PATH'] ?? '');
  const store = await probeStore(config.store);
  const storeFix =
    config.store.kind === 'embedded'
      ? 'Correct its permissions, or store.folder.'
      : 'Correct store.url, or start PostgreSQL.';
  return [
    good('node', process.versions.node),
    examine('git', git, 'Install git 2.38 or newer and put it on PATH.', (version) => good('git', version)),
    kustomize(tool, config),
    examine('store', store, storeFix, (what) => good('store', what)),
  ];
}

/** Only environments with `render: kustomize` need it, so its absence is wrong only where the operator named one. */
function kustomize(tool: Awaited<ReturnType<typeof findTool>>, { tools }: OperatorConfig): Examined {
  if ('program' in tool) return good('kustomize', `${tool.name} (${tool.program})`);
  return tools.kustomize === undefined
    ? good('kustomize', 'none; environments with render: kustomize need it, or kubectl, on PATH')
    : bad('kustomize', tool.detail ?? 'not found', 'Correct tools.kustomize.');
}
