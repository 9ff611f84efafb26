/** Starts a real Kubernetes control plane on 127.0.0.1: etcd and kube-apiserver, and on demand what makes rollouts happen. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, apiClient } from './api-client.ts';
import { type Access, kubeconfigText } from './kubeconfig.ts';
import { kwokConfiguration } from './kwok-stages.ts';
import * as processes from './processes.ts';
import { type Supervisor, supervise } from './supervise.ts';
import type { ToolName } from './tools.ts';

export interface ControlPlaneOptions {
  /**
   * false: etcd and kube-apiserver only, about 4 s. Nothing reconciles then: no ReplicaSets, no `default` service accounts, and a
   * deleted namespace stays Terminating. true: also kube-controller-manager, kube-scheduler and one Node played by kwok.
   */
  readonly controllers: boolean;
  /** Where the binaries are: from `ensureBinaries(toolsFor(options))`. */
  readonly path: (name: ToolName) => string;
  /** An empty or absent folder for data and logs, left in place at the end. Without it: a temporary one that is removed. */
  readonly dir?: string;
  /** Flags after ours, e.g. `--audit-policy-file=…`. */
  readonly apiServerFlags?: readonly string[];
  readonly log: (line: string) => void;
}

/** `url`, `caPem` and `token` are what the kubeconfig holds: a user of group system:masters. */
export interface ControlPlane extends Access {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** Holds the data, the kubeconfig and logs/, a file per process. */
  readonly dir: string;
  /** Rejects when a process ends that nobody stopped, resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Ids of the running processes by name. */
  readonly pids: () => ReadonlyMap<string, number>;
  /** Ends all processes; resolves when they are gone. They also end when this process does, even by SIGKILL. */
  readonly stop: () => Promise<void>;
}

const START_MS = 60_000;
const POLL_MS = 50;
/** Another process may take the port between our look and the bind. */
const ATTEMPTS = 3;
/** The address of a Unix socket has 104 bytes on macOS, 108 on Linux. */
const LONGEST_DIR = 90;

/** The binaries a control plane needs. */
export function toolsFor(options: Pick<ControlPlaneOptions, 'controllers'>): readonly ToolName[] {
  const bare = ['etcd', 'kube-apiserver'] as const;
  return options.controllers ? [...bare, 'kube-controller-manager', 'kube-scheduler', 'kwok'] : bare;
}

/**
 * Resolves when it serves; with controllers, when the Node takes pods and the service account `default/default` is there.
 * Rejects, with the end of the logs, when that takes more than a minute or a process ends; nothing is left running then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      const portTaken = error instanceof Error && error.message.includes('address already in use');
      if (!portTaken || attempt === ATTEMPTS) throw error;
      options.log('the port was taken meanwhile, trying another');
    }
  }
}

interface Setting {
  readonly options: ControlPlaneOptions;
  readonly dir: string;
  readonly supervisor: Supervisor;
  readonly deadline: AbortSignal;
}

async function startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'fairlead-cluster-')));
  if (dir.length > LONGEST_DIR)
    throw new Error(`${dir} is too long a path for the sockets in it, set TMPDIR to a shorter`);
  const supervisor = supervise(options.dir === undefined ? dir : undefined);
  const setting = { options, dir, supervisor, deadline: AbortSignal.timeout(START_MS) };
  try {
    const access = await startApiServer(setting);
    const api = apiClient(access);
    try {
      await untilServing(setting, api);
      if (options.controllers) await startControllers(setting, api);
    } finally {
      await api.close();
    }
    const { ended, pids, stop } = supervisor;
    return { ...access, kubeconfig: join(dir, processes.FILES.kubeconfig), dir, ended, pids, stop };
  } catch (error) {
    const logs = await lastLogLines(dir);
    await supervisor.stop();
    throw new Error(
      `the control plane did not start: ${error instanceof Error ? error.message : String(error)}${logs}`,
      {
        cause: error,
      },
    );
  }
}

/** Starts etcd and kube-apiserver and writes the kubeconfig; they need not serve yet. */
async function startApiServer(setting: Setting): Promise<Access> {
  const { dir, options } = setting;
  const { FILES } = processes;
  const token = randomBytes(24).toString('hex');
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await mkdir(join(dir, 'logs'), { recursive: true, mode: 0o700 });
  await write(dir, FILES.tokens, processes.tokenFile(token));
  await write(dir, FILES.serviceAccountKey, privateKey);

  await run(setting, 'etcd', processes.etcdArguments(dir));
  const port = await freePort();
  const flags = options.apiServerFlags ?? [];
  await run(setting, 'kube-apiserver', processes.apiServerArguments(dir, port, options.controllers, flags));

  const certificates = join(dir, FILES.certificates);
  const caPem = await until(setting, 'the certificates of kube-apiserver', async () => {
    const pem = await readFile(certificates, 'utf8').catch(() => '');
    const [, ca] = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
    return ca;
  });
  const access = { url: `https://127.0.0.1:${port}`, caPem, token };
  await write(dir, FILES.ca, caPem);
  await write(dir, FILES.kubeconfig, kubeconfigText(access, 'admin'));
  return access;
}

