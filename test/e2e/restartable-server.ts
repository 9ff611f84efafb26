/** The product as it is installed, `fairlead serve` in a process of its own, that a test may kill and start again on the same data. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { GitHub } from '../../src/playground/github/handle.ts';
import { type ServerProcess, startServer } from '../../src/playground/world/server-process.ts';

export interface RestartableServer {
  /** Starts it where it does not run, as the receiver of GitHub's webhooks. */
  start(): Promise<void>;
  /** Where it listens; undefined when it does not run. */
  url(): string | undefined;
  /** SIGKILL, and nothing else: what it was doing is not brought to an end. */
  kill(): void;
  /** Resolves when a killed process is gone. */
  dead(): Promise<void>;
  /** Ends it in order, if it runs. */
  stop(): Promise<void>;
}

export interface ServerSetting {
  readonly github: GitHub;
  readonly webhookSecret: string;
  readonly kubeconfig: string;
  /** `owner/name`, each bound to the one cluster `prod-eu`. */
  readonly repositories: readonly string[];
  /** Absent: an embedded store in `folder`. */
  readonly storeUrl?: string;
  /** The operator file, the secrets, data and logs. */
  readonly folder: string;
}

export async function restartableServer(setting: ServerSetting): Promise<RestartableServer> {
  const { folder, github } = setting;
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'fairlead.operator.yaml');
  const keyFile = join(folder, 'app-key.pem');
  const secretFile = join(folder, 'webhook-secret');
  await writeFile(keyFile, github.appPrivateKeyPem, { mode: 0o600 });
  await writeFile(secretFile, setting.webhookSecret, { mode: 0o600 });
  if (setting.storeUrl !== undefined) await writeFile(join(folder, 'store-url'), setting.storeUrl, { mode: 0o600 });
  await writeFile(file, operatorFile(setting, keyFile, secretFile), { mode: 0o600 });
  let server: ServerProcess | undefined;
  let runs = 0;
  return {
    async start() {
      if (server !== undefined) return;
      runs += 1;
      const own = join(folder, `run-${runs}`);
      await mkdir(own);
      server = await startServer(file, own);
      github.setWebhookUrl(`${server.url}/webhooks/github`);
    },
    url: () => server?.url,
    kill() {
      if (server !== undefined) process.kill(server.pid, 'SIGKILL');
    },
    async dead() {
      await server?.ended.catch(() => undefined);
      await server?.stop();
      server = undefined;
    },
    async stop() {
      await server?.stop();
      server = undefined;
    },
  };
}

/** A folder of the system's temporary one, and its removal; with FAIRLEAD_TEST_LOG set it stays, to be looked at. */
export async function temporaryFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  if (process.env['FAIRLEAD_TEST_LOG'] !== undefined) {
    process.stderr.write(`the logs stay in ${path}\n`);
    return { path, remove: async () => {} };
  }
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

function operatorFile(setting: ServerSetting, keyFile: string, secretFile: string): string {
  const { github, folder } = setting;
  return JSON.stringify({
    version: 1,
    server: { host: '127.0.0.1', port: 0, publicUrl: 'https://fairlead.example' },
    store:
      setting.storeUrl === undefined ? { folder: join(folder, 'data') } : { url: { file: join(folder, 'store-url') } },
    forges: [
      {
        name: 'github',
        type: 'github',
        apiUrl: github.url,
        webUrl: github.gitUrl,
        appId: github.appId,
        privateKey: { file: keyFile },
        webhookSecrets: [{ file: secretFile }],
      },
    ],
    clusters: [{ name: 'prod-eu', kubeconfig: setting.kubeconfig }],
    bindings: setting.repositories.map((repository) => ({
      forge: 'github',
      repository,
      branch: 'main',
      cluster: 'prod-eu',
      namespaces: ['*'],
      kinds: ['*'],
    })),
    tick: { seconds: 3_600 },
    // The stand-in forge is ours alone.
    limits: { retrySeconds: 1, forgeWritesPerMinute: 10_000 },
  });
}
