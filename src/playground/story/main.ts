/**
 * `npm run playground`: the story of a small shop on stand-ins of GitHub and Kubernetes, with the unchanged product between them.
 * `--check` ends after the story; without it everything keeps running for whoever wants to go on.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { gitProblem } from './git-version.ts';
import { howToUse } from './how-to-use.ts';
import { playStory } from './play-story.ts';
import { startStage, type Stage } from './stage.ts';
import { createTeller, StoryBroke, type Teller } from './teller.ts';
import { painter, span, type Line } from './terminal/spans.ts';

const usage = `npm run playground [-- --check]

Plays the story of a small shop: stand-ins for GitHub and two clusters, and Fairlead as it is installed between them.
  --check   end when the story is told; exits with 0 only if every step did what it should`;

const logLinesShown = 15;
const mebibyte = 1024 * 1024;
const began = performance.now();
const isColoured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
const paint = painter(isColoured);
const say = (...line: Line): void => console.log(paint(line));
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;

// Not left to itself: a story that was interrupted still waits for its next word.
process.exit(await main());

/** Ends with the exit code to use: 0 told, 1 something is not as it should be, 2 wrong call, 130 interrupted. */
async function main(): Promise<number> {
  const asked = options();
  if (asked === undefined || asked.help) {
    console.log(usage);
    return asked === undefined ? 2 : 0;
  }
  const problem = await gitProblem();
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('interrupted'));
  });
  say(span('Fairlead playground', 'bold'), span(' · a GitHub, two clusters and Fairlead, all on this machine', 'dim'));
  const stage = await startStage();
  try {
    return await play(stage, interrupted, asked.check);
  } finally {
    await stage.stop();
  }
}

function options(): { readonly check: boolean; readonly help: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    return { check: values.check ?? false, help: values.help ?? false };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function play(stage: Stage, interrupted: Promise<'interrupted'>, check: boolean): Promise<number> {
  say(span(`everything runs after ${seconds()}`, 'dim'));
  const width = Math.min(Math.max(process.stdout.columns ?? 100, 60), 110);
  const tell = createTeller({ write: (line) => console.log(line), paint, width });
  const { ended } = stage.world.server;
  try {
    const told = await Promise.race([playStory(stage, tell), interrupted, ended]);
    if (told === 'interrupted') return 130;
    await sayGood(stage, tell);
    if (check) return 0;
    for (const line of ['', ...howToUse(stage)]) console.log(line);
    await Promise.race([interrupted, ended]);
    return 0;
  } catch (error) {
    await sayBad(stage, tell, error);
    return 1;
  }
}

async function sayGood({ world }: Stage, tell: Teller): Promise<void> {
  const { highest } = await world.server.memory();
  const memory = highest === 0 ? '' : ` · Fairlead took ${Math.round(highest / mebibyte)} MB at most`;
  say();
  say(span(`✔ ${tell.steps()} steps, all as they should be, ${seconds()}`, 'good', 'bold'), span(memory, 'dim'));
}

async function sayBad({ world }: Stage, tell: Teller, error: unknown): Promise<void> {
  const why = error instanceof StoryBroke ? error.message : error instanceof Error ? error.stack : String(error);
  const log = await readFile(world.server.logFile, 'utf8').catch(() => '');
  say();
  say(span(`✘ After ${tell.steps()} good steps and ${seconds()}: `, 'bad', 'bold'), span(why ?? ''));
  say();
  say(span(`The last of Fairlead's log:`, 'dim'));
  for (const line of log.trim().split('\n').slice(-logLinesShown)) say(span(`  ${line}`, 'dim'));
}
