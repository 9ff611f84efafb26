/**
 * A world to try Fairlead in: a stand-in GitHub, the unchanged product behind its webhooks, and clusters somebody else started. What people do in it
 * is in conversation.ts and in the stand-in's own handle.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitHub, RepositoryInput } from '../github/handle.ts';
import { startGitHub } from '../github/start-github.ts';
import { operatorFile, type WorldBinding, type WorldCluster } from './operator-file.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface WorldOptions {
  readonly clusters: readonly WorldCluster[];
  /** Made before the product starts; the App is installed on them. */
  readonly repositories: readonly RepositoryInput[];
  readonly bindings: readonly WorldBinding[];
  /** How often the product looks by itself; absent: its default. */
  readonly tickSeconds?: number;
  /** Absolute path of kustomize; absent: what PATH has. */
  readonly kustomize?: string;
}

export interface World {
  readonly github: GitHub;
  readonly server: ServerProcess;
  /** Holds the operator file, the secrets, the product's data and its log; removed by `stop`. */
  readonly folder: string;
  /** Stops the product, then GitHub. */
  stop(): Promise<void>;
}

/** Resolves when the product listens and gets webhooks. Nothing is left running when it rejects. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-world-'));
  const webhookSecret = randomBytes(32).toString('hex');
  const github = await startGitHub({ webhookSecret });
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    for (const repository of options.repositories) await github.createRepository(repository);
    const keyFile = join(folder, 'app-key.pem');
    const secretFile = join(folder, 'webhook-secret');
    await writeFile(keyFile, github.appPrivateKeyPem, { mode: 0o600 });
    await writeFile(secretFile, webhookSecret, { mode: 0o600 });
    const text = operatorFile({
      port: await freePort(),
      dataFolder: join(folder, 'data'),
      gitHub: github,
      keyFile,
      secretFile,
      ...options,
    });
    const file = join(folder, 'fairlead.operator.yaml');
    await writeFile(file, text, { mode: 0o600 });
    const server = await startServer(file, folder);
    github.setWebhookUrl(`${server.url}/webhooks/github`);
    return {
      github,
      server,
      folder,
      stop: async () => {
        await server.stop();
        await github.stop();
        await remove();
      },
    };
  } catch (error) {
    await github.stop();
    await remove();
    throw error;
  }
}

/** Known before the product starts, because the links in its comments begin with it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
