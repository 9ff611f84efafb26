/** `npm run cluster`: a real Kubernetes control plane on this machine until Ctrl-C. */
import { ensureBinaries } from './ensure-binaries.ts';
import { BAD_IMAGE } from './kwok-stages.ts';
import { serviceAccountKubeconfig } from './service-account.ts';
import { startControlPlane, toolsFor } from './start-control-plane.ts';

const log = (line: string): void => console.error(line);

/** Ends with the exit code to use. */
async function main(): Promise<number> {
  const binaries = await ensureBinaries([...toolsFor({ controllers: true }), 'kubectl'], log);
  if (binaries.kind === 'unavailable') {
    log(`No cluster: ${binaries.why}.`);
    return 1;
  }
  const { path } = binaries;
  const controlPlane = await startControlPlane({ controllers: true, path, log });
  // From here on a signal stops in order; before, it just ends this process, and with it whatever was started.
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const fairlead = await serviceAccountKubeconfig(controlPlane);
  console.log(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  log(`
The cluster is at ${controlPlane.url}. Kubeconfig for Fairlead, as its own ServiceAccount: ${fairlead}
Pods become ready at once; those whose image contains "${BAD_IMAGE}" stay in ImagePullBackOff.
kubectl: ${path('kubectl')}   logs: ${controlPlane.dir}/logs
Ctrl-C stops it and removes everything.`);
  try {
    await Promise.race([stopAsked, controlPlane.ended]);
    log('stopping …');
    return 0;
  } catch (error) {
    log(`The cluster is gone: ${error instanceof Error ? error.message : String(error)}.`);
    return 1;
  } finally {
    await controlPlane.stop();
  }
}

process.exitCode = await main();
