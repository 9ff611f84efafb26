/** The playground as people run it: a process of its own, told to end after the story, or left running and used by hand. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, it } from 'vitest';
import { eventually } from './eventually.ts';

const program = join(import.meta.dirname, '../../src/playground/story/main.ts');
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Its temporary files go where they can be counted. */
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'playground-test-'));
  folders.push(folder);
  const child = execa(process.execPath, [program, ...args], {
    env: { TMPDIR: folder, ...env },
    all: true,
    reject: false,
    stdin: 'ignore',
    forceKillAfterDelay: false,
  });
  let printed = '';
  child.all.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  return { child, printed: () => printed, left: () => readdirSync(folder) };
}

/** What was quoted under a title, without what differs from run to run. */
function quoted(output: string, title: string): string {
  const from = output.indexOf(`  ╭ ${title}`);
  if (from < 0) throw new Error(`nothing is quoted under "${title}"`);
  const lines = output.slice(from, output.indexOf('\n  ╰', from)).split('\n').slice(1);
  return masked(lines.map((line) => line.replace(/^ {2}│ ?/, '')).join('\n'));
}

function masked(text: string): string {
  return text
    .replace(/\b[0-9a-f]{12}\b/g, '<commit>')
    .replace(/\b[0-9a-f]{7}\b/g, '<commit>')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ)?/g, '<time>')
    .replace(/-[bcdfghjklmnp-tv-z0-9]{6,11}-[bcdfghjklmnp-tv-z0-9]{5}\b/g, '-<pod>');
}

it('tells the story and ends well', async () => {
  const { child, left } = await start(['--check']);
  const { all, exitCode } = await child;
  expect(all, all).toMatch(/✔ \d+ steps, all as they should be, \d+\.\d s/);
  expect(exitCode).toBe(0);
  // Not a terminal: no colours.
  expect(all).not.toContain('\u001b');
  expect(left()).toEqual([]);
  const plan = quoted(all, 'Fairlead on #2, before anything has happened');
  expect(plan.slice(0, plan.indexOf('▾'))).toMatchInlineSnapshot();
  expect(quoted(all, 'Fairlead on #3, a new comment')).toMatchInlineSnapshot();
  const rollback = quoted(all, 'Fairlead on #4');
  expect(rollback.slice(0, rollback.indexOf('▾'))).toMatchInlineSnapshot();
  expect(quoted(all, 'Fairlead opens issue #5')).toMatchInlineSnapshot();
  expect(quoted(all, 'Fairlead opens issue #7')).toMatchInlineSnapshot();
}, 240_000);

it('keeps running without --check, for git and curl, until it is stopped', async () => {
  const { child, left, printed } = await start([]);
  await eventually('the how-to', () => (printed().includes('Ctrl-C stops everything') ? true : undefined), 200);
  const command = (pattern: RegExp): string => {
    const found = printed()
      .split('\n')
      .find((line) => pattern.test(line));
    if (found === undefined) throw new Error(`no line like ${pattern} in\n${printed()}`);
    return found.trim();
  };
  const folder = await mkdtemp(join(tmpdir(), 'playground-clone-'));
  folders.push(folder);
  const run = (line: string, cwd = folder) => execa(line, { shell: '/bin/sh', cwd });
  const identity = 'export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; ';
  await run(command(/git clone/));
  await run(`${identity}${command(/git push/)}`, join(folder, 'shop'));
  const opened: unknown = JSON.parse((await run(`${command(/"head": "mine"/)} -s`)).stdout);
  expect(opened).toMatchObject({ state: 'open', head: { ref: 'mine' } });
  const number = /"number": ?(\d+)/.exec(JSON.stringify(opened))?.[1] ?? '';
  const comments = command(/issues\/N\/comments$/).replace('/N/', `/${number}/`);
  await eventually('the plan of it', async () =>
    (await run(`${comments} -s`)).stdout.includes('pink') ? true : undefined,
  );
  expect(existsSync(command(/get deployments/).split(' ')[2] ?? '')).toBe(true);
  child.kill('SIGINT');
  const { exitCode } = await child;
  expect(exitCode).toBe(0);
  expect(left()).toEqual([]);
}, 240_000);

it('stopped in the middle, it leaves nothing behind', async () => {
  const { child, left, printed } = await start(['--check']);
  await eventually('the first step', () => (printed().includes('alice opens #1') ? true : undefined), 100);
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(130);
  expect(left()).toEqual([]);
}, 120_000);

it('says in one sentence what is missing', async () => {
  const { child } = await start(['--check'], { PATH: '/nonexistent' });
  const { all, exitCode } = await child;
  expect(exitCode).toBe(1);
  expect(all).toBe(
    'The playground needs git 2.38 or newer, and git could not be run here. Install it from your distribution or from https://git-scm.com.',
  );
});

it('does not take what it does not know', async () => {
  const { child } = await start(['--chekc']);
  const { all, exitCode } = await child;
  expect(exitCode).toBe(2);
  expect(all).toContain("Unknown option '--chekc'");
});
