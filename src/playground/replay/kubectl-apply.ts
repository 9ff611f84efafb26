/** kubectl as the peer: applying all of a commit at once, and asking whether a server would take a file. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubectl } from './kubectl.ts';
import { peerManager } from './normalise.ts';

const attempts = 12;
const pauseMilliseconds = 1000;

export async function ensureNamespace(kubectl: Kubectl, name: string): Promise<void> {
  const { ok, said } = await kubectl.run(['create', 'namespace', name]);
  if (!ok && !said.includes('AlreadyExists')) throw new Error(`namespace ${name} cannot be made: ${said.trim()}`);
}

/**
 * Applies a file or folder again and again: namespaces and definitions of an earlier round let more in, until everything is in or
 * nothing new is.
 * @returns what kubectl still refuses, a line each; empty when all went in
 */
export async function applyAll(kubectl: Kubectl, target: string): Promise<readonly string[]> {
  const args = ['apply', '--server-side', '--recursive', `--field-manager=${peerManager}`, `--filename=${target}`];
  let last: readonly string[] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { ok, said } = await kubectl.run(args);
    if (ok) return [];
    const refused = refusals(said);
    // A definition needs a moment until its kind is served, so the same answer counts only the second time.
    if (attempt > 1 && refused.join('\n') === last.join('\n')) return refused;
    last = refused;
    await sleep(pauseMilliseconds);
  }
  return last;
}

/** Why the server would not take a file from this field manager; empty when it would. */
export async function refusalOf(kubectl: Kubectl, file: string, manager: string): Promise<readonly string[]> {
  const args = ['apply', '--server-side', '--dry-run=server', '--recursive', '--validate=strict'];
  const { ok, said } = await kubectl.run([...args, `--field-manager=${manager}`, `--filename=${file}`]);
  return ok ? [] : refusals(said);
}

/** What kubectl wrote, without its warnings. */
function refusals(said: string): readonly string[] {
  return said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Warning:') && !/^[EW]\d{4} /.test(line));
}
