/** The part of a cluster that changes things; every method demands the environment's lease. */
import type { ApplyOutcome } from '../../domain/apply-outcome.ts';
import type { EnvironmentLease } from '../../domain/deployment.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import type {
  ApplyOptions,
  ClusterWriter,
  DeleteOutcome,
  InventoryRef,
  ObservedRef,
  WriteOutcome,
} from '../../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { applyObject } from './apply-object.ts';
import { deleteObject } from './delete-object.ts';
import { writeInventory } from './inventory.ts';

export class KubernetesWriter implements ClusterWriter {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  apply(
    _lease: EnvironmentLease,
    object: KubernetesObject,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    return applyObject(this.#client, object, options, false, signal);
  }

  delete(_lease: EnvironmentLease, wanted: ObservedRef, uid: string, signal: AbortSignal): Promise<DeleteOutcome> {
    return deleteObject(this.#client, wanted, uid, signal);
  }

  writeInventory(
    _lease: EnvironmentLease,
    ref: InventoryRef,
    inventory: Inventory,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    return writeInventory(this.#client, ref, inventory, signal);
  }
}
