/** The running deployment as a record: every step is written under the lease before the next, and the forge is told at most every 5 s. */
import type { Deployment, DeploymentState, EnvironmentLease, ObjectResult } from '../domain/deployment.ts';
import type { Environment } from '../domain/environment.ts';
import { objectKey, type ObjectRef } from '../domain/kubernetes.ts';
import { LostLease, type StoreTransaction } from '../ports/store.ts';
import type { FlowDeps } from './deps.ts';
import { sayDeployment } from './say-deployment.ts';

const tellEvery = 5_000;
const leaseSeconds = 60;
const renewEvery = 15_000;

export interface Progress {
  readonly deployment: () => Deployment;
  /** Enters a state or stage: recorded and told at once, in one transaction with what `also` does. */
  enter(
    state: DeploymentState,
    patch?: Partial<Deployment>,
    also?: (tx: StoreTransaction) => Promise<void>,
  ): Promise<void>;
  /** Notes what became of one object; recorded with the next `tick`. */
  note(ref: ObjectRef, result: Partial<Omit<ObjectResult, 'ref'>>): void;
  /** Between steps: keeps the lease (throws LostLease when it is gone) and tells when it is time. */
  tick(): Promise<void>;
}

export function trackProgress(
  deps: FlowDeps,
  environment: Environment,
  lease: EnvironmentLease,
  first: Deployment,
  mergedBy: ReadonlyMap<number, string>,
): Progress {
  let current = first;
  const results = new Map(first.results.map((result) => [objectKey(result.ref), result]));
  let toldAt = 0;
  let renewedAt = deps.clock.now().getTime();

  const record = async (also?: (tx: StoreTransaction) => Promise<void>) => {
    current = { ...current, results: [...results.values()] };
    toldAt = deps.clock.now().getTime();
    await deps.store.transaction(async (tx) => {
      await tx.updateDeployment(lease, current);
      await sayDeployment(deps, tx, { environment, deployment: current, mergedBy });
      await also?.(tx);
    });
  };
  return {
    deployment: () => ({ ...current, results: [...results.values()] }),
    async enter(state, patch = {}, also) {
      current = { ...current, ...patch, state };
      await record(also);
    },
    note(ref, result) {
      const key = objectKey(ref);
      const before = results.get(key) ?? { ref, result: 'not-tried', readiness: 'not-checked' };
      results.set(key, { ...before, ...result });
    },
    async tick() {
      const now = deps.clock.now().getTime();
      if (now - renewedAt > renewEvery) {
        if (!(await deps.store.renewLease(lease, leaseSeconds))) throw new LostLease(environment.key);
        renewedAt = now;
      }
      if (now - toldAt > tellEvery) await record();
    },
  };
}
