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
  expect(plan.slice(0, plan.indexOf('▾'))).toMatchInlineSnapshot(`
    "Merging this changes 2 environments — 3 objects changed, 1 created.

       environment                              create  change  delete  same
    ─  ───────────────────────────────────────  ──────  ──────  ──────  ────
    ✔  staging on kind-staging, namespace shop       1       2             4
    ✔  prod on prod-eu, namespace shop                       1             5

    Worth knowing
    • prod: ConfigMap shop/branding changes, but Deployment shop/checkout reads it as environment
      variables and will not restart: its pods keep the old value.

    "
  `);
  expect(quoted(all, 'Fairlead on #3, a new comment')).toMatchInlineSnapshot(`
    "prod did not become ready (merged by bob) — deployment 5, 1 created, 1 changed, 5 same.
    • Deployment shop/checkout: 1 of 3 pods are updated; checkout-<pod>: cannot pull
      registry.acme.example/checkout:1.5.0 (ImagePullBackOff): not found; 3 pods still serve

    Nothing was deleted. To go back: revert this pull request; its plan will say what returns. To go
    on: fix it in a new pull request.

    ▸ prod: 2 objects"
  `);
  const rollback = quoted(all, 'Fairlead on #4');
  expect(rollback.slice(0, rollback.indexOf('▾'))).toMatchInlineSnapshot(`
    "Merging this rolls prod back to deployment 4 (#2, <time>) — 1 changed back, 1 deleted
    that came since.

       environment                      create  change  delete  same
    ─  ───────────────────────────────  ──────  ──────  ──────  ────
    ✔  prod on prod-eu, namespace shop               1       1     5

    "
  `);
  expect(quoted(all, 'Fairlead opens issue #5')).toMatchInlineSnapshot(`
    "prod is held: commits came onto main without a pull request. What no merged pull request brought
    is not applied:
    • <commit> Fewer checkouts

    Revert them, or open a pull request: its plan will show their effects too, and merging it
    releases everything it showed. Nothing was applied."
  `);
  expect(quoted(all, 'Fairlead opens issue #7')).toMatchInlineSnapshot(`
    "prod differs from main in 1 place, though Git did not change.

    object                 field          Git says  cluster says  manager       since
    ─────────────────────  ─────────────  ────────  ────────────  ────────────  ────────────────────
    Deployment             spec.replicas  3         5             kubectl-edit  <time> UTC
    shop/checkout

    To keep it: adopt it by a pull request. To undo it: it is put back with the next deployment
    whose plan shows it, or at once where the environment says drift: heal."
  `);
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
