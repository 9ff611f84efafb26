/** What flows are given: ports, and a few values fixed at the start of the process. Plain arguments, no container. */
import type { Fingerprint } from '../core/diff/mask.ts';
import type { Binding } from '../domain/environment.ts';
import type { ForgeWords } from '../domain/forge-words.ts';
import type { RepositoryRef } from '../domain/forge.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader, ClusterWriter } from '../ports/cluster.ts';
import type { Forge } from '../ports/forge.ts';
import type { Git } from '../ports/git.ts';
import type { Log } from '../ports/log.ts';
import type { Renderer } from '../ports/renderer.ts';
import type { Store } from '../ports/store.ts';

export interface FlowDeps {
  readonly forges: ReadonlyMap<string, ForgeAccess>;
  readonly clusters: ReadonlyMap<string, ClusterAccess>;
  readonly git: Git;
  readonly renderer: Renderer;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly bindings: BindingBook;
  readonly fingerprint: Fingerprint;
  /** Where a stored plan can be read, by its unguessable token. */
  readonly planLink: (token: string) => string;
  readonly newToken: () => string;
  /** Names this process in leases. */
  readonly worker: string;
  /** Seconds until something is tried again that an outage of a forge or cluster held up. */
  readonly retrySeconds: number;
}

export interface ForgeAccess {
  readonly forge: Forge;
  readonly words: ForgeWords;
}

/** Planning and applying may use different credentials; the planner never gets the writer. */
export interface ClusterAccess {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
}

/** What the operator allows, looked up by the repository's numeric id. */
export interface BindingBook {
  /** Bindings of a repository; empty when the operator allows it nothing. */
  bindingsOf(repository: RepositoryRef): readonly Binding[];
  /** Every bound repository and branch whose id could be found; for the reconcile tick. */
  repositories(): Promise<readonly { readonly repository: RepositoryRef; readonly branch: string }[]>;
}

/** Thrown for a forge or cluster name that the operator file does not have: a bug, as configuration is checked at the start. */
export function mustGet<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`nothing is configured under the name ${name}`);
  return found;
}
