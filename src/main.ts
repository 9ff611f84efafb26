/** The composition root: configuration → adapters → web and workers. Drains when told to stop. The only file that knows every part. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { connectGit } from './adapters/git/connect-git.ts';
import { connectGitHub, type GitHub } from './adapters/github/connect-github.ts';
import { parseGitHub } from './adapters/github/parse-webhook.ts';
import { verifyGitHub } from './adapters/github/verify-webhook.ts';
import { connectCluster, type ClusterConnection } from './adapters/kubernetes/connect.ts';
import { connectRenderer } from './adapters/render/connect-renderer.ts';
import { openStore, type OpenStore, type StoreLocation } from './adapters/store/open-store.ts';
import type { ClusterConfig, ForgeConfig, OperatorConfig, OperatorLimits } from './config/operator-config.ts';
import { fingerprintWith } from './core/diff/mask.ts';
import { type Evidence, unknown } from './domain/evidence.ts';
import type { RepositoryRef } from './domain/forge.ts';
import { bindingBook, type RefreshingBook } from './flows/binding-book.ts';
import type { ClusterAccess, FlowDeps } from './flows/deps.ts';
import { runJob } from './jobs/run-job.ts';
import { forgePace, type PaceLimits } from './jobs/pace.ts';
import { startSender, type Sender } from './jobs/send-outbox.ts';
import type { Clock } from './ports/clock.ts';
import type { Intake } from './ports/intake.ts';
import type { Log } from './ports/log.ts';
import type { Store } from './ports/store.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { listen } from './web/listen.ts';
import { webApp, type WebDeps } from './web/web-app.ts';

export interface Fairlead {
  readonly url: string;
  /** Takes nothing new, lets what runs end (at most `seconds`), closes everything. */
  stop(seconds?: number): Promise<void>;
}

