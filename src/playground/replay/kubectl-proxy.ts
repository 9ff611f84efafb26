/** `kubectl proxy` on a socket only we can open: it signs in with whatever a kubeconfig may hold, and plain HTTP GETs go through it. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { supervise } from '../control-plane/supervise.ts';
import { until } from '../world/until.ts';
import type { Kubectl } from './kubectl.ts';

export interface Proxy {
  /** Any status but 429 is an answer; "not now" is waited over for half a minute. */
  get(path: string, accept?: string): Promise<{ readonly status: number; readonly text: string }>;
  close(): Promise<void>;
}

const requestMilliseconds = 60_000;
const startSeconds = 20;
/** Times that "not now" is taken for an answer. */
const patience = 30;
const pauseMilliseconds = 1000;

/** @param socket in a folder only the user may open */
export async function startProxy(kubectl: Kubectl, socket: string): Promise<Proxy> {
  const supervisor = supervise(undefined);
  const dispatcher = new Agent({ connect: { socketPath: socket } });
  const close = async (): Promise<void> => {
    await dispatcher.close();
    await supervisor.stop();
  };
  try {
    await supervisor.start({
      name: 'kubectl proxy',
      file: kubectl.binary,
      args: ['--kubeconfig', kubectl.kubeconfig, 'proxy', `--unix-socket=${socket}`],
      folder: dirname(socket),
      logFile: `${socket}.log`,
    });
    await until('kubectl proxy to listen', startSeconds, () => existsSync(socket) || undefined);
  } catch (error) {
    await close();
    throw error;
  }
  const get = async (path: string, accept = 'application/json') => {
    for (let attempt = 0; ; attempt += 1) {
      // It answers to no other host name.
      const { statusCode, body } = await request(`http://localhost${path}`, {
        dispatcher,
        headers: { accept },
        signal: AbortSignal.timeout(requestMilliseconds),
      });
      const text = await body.text();
      // Also said of a kind whose definition is new: its storage is being set up.
      if (statusCode !== 429 || attempt === patience) return { status: statusCode, text };
      await sleep(pauseMilliseconds);
    }
  };
  return { get, close };
}
