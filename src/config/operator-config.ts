/** What the operator decides: where Fairlead listens and keeps its state, which forges and clusters it knows, who may deploy where. */
import type { Binding } from '../domain/environment.ts';

export interface OperatorConfig {
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Without a trailing slash; begins the links in comments. */
    readonly publicUrl: string;
  };
  readonly store:
    | { readonly kind: 'embedded'; readonly folder: string }
    | { readonly kind: 'postgres'; readonly url: string };
  readonly forges: readonly ForgeConfig[];
  readonly clusters: readonly ClusterConfig[];
  readonly bindings: readonly Binding[];
  /** Seconds between two looks at every branch and cluster, with or without webhooks. */
  readonly tickSeconds: number;
  readonly limits: OperatorLimits;
  readonly tools: {
    /** Name on PATH or absolute path of the kustomize binary; absent: `kustomize`, else `kubectl kustomize`. */
    readonly kustomize?: string;
  };
}

export interface ForgeConfig {
  readonly name: string;
  readonly type: 'github';
  /** Absent for github.com. */
  readonly apiUrl?: string;
  readonly webUrl?: string;
  readonly appId: string;
  /** PEM. */
  readonly privateKey: string;
  /** Any of them is accepted, so that a secret can be changed without losing a delivery. */
  readonly webhookSecrets: readonly string[];
}

export interface ClusterConfig {
  readonly name: string;
  /** Absolute path; absent in the cluster itself. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly inCluster: boolean;
  /** Absolute path of credentials that can read and dry-run only, used for plans. */
  readonly planKubeconfig?: string;
}

export interface OperatorLimits {
  /** Bytes of one manifest file, and of all files of one environment. */
  readonly fileBytes: number;
  readonly totalBytes: number;
  /** Objects in one environment. */
  readonly objects: number;
  /** Seconds one run of kustomize may take. */
  readonly renderSeconds: number;
  /** Requests in flight to one cluster. */
  readonly requestsInFlight: number;
  /** Seconds one request to a cluster may take; with its retries twice as long. */
  readonly requestSeconds: number;
  /** Seconds until something is tried again that an outage of a forge or cluster held up. */
  readonly retrySeconds: number;
  /** Writing requests a minute to one account of a forge. The default is what github.com allows; a forge of one's own may allow more. */
  readonly forgeWritesPerMinute: number;
}

export const defaultOperatorLimits: OperatorLimits = {
  fileBytes: 10_000_000,
  totalBytes: 50_000_000,
  objects: 20_000,
  renderSeconds: 60,
  requestsInFlight: 8,
  requestSeconds: 30,
  retrySeconds: 60,
  forgeWritesPerMinute: 120,
};