const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new Error('stopped'));
      const onAbort = () => {
        clearTimeout(timer);
        reject(new Error('stopped'));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

const pruneEvery = 24 * 60 * 60 * 1000;

/** Starts everything. Rejects when the store or a kubeconfig cannot be used; a forge or cluster that is away is no reason not to start. */
export async function startFairlead(config: OperatorConfig, log: Log): Promise<Fairlead> {
  const metrics = createMetrics({
    forges: config.forges.map(({ name }) => name),
    clusters: config.clusters.map(({ name }) => name),
  });
  const clusters = await connectClusters(config.clusters, config.limits);
  const opened = await openStore(storeLocation(config), {
    report: (what, error) => log.error({ error: messageOf(error) }, what),
  });
  const forges = new Map(config.forges.map((forge) => [forge.name, connectForge(forge, log)]));
  const sender = startSender({
    outbox: opened.outbox,
    forges: Object.fromEntries(forges),
    clock: systemClock,
    log,
    counted: (kind, result) => metrics.words(kind, result),
    random: Math.random,
    limits: paceOf(config),
  });
  const store = wakingStore(opened.store, sender);
  const bindings = openBindings(config, forges, store, log);
  const deps = flowDeps(config, { forges, clusters, store, bindings, log });
  const workers = await startWorkers(deps, opened, bindings, metrics, config.tickSeconds);
  const server = await listen(webApp(webDeps(config, opened, store, metrics, log)), config.server);
  return {
    url: server.url,
    async stop(seconds = 25) {
      await server.close(5);
      await workers.stop(seconds);
      await sender.stop();
      await opened.close();
      for (const cluster of clusters.values()) await cluster.close();
    },
  };
}

/** The operator's measure, in the proportions of GitHub's limits. */
function paceOf({ limits }: OperatorConfig): PaceLimits {
  const factor = limits.forgeWritesPerMinute / forgePace.writtenPerMinute;
  return {
    ...forgePace,
    createdPerMinute: Math.ceil(forgePace.createdPerMinute * factor),
    createdPerHour: Math.ceil(forgePace.createdPerHour * factor),
    writtenPerMinute: limits.forgeWritesPerMinute,
  };
}

/** Everything that is kept on disk lies below one folder: the embedded store and the git mirrors. Absolute, as git runs in folders of its own. */
function dataFolder(config: OperatorConfig): string {
  return resolve(config.store.kind === 'embedded' ? config.store.folder : 'data');
}

function storeLocation(config: OperatorConfig): StoreLocation {
  return config.store.kind === 'embedded'
    ? { kind: 'embedded', folder: join(config.store.folder, 'store') }
    : config.store;
}

function openBindings(
  config: OperatorConfig,
  forges: ReadonlyMap<string, GitHub>,
  store: Store,
  log: Log,
): RefreshingBook {
  const lookUp = async (name: string, fullName: string): Promise<Evidence<RepositoryRef>> =>
    (await forges.get(name)?.repository(name, fullName)) ?? unknown('not-found', `no forge is named ${name}`);
  const kept = {
    read: () => store.transaction((tx) => tx.boundRepositories()),
    keep: (name: string, id: string) => store.transaction((tx) => tx.bindRepository(name, id)),
  };
  return bindingBook(config.bindings, lookUp, kept, log);
}

interface Parts {
  readonly forges: ReadonlyMap<string, GitHub>;
  readonly clusters: ReadonlyMap<string, OpenCluster>;
  readonly store: Store;
  readonly bindings: RefreshingBook;
  readonly log: Log;
}

function flowDeps(config: OperatorConfig, { forges, clusters, store, bindings, log }: Parts): FlowDeps {
  const words = { change: 'pull request', mark: '#' };
  return {
    forges: new Map([...forges].map(([name, forge]) => [name, { forge, words }])),
    clusters: new Map([...clusters].map(([name, { access }]) => [name, access])),
    git: connectGit({ folder: join(dataFolder(config), 'git') }),
    renderer: connectRenderer({
      searchPath: process.env['PATH'] ?? '',
      limits: { timeout: config.limits.renderSeconds * 1000 },
      ...config.tools,
    }),
    store,
    clock: systemClock,
    log,
    bindings,
    fingerprint: fingerprintWith(fingerprintKey(config.forges)),
    planLink: (token) => `${config.server.publicUrl}/plans/${token}`,
    newToken: () => randomBytes(24).toString('base64url'),
    worker: `${hostname()}/${process.pid}`,
    retrySeconds: config.limits.retrySeconds,
  };
}

function webDeps(config: OperatorConfig, opened: OpenStore, store: Store, metrics: Metrics, log: Log): WebDeps {
  return {
    store,
    intakes: Object.fromEntries(config.forges.map((forge) => [forge.name, gitHubIntake(forge)])),
    log,
    counted: (forge, outcome) => metrics.delivery(forge, outcome),
    metrics: async () => {
      metrics.jobDepth(await opened.runner.depth());
      return metrics.render();
    },
    notReady: async () => {
      await store.transaction((tx) => tx.boundRepositories());
      return undefined;
    },
  };
}

function connectForge(forge: ForgeConfig, log: Log): GitHub {
  return connectGitHub({
    appId: forge.appId,
    privateKey: forge.privateKey,
    ...(forge.apiUrl === undefined ? {} : { baseUrl: forge.apiUrl }),
    ...(forge.webUrl === undefined ? {} : { gitUrl: forge.webUrl }),
    log,
  });
}

function gitHubIntake(forge: ForgeConfig): Intake {
  return {
    verify: (headers, rawBody) => verifyGitHub(headers, rawBody, forge.webhookSecrets),
    parse: (headers, body) => parseGitHub(headers, body, { forge: forge.name, appId: forge.appId }),
  };
}

interface OpenCluster {
  readonly access: ClusterAccess;
  close(): Promise<void>;
}

/** The planner's connection uses the planning credentials where the operator gives any; both share one limit of requests. */
async function connectClusters(
  clusters: readonly ClusterConfig[],
  { requestsInFlight, requestSeconds }: OperatorLimits,
): Promise<ReadonlyMap<string, OpenCluster>> {
  const limits = {
    inFlight: requestsInFlight,
    requestMs: requestSeconds * 1_000,
    totalMs: requestSeconds * 2_000,
  };
  const opened = new Map<string, OpenCluster>();
  for (const cluster of clusters) {
    const { name, planKubeconfig, ...target } = cluster;
    const main = await connectCluster({ ...target, limits });
    const planning: ClusterConnection =
      planKubeconfig === undefined
        ? main
        : await connectCluster({ kubeconfig: planKubeconfig, limits, gate: main.gate });
    opened.set(name, {
      access: { reader: planning.reader, writer: main.writer },
      close: async () => {
        await main.close();
        if (planning !== main) await planning.close();
      },
    });
  }
  return opened;
}

/** Fingerprints must stay the same over restarts and a lost store, so their key comes from a secret the operator keeps anyway. */
function fingerprintKey(forges: readonly ForgeConfig[]): Uint8Array {
  const secret = forges.map(({ privateKey }) => privateKey).join('\n');
  return new Uint8Array(hkdfSync('sha256', secret, 'fairlead', 'fingerprints of masked values', 32));
}

/** What was said in a transaction is sent as soon as it is committed, not at the sender's next look. */
function wakingStore(store: Store, sender: Sender): Store {
  return {
    ...store,
    async transaction(work) {
      let said = false;
      const result = await store.transaction((tx) =>
        work({
          ...tx,
          say: async (words) => {
            said = true;
            await tx.say(words);
          },
        }),
      );
      if (said) sender.wake();
      return result;
    },
  };
}

async function startWorkers(
  deps: FlowDeps,
  opened: OpenStore,
  bindings: RefreshingBook,
  metrics: Metrics,
  tickSeconds: number,
): Promise<{ stop(seconds: number): Promise<void> }> {
  await bindings.refresh();
  await opened.runner.start(async (job, signal) => {
    const started = Date.now();
    try {
      const result = await runJob(deps, job, signal);
      metrics.job(job.kind, result.kind, (Date.now() - started) / 1000);
      return result;
    } catch (error) {
      metrics.job(job.kind, 'failed', (Date.now() - started) / 1000);
      throw error;
    }
  });
  const tick = () => {
    opened.store
      .transaction((tx) => tx.enqueue({ job: { kind: 'tick' } }))
      .catch((error: unknown) => deps.log.error({ error: messageOf(error) }, 'the tick could not be queued'));
  };
  tick();
  const timers = [
    setInterval(tick, tickSeconds * 1000),
    setInterval(() => {
      opened
        .prune(new Date())
        .catch((error: unknown) => deps.log.error({ error: messageOf(error) }, 'old rows could not be removed'));
    }, pruneEvery),
  ];
  return {
    async stop(seconds) {
      for (const timer of timers) clearInterval(timer);
      await opened.runner.stop(seconds);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
