/** The commands and their options. */
import process from 'node:process';
import { Command, Option } from 'commander';
import { becomeLean } from './lean-process.ts';

const operatorFile = () => new Option('-c, --config <file>', 'operator file').default('fairlead.operator.yaml');

/** Runs one command and ends the process, but for `serve`, which goes on. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('fairlead').description(
    'Makes the Git forge the only way to change a Kubernetes cluster.',
  );
  // Each command loads what it needs, and `serve` nothing of the others.
  program
    .command('serve')
    .description('receive webhooks, plan pull requests, apply what is merged')
    .addOption(operatorFile())
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action(async (options: { config: string; logLevel: string }) => {
      becomeLean();
      const { serve } = await import('./serve.ts');
      // Whatever a half-made start left open must not keep the process alive.
      if (!(await serve(options.config, options.logLevel))) process.exit(1);
    });
  program
    .command('check')
    .description('check the operator file, or a repository file, and say everything that is wrong with it')
    .argument('[file]', 'a .fairlead.yaml, or an operator file')
    .addOption(operatorFile())
    .option('-r, --repository-file <file>', 'a .fairlead.yaml, whatever it is called')
    .action(async (file: string | undefined, options: { config: string; repositoryFile?: string }) => {
      const { checkOperatorFile, checkRepositoryFile, looksLikeRepositoryFile } = await import('./check-file.ts');
      const repositoryFile =
        options.repositoryFile ?? (file !== undefined && looksLikeRepositoryFile(file) ? file : undefined);
      const fine =
        repositoryFile === undefined ? checkOperatorFile(file ?? options.config) : checkRepositoryFile(repositoryFile);
      process.exitCode = fine ? 0 : 1;
    });
  program
    .command('doctor')
    .description('ask forge, clusters, store and tools how they are, and say what to do about it')
    .addOption(operatorFile())
    .action(async (options: { config: string }) => {
      const { loadOperatorFile } = await import('./load-operator-file.ts');
      const config = loadOperatorFile(options.config);
      if (config === undefined) return process.exit(1);
      const { examineAll } = await import('./doctor/doctor.ts');
      const { tableOf } = await import('./doctor/examined.ts');
      const lines = await examineAll(config);
      console.log(tableOf(lines));
      process.exitCode = lines.every(({ ok }) => ok) ? 0 : 1;
    });
  addSetup(program);
  await program.parseAsync([...argv]);
}

function addSetup(program: Command): void {
  program
    .command('setup')
    .description('register Fairlead with a forge')
    .command('github')
    .description('make a GitHub App from app.yml and write its secrets and an operator file')
    .option('--url <url>', 'where GitHub will reach Fairlead; without it there are no webhooks')
    .option('--org <name>', 'the organization that will own the App')
    .option('--github-url <url>', 'a GitHub Enterprise Server', 'https://github.com')
    .option('--out <folder>', 'where the files go', '.')
    .option('--port <number>', 'port of the page on this machine', '3000')
    .action(async (options: { url?: string; org?: string; githubUrl: string; out: string; port: string }) => {
      const { setupGitHub } = await import('./setup/setup-github.ts');
      process.exitCode = (await setupGitHub(options)) ? 0 : 1;
    });
}
