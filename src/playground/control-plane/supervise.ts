/** Runs processes that cannot outlive this one. The work is done by a process of its own, supervisor.ts. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { parseSupervisorMessage, type Start } from './supervision.ts';

export interface Supervisor {
  /** Starts a process; resolves to its id once it runs, rejects when it cannot be started. */
  readonly start: (process: Start) => Promise<number>;
  /** Rejects, with the name and the reason, when a process ends that nobody stopped. Resolves when all was stopped. */
  readonly ended: Promise<void>;
  /** Ids of what runs now, by name, the supervisor's own included. */
  readonly pids: () => ReadonlyMap<string, number>;
  /** Kills all; resolves when nothing is left of them. May be called twice. */
  readonly stop: () => Promise<void>;
}

/** @param throwAway a folder that goes when the processes went, however this process ends */
export function supervise(throwAway: string | undefined): Supervisor {
  // The same file extension as this module has: TypeScript in a checkout, JavaScript in dist/.
  const program = join(import.meta.dirname, `supervisor${extname(import.meta.filename)}`);
  const child = fork(program, throwAway === undefined ? [] : [throwAway], {
    execArgv: [],
    // A group of its own, so that Ctrl-C in a terminal reaches only the owner, which then stops it in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pids = new Map<string, number>();
  if (child.pid !== undefined) pids.set('supervisor', child.pid);
  const waiting = new Map<string, { resolve: (pid: number) => void; reject: (error: Error) => void }>();
  const { promise: ended, resolve: endedWell, reject: endedBadly } = Promise.withResolvers<void>();
  // Whoever does not look at `ended` must not crash by it.
  ended.catch(() => undefined);
  let stopping = false;

  child.on('message', (message: unknown) => {
    const said = parseSupervisorMessage(message);
    if (said.kind === 'started') {
      pids.set(said.name, said.pid);
      waiting.get(said.name)?.resolve(said.pid);
    } else {
      pids.delete(said.name);
      const error = new Error(`${said.name} ended: ${said.why}`);
      waiting.get(said.name)?.reject(error);
      endedBadly(error);
    }
    waiting.delete(said.name);
  });
  const gone = once(child, 'exit').then(() => {
    // Killed itself, it could not clean up: the processes are ours to end.
    if (!stopping) for (const [name, pid] of pids) if (name !== 'supervisor') killQuietly(pid);
    pids.clear();
    const error = new Error('the supervisor of the control plane ended');
    for (const { reject } of waiting.values()) reject(error);
    if (stopping) endedWell();
    else endedBadly(error);
  });

  return {
    start: (start) =>
      new Promise((resolve, reject) => {
        waiting.set(start.name, { resolve, reject });
        child.send(start, (error) => {
          if (error !== null) reject(error);
        });
      }),
    ended,
    pids: () => pids,
    stop: async () => {
      stopping = true;
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
