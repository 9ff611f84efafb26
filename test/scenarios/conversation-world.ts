/**
 * A world in which conversations are played: the stand-in GitHub with its webhooks and git over HTTP, a cluster given by its kubeconfig, an
 * embedded store, and the unchanged product between them. Tests speak as people do: open, merge, comment, revert, and read what stands there.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { OperatorConfig } from '../../src/config/operator-config.ts';
import { defaultOperatorLimits } from '../../src/config/operator-config.ts';
import type { Binding } from '../../src/domain/environment.ts';
import { startFairlead, type Fairlead } from '../../src/main.ts';
import type { GitHub } from '../../src/playground/github/handle.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

export interface WorldOptions {
  readonly kubeconfig: string;
  readonly files: Readonly<Record<string, string>>;
  readonly binding?: Partial<Binding>;
  readonly tickSeconds?: number;
}

export interface World {
  readonly github: GitHub;
  readonly repo: string;
  /** Opens a pull request and waits for its check; answers its number and head. */
  open(branch: string, files: Readonly<Record<string, string | null>>, title?: string): Promise<{ number: number; head: string }>;
  /** Merges and waits until the environment's check on the merged commit says something final. */
  merge(number: number, environment: string): Promise<{ sha: string; title: string; conclusion: string }>;
  /** The check of this name on a commit, once it is completed. */
  check(sha: string, name: string): Promise<{ readonly title: string; readonly conclusion: string }>;
  /** What Fairlead wrote on a pull request, markers left out. */
  comments(number: number): readonly string[];
  /** Waits until a comment of Fairlead's contains the text. */
  commentWith(number: number, text: string): Promise<string>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const secret = 'a-webhook-secret-of-some-length';
const repo = 'acme/shop';

export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-world-'));
  const github = await startGitHub({ webhookSecret: secret });
  await github.createRepository({ owner: 'acme', name: 'shop', files: options.files });
  github.addUser('alice', { [repo]: 'write' });
  github.addUser('reader', { [repo]: 'read' });
  const config = operatorConfig(options, folder, github);
  let fairlead = await start(config, github);
  return {
    github,
    repo,
    async open(branch, files, title) {
      const opened = await github.as('alice').openPullRequest({ repo, branch, files, ...(title === undefined ? {} : { title }) });
      await checkOf(github, opened.head, 'fairlead');
      return { number: opened.number, head: opened.head };
    },
    async merge(number, environment) {
      const sha = await github.as('alice').merge(repo, number);
      return { sha, ...(await checkOf(github, sha, `fairlead/${environment}`)) };
    },
    check: (sha, name) => checkOf(github, sha, name),
    comments: (number) => written(github, number),
    commentWith: (number, text) =>
      eventually(`a comment on #${number} with ${text}`, () => written(github, number).find((body) => body.includes(text))),
    async restart() {
      await fairlead.stop();
      fairlead = await start(config, github);
    },
    async stop() {
      await fairlead.stop();
      await github.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
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
    bindings: [
      { forge: 'github', repository: repo, branch: 'main', cluster: 'prod-eu', namespaces: ['*'], kinds: ['*'], ...options.binding },
    ],
    tickSeconds: options.tickSeconds ?? 3600,
    limits: defaultOperatorLimits,
    tools: {},
  };
}

async function start(config: OperatorConfig, github: GitHub): Promise<Fairlead> {
  const level = process.env['FAIRLEAD_TEST_LOG'] === undefined ? 'silent' : 'debug';
  const fairlead = await startFairlead(config, createLogger({ level }));
  github.setWebhookUrl(`${fairlead.url}/webhooks/github`);
  return fairlead;
}

function written(github: GitHub, number: number): readonly string[] {
  return github
    .comments(repo, number)
    .filter(({ author }) => author.id === github.bot.id)
    .map(({ body }) => body.replace(/\s*<!-- fairlead:[^>]*-->\s*$/, ''));
}

async function checkOf(github: GitHub, sha: string, name: string): Promise<{ title: string; conclusion: string }> {
  return eventually(`check ${name} on ${sha.slice(0, 7)}`, () => {
    const run = github.checks(repo, sha).find((one) => one.name === name && one.status === 'completed');
    return run === undefined ? undefined : { title: run.title ?? '', conclusion: run.conclusion ?? '' };
  });
}

export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>, seconds = 40): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
