/** Starts a stand-in GitHub and gives the handle by which tests and the playground hold it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeliveries } from './deliveries.ts';
import { createFaults } from './faults.ts';
import { createHandle } from './handle.ts';
import type { GitHub } from './handle.ts';
import type { Account } from './model.ts';
import { createRequestLog } from './request-log.ts';
import { serve } from './serve-api.ts';
import { addAccount, timestamp } from './world.ts';
import type { World } from './world.ts';

export interface GitHubOptions {
  readonly appId?: number;
  /** The app's name in URLs; it writes as `slug[bot]`. */
  readonly appSlug?: string;
  /** PEM; made anew when absent. */
  readonly privateKey?: string;
  readonly webhookSecret: string;
  /** Absent: deliveries are logged and go nowhere until `setWebhookUrl`. */
  readonly webhookUrl?: string;
  /** What the app is granted; `metadata: read` always is. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  /** The clock, for tests of expiry. */
  readonly now?: () => Date;
  /** Default: any free port of the loopback address. */
  readonly port?: number;
  readonly host?: string;
}

/** What Fairlead asks for; without `administration`, so classic branch protection answers 403. */
const usualPermissions = {
  metadata: 'read',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  pull_requests: 'write',
  statuses: 'write',
} as const;

const events = ['check_run', 'check_suite', 'issue_comment', 'pull_request', 'pull_request_review', 'push'] as const;

/** Above 2^31, so that nothing gets away with 32-bit ids. */
const firstId = 2_200_000_001;
const hookId = 451;

export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-github-'));
  const privateKey = options.privateKey ?? makeKey();
  const world = createWorld(options, folder, privateKey);
  const services = { world, faults: createFaults(), requests: createRequestLog() };
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answer = serve(services, request, response).catch(() => void request.socket.destroy());
    running.add(answer);
    void answer.finally(() => running.delete(answer));
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in GitHub has no port');
  world.url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  const stop = async (): Promise<void> => {
    await world.deliveries.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.allSettled(running);
    await world.exclusively(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  };
  return createHandle({ ...services, appPrivateKeyPem: privateKey, hookId, stop });
}

function makeKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function createWorld(options: GitHubOptions, folder: string, privateKey: string): World {
  let lastId = firstId;
  const nextId = (): number => (lastId += 1);
  const clock = options.now ?? ((): Date => new Date());
  const now = (): string => timestamp(clock());
  const accounts = new Map<number, Account>();
  const slug = options.appSlug ?? 'fairlead';
  const id = options.appId ?? 4711;
  const owner = addAccount({ accounts, nextId, now }, `${slug}-makers`, 'Organization');
  const bot = addAccount({ accounts, nextId, now }, `${slug}[bot]`, 'Bot');
  let last: Promise<unknown> = Promise.resolve();
  return {
    folder,
    url: '',
    app: {
      id,
      slug,
      publicKey: createPublicKey(createPrivateKey(privateKey)),
      privateKeyPem: privateKey,
      webhookSecret: options.webhookSecret,
      permissions: { ...(options.permissions ?? usualPermissions), metadata: 'read' },
      events,
      owner,
      bot,
      createdAt: now(),
    },
    accounts,
    repositories: new Map(),
    formerNames: new Map(),
    installations: new Map(),
    tokens: new Map(),
    manifests: new Map(),
    checkSuites: new Map(),
    checkRuns: new Map(),
    statuses: [],
    deployments: new Map(),
    deliveries: createDeliveries({
      url: options.webhookUrl,
      secret: options.webhookSecret,
      appId: id,
      hookId,
      nextId,
      now,
    }),
    nextId,
    now,
    exclusively: (change) => {
      const result = last.then(change);
      last = result.catch(() => undefined);
      return result;
    },
  };
}
