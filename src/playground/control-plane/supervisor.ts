/**
 * A program of its own: the parent of a control plane's processes. It lives exactly as long as the channel to whoever started it:
 * when that closes, because it was asked to stop, crashed or was killed by SIGKILL, all processes are killed and the throw-away
 * folder is removed. This is the only mechanism that stops anything, so the ordinary stop proves the emergency one.
 *
 * argv: the folder to remove at the end, if any. Messages are in supervision.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync, rmSync } from 'node:fs';
import { parseStart, type SupervisorMessage } from './supervision.ts';

const children = new Map<string, ChildProcess>();
let stopping = false;

process.on('message', (message: unknown) => {
  const { name, file, args, folder, logFile } = parseStart(message);
  const log = openSync(logFile, 'a');
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', log, log] });
  closeSync(log);
  children.set(name, child);
  child.on('spawn', () => tell({ kind: 'started', name, pid: child.pid ?? -1 }));
  child.on('error', (error) => ended(name, error.message));
  child.on('exit', (code, signal) => ended(name, signal ?? `code ${code ?? '?'}`));
});
process.on('disconnect', stop);
process.on('SIGTERM', stop);

function ended(name: string, why: string): void {
  children.delete(name);
  if (!stopping) tell({ kind: 'ended', name, why });
  else if (children.size === 0) finish();
}

/** SIGKILL, as there is nothing to save: the cluster is thrown away, and etcd is made to survive it where its folder is kept. */
function stop(): void {
  stopping = true;
  for (const child of children.values()) child.kill('SIGKILL');
  if (children.size === 0) finish();
}

function finish(): void {
  const folder = process.argv[2];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}

function tell(message: SupervisorMessage): void {
  // The channel may close between the check and the send; then nobody is left to be told.
  if (process.connected) process.send?.(message, () => undefined);
}
