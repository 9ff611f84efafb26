/** `fairlead serve`: starts, or says why it does not; ends in order when told to. */
import process from 'node:process';
import { createLogger } from '../telemetry/logger.ts';
import { loadOperatorFile } from './load-operator-file.ts';
import { explainStartFailure, startRefusals } from './start-refusals.ts';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** False, with the reasons on standard error, when it cannot start. */
export async function serve(file: string, level: string): Promise<boolean> {
  const config = loadOperatorFile(file);
  if (config === undefined) return false;
  const refusals = await startRefusals(config, file);
  for (const refusal of refusals) console.error(refusal);
  if (refusals.length > 0) return false;
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
    return true;
  } catch (error) {
    console.error(explainStartFailure(error, config, file));
    return false;
  }
}
