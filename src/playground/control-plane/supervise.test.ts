import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Supervisor, supervise } from './supervise.ts';
import type { Start } from './supervision.ts';

let folder = '';
let supervisor: Supervisor | undefined;
let owner: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervise-'));
});
afterEach(async () => {
  owner?.kill('SIGKILL');
  await supervisor?.stop();
  supervisor = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function shell(name: string, script: string): Start {
  return { name, file: '/bin/sh', args: ['-c', script], folder, logFile: join(folder, `${name}.log`) };
}

/** A zombie counts as gone: it runs nothing, it only waits for its parent to ask. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}

async function untilGone(...pids: number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 5_000);
}

describe('supervise', () => {
  it('runs processes in their folder, keeps what they print, and kills them at stop', async () => {
    supervisor = supervise(undefined);
    const one = await supervisor.start(shell('one', 'pwd; trap "" TERM; sleep 1000 & wait'));
    const two = await supervisor.start(shell('two', 'exec sleep 1000'));
    expect([...supervisor.pids().keys()]).toEqual(['supervisor', 'one', 'two']);
    await vi.waitFor(() => expect(readFileSync(join(folder, 'one.log'), 'utf8')).toContain(folder));

    await supervisor.stop();
    await untilGone(one, two);
    expect(supervisor.pids().size).toBe(0);
    await expect(supervisor.ended).resolves.toBeUndefined();
    expect(existsSync(folder)).toBe(true);
    await supervisor.stop();
  });

  it('removes the folder it was given to throw away', async () => {
    supervisor = supervise(folder);
    await supervisor.start(shell('busy', 'while :; do echo x; done'));
    await supervisor.stop();
    expect(existsSync(folder)).toBe(false);
  });

  it('tells when a process ends that nobody stopped', async () => {
    supervisor = supervise(undefined);
    await supervisor.start(shell('short', 'sleep 0.2; exit 3'));
    await expect(supervisor.ended).rejects.toThrow('short ended: code 3');
    expect([...supervisor.pids().keys()]).toEqual(['supervisor']);
  });

  it('says which program cannot be started', async () => {
    supervisor = supervise(undefined);
    const absent = { ...shell('absent', ''), file: join(folder, 'no-such-program') };
    await expect(supervisor.start(absent)).rejects.toThrow(/absent ended: .*ENOENT/);
  });

  it('leaves nothing when the supervisor itself is killed', async () => {
    supervisor = supervise(undefined);
    const pid = await supervisor.start(shell('orphan', 'exec sleep 1000'));
    process.kill(supervisor.pids().get('supervisor') ?? 0, 'SIGKILL');
    await expect(supervisor.ended).rejects.toThrow('the supervisor of the control plane ended');
    await untilGone(pid);
  });

  it('leaves nothing when its owner is killed', async () => {
    const program = join(folder, 'owner.ts');
    const start = JSON.stringify(shell('child', 'exec sleep 1000'));
    writeFileSync(
      program,
      `import { supervise } from ${JSON.stringify(join(import.meta.dirname, 'supervise.ts'))};
       const supervisor = supervise(${JSON.stringify(folder)});
       await supervisor.start(${start});
       console.log(JSON.stringify([...supervisor.pids().values()]));`,
    );
    const running = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    owner = running;
    const line = await new Promise<string>((resolve) =>
      createInterface({ input: running.stdout }).once('line', resolve),
    );
    const pids: unknown = JSON.parse(line);
    const numbers = Array.isArray(pids) ? pids.filter((pid) => typeof pid === 'number') : [];
    expect(numbers).toHaveLength(2);
    running.kill('SIGKILL');
    await untilGone(...numbers);
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false));
  });
});
