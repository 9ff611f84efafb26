/** `npm run replay -- <bundle|repository|url> --path DIR`: tries Fairlead on a history before it is installed. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { playedLines, summaryOf } from './report.ts';
import { replay } from './replay.ts';
import { type ReplayOptions, setStage } from './stage.ts';

interface Arguments extends Omit<ReplayOptions, 'from'> {
  readonly keep: boolean;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const program = new Command('replay')
  .description(
    'Plays the history of a manifest repository through Fairlead on a real cluster, and checks what happened.',
  )
  .argument('<source>', 'a git bundle, a repository of this machine, or a URL')
  .requiredOption('--path <directory>', 'directory with the manifests', directory)
  .option('--commits <n>', 'how many of the last commits that touch it', positive, 15)
  .addOption(
    new Option('--render <kind>', 'how the directory becomes objects').choices(['plain', 'kustomize']).default('plain'),
  )
  .option('--namespace <name>', 'for objects that name none', 'replay')
  .option('--ready-timeout <seconds>', 'what is not ready by then is reported, not a difference', positive, 30)
  .option('--kubeconfig <file>', 'play on this cluster, which is changed by it, instead of one of our own')
  .option('--allow-replace', 'let the environment delete and make anew what has an immutable field changed', false)
  .option('--keep', 'leave the cluster running at the end', false)
  .action(async (from: string, options: Arguments) => {
    process.exitCode = await main(from, options);
  });

await program.parseAsync();

async function main(from: string, { keep, ...options }: Arguments): Promise<number> {
  const stage = await setStage({ from, ...options }, log).catch((error: unknown) => {
    log(`Cannot replay: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  if (stage === undefined) return 1;
  // Processes end with this one by themselves; the folders of the stand-ins would stay.
  const breakOff = (): void => void stage.stop(false).finally(() => process.exit(130));
  for (const signal of signals) process.once(signal, breakOff);
  let exitCode = 1;
  try {
    const total = stage.commits.length;
    const tell: Parameters<typeof replay>[1] = (played, index, memory, before) => {
      for (const line of playedLines(played, index, total, memory, before)) say(line);
    };
    const summary = summaryOf(await replay(stage, tell, log));
    for (const line of summary.lines) say(line);
    exitCode = summary.exitCode;
  } finally {
    for (const signal of signals) process.off(signal, breakOff);
    await stage.stop(keep);
  }
  if (keep && stage.cluster !== undefined) {
    say(`export KUBECONFIG=${stage.cluster.kubeconfig}`);
    log('The cluster goes on running; Ctrl-C stops it.');
    await new Promise<void>((resolve) => {
      for (const signal of signals) process.once(signal, () => resolve());
    });
    await stage.cluster.stop();
  }
  return exitCode;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

function directory(text: string): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (text.startsWith('/') || parts.includes('..'))
    throw new InvalidArgumentError('Give it from the root of the repository.');
  return parts.length === 0 ? '.' : parts.join('/');
}
