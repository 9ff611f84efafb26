/** Opens a cluster: kubeconfig or pod identity in, reader and writer out. */
import type { Evidence } from '../../domain/evidence.ts';
import type { ClusterReader, ClusterWriter } from '../../ports/cluster.ts';
import { type Permission, reviewAccess } from './access-review.ts';
import { ApiClient } from './api-client.ts';
import { KubernetesReader } from './cluster-reader.ts';
import { KubernetesWriter } from './cluster-writer.ts';
import { Connector } from './connector.ts';
import { InFlightGate } from './in-flight-gate.ts';
import { type ClusterTarget, readClusterEntry } from './kubeconfig.ts';
import { type ClusterLimits, defaultLimits } from './limits.ts';

export interface ConnectOptions extends ClusterTarget {
  readonly limits?: Partial<ClusterLimits>;
  /** Two connections to one cluster (planner's and writer's credentials) share a gate, as the limit is the cluster's. */
  readonly gate?: InFlightGate;
}

export interface ClusterConnection {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  /** Whether these credentials may do something. Unknown where the server does not say. */
  mayI(permission: Permission, signal: AbortSignal): Promise<Evidence<boolean>>;
  /** Pass to another connection to the same cluster. */
  readonly gate: InFlightGate;
  /** Ends all requests under way. */
  close(): Promise<void>;
}

/** Reads the kubeconfig and sends nothing yet. Rejects with `ClusterConfigError` when it cannot be used. */
export async function connectCluster(options: ConnectOptions): Promise<ClusterConnection> {
  const limits = { ...defaultLimits, ...options.limits };
  const entry = await readClusterEntry(options);
  const connector = new Connector(entry, limits);
  const gate = options.gate ?? new InFlightGate(limits.inFlight);
  const client = new ApiClient(connector, gate, limits);
  return {
    reader: new KubernetesReader(client),
    writer: new KubernetesWriter(client),
    mayI: (permission, signal) => reviewAccess(client, permission, signal),
    gate,
    close: () => connector.close(),
  };
}
