/** What the HTTP side holds of a stand-in cluster, and the requests it has seen. */
import type { Faults } from './faults.ts';
import type { Cluster } from './store-object.ts';
import type { Registry, Resource } from './registry.ts';

export interface RequestLine {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface Face {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly faults: Faults;
  readonly token: string;
  /** Whether a request without credentials is refused. */
  readonly tokenRequired: boolean;
  readonly log: RequestLine[];
}

/** A request for objects of a kind. `namespace` is undefined for all namespaces and for cluster-scoped kinds. */
export interface ResourceRoute {
  readonly kind: 'resource';
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: string;
}
