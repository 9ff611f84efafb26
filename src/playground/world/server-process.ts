/** The product as it is installed: a process of its own, started by its command line. It cannot outlive whoever started it. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { supervise } from '../control-plane/supervise.ts';
import { until } from './until.ts';

export interface ServerProcess {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resident memory in bytes, now and at its highest; zeros where the system has no /proc. */
  memory(): Promise<Memory>;
  /** Rejects when it ends and nobody asked it to, resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Asks it to stop and lets it end what it does, then removes what is left. May be called twice. */
  stop(): Promise<void>;
}

export interface Memory {
  readonly now: number;
  readonly highest: number;
}

const startSeconds = 60;
const stopSeconds = 30;

/**
 * Runs `fairlead serve` on an operator file. Resolves when it listens; rejects with the end of its log when it does not.
 * @param folder is its working folder, where fairlead.log goes too
 */
export async function startServer(operatorFile: string, folder: string): Promise<ServerProcess> {
  // As this module is: TypeScript in a checkout, JavaScript in dist/.
  const program = join(import.meta.dirname, `../../cli/fairlead${extname(import.meta.filename)}`);
  const logFile = join(folder, 'fairlead.log');
  const supervisor = supervise(undefined);
  const pid = await supervisor.start({
    name: 'fairlead',
    file: process.execPath,
    args: [program, 'serve', '--config', operatorFile],
    folder,
    logFile,
  });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    // Ending on request is what it should do, so the supervisor's word about it is no fault.
    if (supervisor.pids().has('fairlead')) process.kill(pid, 'SIGTERM');
    const gone = until('fairlead to end', stopSeconds, () => (supervisor.pids().has('fairlead') ? undefined : true));
    await gone.catch(() => undefined);
    await supervisor.stop();
  };
  const orderly = supervisor.ended.catch((error: unknown) => {
    if (stopping === undefined) throw error;
  });
  orderly.catch(() => undefined);
  try {
    const dead = supervisor.ended.then((): never => {
      throw new Error('it was stopped');
    });
    const url = await Promise.race([until('fairlead to listen', startSeconds, () => listeningUrl(logFile)), dead]);
    return { url, pid, logFile, memory: () => memoryOf(pid), ended: orderly, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await (stopping ??= stop());
    const log = await readFile(logFile, 'utf8').catch(() => '');
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`fairlead did not start: ${why}\n${log.trim().split('\n').slice(-10).join('\n')}`, {
      cause: error,
    });
  }
}

async function listeningUrl(logFile: string): Promise<string | undefined> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return /^fairlead listens on (\S+)$/m.exec(text)?.[1];
}

/** From /proc/PID/status (proc(5)): VmRSS and VmHWM, in kB of 1024 bytes. */
async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: bytes('VmRSS'), highest: bytes('VmHWM') };
}
