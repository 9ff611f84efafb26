/** `kubectl proxy` on a socket only we can open: it signs in with whatever a kubeconfig may hold, and plain HTTP GETs go through it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
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
  const args = ['--kubeconfig', kubectl.kubeconfig, 'proxy', `--unix-socket=${socket}`];
  // It must not get our stdin. It answers the host name localhost only.
  const proxy = spawn(kubectl.binary, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const stopWithUs = (): void => void proxy.kill('SIGKILL');
  process.once('exit', stopWithUs);
  const dispatcher = new Agent({ connect: { socketPath: socket } });
  const close = async (): Promise<void> => {
    process.off('exit', stopWithUs);
    await dispatcher.close();
    if (proxy.exitCode !== null || proxy.signalCode !== null) return;
    proxy.kill('SIGKILL');
    await once(proxy, 'exit');
  };
  try {
    await until('kubectl proxy to listen', startSeconds, () =>
      stat(socket).then(
        () => true,
        () => undefined,
      ),
    );
  } catch (error) {
    await close();
    throw error;
  }
  const get = async (path: string, accept = 'application/json') => {
    for (let attempt = 0; ; attempt += 1) {
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
