/** The one dispatcher of a cluster connection: HTTP/2 where the server speaks it, kept alive, rebuilt only when our TLS identity changes. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';

import { Credentials, type TlsMaterial } from './credentials.ts';
import { type ClusterEntry, ClusterConfigError } from './kubeconfig.ts';
import type { ClusterLimits } from './limits.ts';

export interface Connection {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Path before every API path, for servers behind a gateway (`/k8s/clusters/c-abc`); '' mostly. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class Connector {
  readonly #credentials: Credentials;
  readonly #server: URL;
  readonly #proxy: string | undefined;
  readonly #limits: Pick<ClusterLimits, 'inFlight' | 'requestMs'>;
  readonly #retired = new Map<Dispatcher, NodeJS.Timeout>();
  #tls: TlsMaterial | undefined;
  #dispatcher: Dispatcher | undefined;

  /** Throws `ClusterConfigError` when the entry's addresses cannot be used. */
  constructor(entry: ClusterEntry, limits: Pick<ClusterLimits, 'inFlight' | 'requestMs'>) {
    this.#credentials = new Credentials(entry);
    this.#server = addressOf(entry.cluster.server, ['https:', 'http:'], 'server');
    this.#proxy = entry.cluster.proxyUrl
      ? addressOf(entry.cluster.proxyUrl, ['http:', 'https:'], 'proxy-url').href
      : undefined;
    this.#limits = limits;
  }

  async connection(): Promise<Connection> {
    const { headers, tls } = await this.#credentials.identity();
    if (this.#dispatcher !== undefined && JSON.stringify(tls) !== JSON.stringify(this.#tls))
      this.abandon(this.#dispatcher);
    this.#dispatcher ??= this.#open(tls);
    this.#tls = tls;
    const prefix = this.#server.pathname.replace(/\/+$/, '');
    return { dispatcher: this.#dispatcher, origin: this.#server.origin, prefix, headers };
  }

  /** Read the credentials anew at the next request. */
  renew(): void {
    this.#credentials.renew();
  }

  /**
   * The next request gets a new connection. For when one got no answer in time: a path that went dead without a word would
   * otherwise hold the same HTTP/2 session, and every request on it, until TCP gives up after a quarter of an hour.
   * Requests still under way on the old one have the time they would have had.
   */
  abandon(dispatcher: Dispatcher): void {
    if (this.#dispatcher !== dispatcher) return;
    this.#dispatcher = undefined;
    const end = () => {
      this.#retired.delete(dispatcher);
      void dispatcher.destroy();
    };
    this.#retired.set(dispatcher, setTimeout(end, this.#limits.requestMs).unref());
  }

  /** Ends everything under way. */
  async close(): Promise<void> {
    if (this.#dispatcher !== undefined) this.abandon(this.#dispatcher);
    const retired = [...this.#retired];
    this.#retired.clear();
    for (const [, timer] of retired) clearTimeout(timer);
    await Promise.all(retired.map(([dispatcher]) => dispatcher.destroy()));
  }

  #open(tls: TlsMaterial): Dispatcher {
    const shared = { allowH2: true, connections: this.#limits.inFlight, keepAliveTimeout: 30_000 };
    return this.#proxy === undefined
      ? new Agent({ ...shared, connect: { ...tls, timeout: 10_000, keepAlive: true } })
      : new ProxyAgent({ ...shared, uri: this.#proxy, requestTls: { ...tls } });
  }
}

function addressOf(text: string, schemes: readonly string[], what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !schemes.includes(url.protocol)) {
    throw new ClusterConfigError(
      `the kubeconfig's ${what} must begin with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );
  }
  return url;
}
