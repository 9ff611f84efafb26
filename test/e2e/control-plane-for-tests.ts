/** A real control plane for a test file. Where it cannot be had, CI fails and elsewhere the suites that need it say so and skip. */
import { afterAll } from 'vitest';
import { ensureBinaries } from '../../src/playground/control-plane/ensure-binaries.ts';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
  toolsFor,
} from '../../src/playground/control-plane/start-control-plane.ts';

export interface ControlPlaneForTests {
  /** For `describe.skipIf`. */
  readonly unavailable: boolean;
  /** Throws when it is unavailable; call it inside tests and hooks. */
  readonly get: () => ControlPlane;
}

/**
 * Starts a control plane of this test file's own, and stops it after the file's last test. To be awaited at the top of the file:
 * collecting has no time limit, while the first build of the binaries takes minutes.
 *
 *     const cluster = await controlPlaneForTests('applying to a cluster', { controllers: true });
 *     describe.skipIf(cluster.unavailable)('applying to a cluster', () => { … cluster.get().kubeconfig … });
 *
 * Throws instead of skipping when CI or FAIRLEAD_REQUIRE_CLUSTER is set: there, a skipped suite would look like a passed one.
 * @param suites what will not have run, for the sentence that says so
 */
export async function controlPlaneForTests(
  suites: string,
  options: Pick<ControlPlaneOptions, 'controllers' | 'apiServerFlags'>,
): Promise<ControlPlaneForTests> {
  const binaries = await ensureBinaries(toolsFor(options), say);
  if (binaries.kind === 'unavailable') {
    const sentence = `"${suites}" did not run: it needs a real Kubernetes control plane, but ${binaries.why}.`;
    if (isSet('CI') || isSet('FAIRLEAD_REQUIRE_CLUSTER')) throw new Error(sentence);
    say(sentence);
    return {
      unavailable: true,
      get: () => {
        throw new Error(sentence);
      },
    };
  }
  const controlPlane = await startControlPlane({ ...options, path: binaries.path, log: () => undefined });
  afterAll(controlPlane.stop);
  return { unavailable: false, get: () => controlPlane };
}

function isSet(variable: string): boolean {
  const value = process.env[variable];
  return value !== undefined && value !== '' && value !== 'false';
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