async function untilServing(setting: Setting, api: ApiClient): Promise<void> {
  // The namespaces are made just after the server calls itself ready; a cluster is known by the uid of kube-system.
  for (const path of ['/readyz', '/api/v1/namespaces/kube-system', '/api/v1/namespaces/default']) {
    await untilFound(setting, api, path, () => true);
  }
  setting.options.log('kube-apiserver serves');
}

async function startControllers(setting: Setting, api: ApiClient): Promise<void> {
  const { dir } = setting;
  await write(dir, processes.FILES.stages, kwokConfiguration());
  await api.create('/api/v1/nodes', processes.NODE);
  await run(setting, 'kube-controller-manager', processes.controllerManagerArguments(dir));
  await run(setting, 'kube-scheduler', processes.schedulerArguments(dir));
  await run(setting, 'kwok', processes.kwokArguments(dir));
  await untilFound(setting, api, '/api/v1/namespaces/default/serviceaccounts/default', () => true);
  // A Node carries the taint `not-ready` until the controller-manager has seen it Ready.
  await untilFound(
    setting,
    api,
    `/api/v1/nodes/${processes.NODE_NAME}`,
    (body) => !body.includes('node.kubernetes.io/not-ready'),
  );
  setting.options.log('the controllers run and the node is ready');
}

async function run(setting: Setting, name: ToolName, args: readonly string[]): Promise<void> {
  const { dir, options, supervisor } = setting;
  await supervisor.start({
    name,
    file: options.path(name),
    args,
    folder: dir,
    logFile: join(dir, 'logs', `${name}.log`),
  });
}

async function untilFound(
  setting: Setting,
  api: ApiClient,
  path: string,
  fits: (body: string) => boolean,
): Promise<void> {
  await until(setting, path, async () => {
    const answer = await api.send('GET', path).catch(() => undefined);
    return answer?.status === 200 && fits(answer.body) ? answer : undefined;
  });
}

/** Asks again and again until there is a value; rejects when a process ended or the time is over. */
async function until<T>(setting: Setting, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const { supervisor, deadline } = setting;
  const failed = supervisor.ended.then((): never => {
    throw new Error('it was stopped');
  });
  for (;;) {
    const value = await Promise.race([look(), failed]);
    if (value !== undefined) return value;
    if (deadline.aborted) throw new Error(`waited ${START_MS / 1000} s for ${what}`);
    await Promise.race([sleep(POLL_MS), failed]);
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

async function write(dir: string, name: string, text: string): Promise<void> {
  await writeFile(join(dir, name), text, { mode: 0o600 });
}

async function lastLogLines(dir: string): Promise<string> {
  const logs = join(dir, 'logs');
  const tails = (await readdir(logs).catch(() => [])).map(async (file) => {
    const lines = (await readFile(join(logs, file), 'utf8')).trim().split('\n').slice(-5);
    return `\n--- ${file}\n${lines.join('\n')}`;
  });
  return (await Promise.all(tails)).join('');
}
