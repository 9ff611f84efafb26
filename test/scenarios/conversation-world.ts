/**
 * A world in which conversations are played: the stand-in GitHub with its webhooks and git over HTTP, a cluster given by its kubeconfig, an
 * embedded store, and the unchanged product between them. What people do and read in one repository of it stands in conversation.ts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { OperatorConfig, OperatorLimits } from '../../src/config/operator-config.ts';
import { defaultOperatorLimits } from '../../src/config/operator-config.ts';
import type { Binding } from '../../src/domain/environment.ts';
import { startFairlead, type Fairlead } from '../../src/main.ts';
import type { GitHub } from '../../src/playground/github/handle.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { conversationIn, type Conversation } from './conversation.ts';
import { handsAt } from './scenario-clusters.ts';

export interface RepositorySettings {
  readonly files: Readonly<Record<string, string>>;
  /** Default: every kind, in the namespace that is called like the repository. */
  readonly binding?: Partial<Binding>;
  /** Whether the namespace is there before the first pull request; default true. */
  readonly namespace?: boolean;
}

export interface WorldOptions {
  readonly kubeconfig: string;
  /** By name, below `acme/`. Each has a namespace of that name to itself. */
  readonly repositories: Readonly<Record<string, RepositorySettings>>;
  readonly tickSeconds?: number;
  readonly limits?: Partial<OperatorLimits>;
  /** Absolute path of kustomize. */
  readonly kustomize?: string;
}

export interface World {
  readonly github: GitHub;
  /** Where the embedded store and the git mirrors lie until `stop`. */
  readonly folder: string;
  /** Every log line so far. */
  readonly log: readonly string[];
  repository(name: string): Conversation;
  /** Where the product listens now. */
  url(): string;
  /** Ends the product, gracefully; the forge and the cluster go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

const people = { writers: ['alice', 'bob'], readers: ['rita'] } as const;

const owner = 'acme';
const secret = 'a-webhook-secret-of-some-length';

export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-world-'));
  const github = await startGitHub({ webhookSecret: secret });
  const names = Object.keys(options.repositories);
  for (const name of names) await makeRepository(options, github, name);
  const config = operatorConfig(options, folder, github);
  const log: string[] = [];
  let fairlead = await start(config, github, log);
  const conversations = new Map<string, Conversation>();
  for (const name of names) {
    const hands = await handsAt(options.kubeconfig, name);
    conversations.set(name, conversationIn({ github, repo: `${owner}/${name}`, hands }));
  }
  return {
    github,
    folder,
    log,
    repository(name) {
      const found = conversations.get(name);
      if (found === undefined) throw new Error(`the world has no repository ${name}`);
      return found;
    },
    url: () => fairlead.url,
    pause: () => fairlead.stop(),
    async resume() {
      fairlead = await start(config, github, log);
    },
    async stop() {
      await fairlead.stop();
      await github.stop();
      for (const { cluster } of conversations.values()) await cluster.letGo();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeRepository(options: WorldOptions, github: GitHub, name: string): Promise<void> {
  const settings = options.repositories[name];
  await github.createRepository({ owner, name, files: settings?.files ?? {} });
  for (const login of people.writers) github.addUser(login, { [`${owner}/${name}`]: 'write' });
  for (const login of people.readers) github.addUser(login, { [`${owner}/${name}`]: 'read' });
  if (settings?.namespace === false) return;
  const hands = await handsAt(options.kubeconfig, name);
  await hands.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await hands.letGo();
}

function operatorConfig(options: WorldOptions, folder: string, github: GitHub): OperatorConfig {
  return {
    server: { host: '127.0.0.1', port: 0, publicUrl: 'https://fairlead.example' },
    store: { kind: 'embedded', folder },
    forges: [
      {
        name: 'github',
        type: 'github',
        apiUrl: github.url,
        webUrl: github.gitUrl,
        appId: String(github.appId),
        privateKey: github.appPrivateKeyPem,
        webhookSecrets: [secret],
      },
    ],
    clusters: [{ name: 'prod-eu', kubeconfig: options.kubeconfig, inCluster: false }],
    bindings: Object.entries(options.repositories).map(([name, { binding }]) => ({
      forge: 'github',
      repository: `${owner}/${name}`,
      branch: 'main',
      cluster: 'prod-eu',
      namespaces: [name],
      kinds: ['*'],
      ...binding,
    })),
    tickSeconds: options.tickSeconds ?? 3600,
    // The stand-in forge is ours alone.
    limits: { ...defaultOperatorLimits, forgeWritesPerMinute: 100_000, ...options.limits },
    tools: options.kustomize === undefined ? {} : { kustomize: options.kustomize },
  };
}

async function start(config: OperatorConfig, github: GitHub, log: string[]): Promise<Fairlead> {
  const seen = process.env['FAIRLEAD_TEST_LOG'] !== undefined;
  const destination = {
    write: (line: string) => {
      log.push(line);
      if (seen) process.stderr.write(line);
    },
  };
  const fairlead = await startFairlead(config, createLogger({ level: 'debug', destination }));
  github.setWebhookUrl(`${fairlead.url}/webhooks/github`);
  return fairlead;
}
