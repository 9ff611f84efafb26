#!/usr/bin/env node
/** The command line: `fairlead serve`, `fairlead check`. It never writes to a cluster. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';

import { Command } from 'commander';

import { parseOperatorFile } from '../config/operator.ts';
import type { OperatorConfig } from '../config/operator-config.ts';
import { createLogger } from '../telemetry/logger.ts';

// The embedded database is WebAssembly: without the optimising tier it needs half the memory.
setFlagsFromString('--liftoff-only');

const program = new Command('fairlead').description('Makes the Git forge the only way to change a Kubernetes cluster.');

program
  .command('serve')
  .description('receive webhooks, plan pull requests, apply what is merged')
  .option('-c, --config <file>', 'operator file', 'fairlead.operator.yaml')
  .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
  .action(async (options: { config: string; logLevel: string }) => {
    const config = loadConfig(options.config);
    if (config !== undefined) await serve(config, options.logLevel);
  });

program
  .command('check')
  .description('check the operator file and say everything that is wrong with it')
  .option('-c, --config <file>', 'operator file', 'fairlead.operator.yaml')
  .action((options: { config: string }) => {
    const config = loadConfig(options.config);
    if (config === undefined) return;
    console.log(
      `${options.config} is fine: ${config.forges.length} forge(s), ${config.clusters.length} cluster(s), ${config.bindings.length} binding(s).`,
    );
  });

await program.parseAsync();

/** Says one sentence for each problem and sets the exit code when the file cannot be used. */
function loadConfig(file: string): OperatorConfig | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    console.error(
      `${file}: the operator file cannot be read. Give its path with --config; docs/install-github.md shows one.`,
    );
    process.exitCode = 1;
    return undefined;
  }
  const parsed = parseOperatorFile(text, file, process.env, (path) => readFileSync(path, 'utf8'));
  if (parsed.ok) return parsed.config;
  for (const problem of parsed.problems) console.error(problem);
  process.exitCode = 1;
  return undefined;
}

async function serve(config: OperatorConfig, level: string): Promise<void> {
  const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
  const log = createLogger({ level: levels.find((one) => one === level) ?? 'info' });
  const { startFairlead } = await import('../main.ts');
  try {
    const fairlead = await startFairlead(config, log);
    console.log(`fairlead listens on ${fairlead.url}`);
    const stop = (signal: string) => {
      log.info({ signal }, 'stopping');
      fairlead.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    console.error(`Fairlead cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
