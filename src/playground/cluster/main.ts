/**
 * `node main.ts [port]` starts the stand-in cluster alone and prints its kubeconfig; `node main.ts types <kubernetes sources> <module
 * folder>…` prints types.json anew.
 */
import { join } from 'node:path';
import { deriveTypes } from './derive-types.ts';
import { startCluster } from './start-cluster.ts';

const [command, sources, ...goModules] = process.argv.slice(2);
if (command === 'types' && sources !== undefined) printTypes(sources);
else await serve(Number(command ?? '0'));

function printTypes(root: string): void {
  const table = deriveTypes({
    openapi: join(root, 'api/openapi-spec/v3'),
    discovery: join(root, 'api/discovery'),
    goModules,
  });
  const lines = Object.entries(table.types).map(([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`);
  const resources = table.resources.map((resource) => JSON.stringify(resource));
  console.log(`{"types":{\n${lines.join(',\n')}\n},"resources":[\n${resources.join(',\n')}\n]}`);
}

async function serve(port: number): Promise<void> {
  const cluster = await startCluster({ port });
  console.log(cluster.kubeconfig);
  process.once('SIGINT', () => void cluster.stop());
  process.once('SIGTERM', () => void cluster.stop());
}
