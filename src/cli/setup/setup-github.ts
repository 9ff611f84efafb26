/** `fairlead setup github`: makes a GitHub App from app.yml, keeps its secrets in files, and leaves an operator file to fill in. */
import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { registerApp } from '../../adapters/github/register-app.ts';
import { readAppManifest } from '../app-manifest.ts';
import { explainListenFailure } from '../start-refusals.ts';
import { fileNames, operatorTemplate } from './operator-template.ts';
import { type Registration, startRegistration } from './registration-server.ts';

export interface SetupOptions {
  /** Where GitHub will reach Fairlead. */
  readonly url?: string;
  readonly org?: string;
  readonly githubUrl: string;
  readonly out: string;
  readonly port: string;
}

/** Ends when the App is made and everything is written; false, with the reason on standard error, when it could not begin. */
export async function setupGitHub(options: SetupOptions): Promise<boolean> {
  const folder = resolve(options.out);
  const problem = optionProblem(options) ?? (await folderProblem(folder));
  if (problem !== undefined) {
    console.error(problem);
    return false;
  }
  const gitHubUrl = options.githubUrl.replace(/\/+$/, '');
  const publicUrl = options.url?.replace(/\/+$/, '');
  const apiUrl = gitHubUrl === 'https://github.com' ? 'https://api.github.com' : `${gitHubUrl}/api/v3`;
  const registration = await start({
    port: Number(options.port),
    manifest: readAppManifest(),
    gitHubUrl,
    ...(options.org === undefined ? {} : { organization: options.org }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    exchange: async (code) => {
      const app = await registerApp(apiUrl, code);
      await keep(folder, fileNames.privateKey, app.privateKey);
      await keep(folder, fileNames.webhookSecret, `${app.webhookSecret ?? randomBytes(32).toString('hex')}\n`);
      const template = { appId: app.appId, gitHubUrl, apiUrl, ...(publicUrl === undefined ? {} : { publicUrl }) };
      await keep(folder, fileNames.operatorFile, operatorTemplate(template));
      const installUrl = `${app.url}/installations/new`;
      console.log(nextSteps({ folder, installUrl, appPage: app.url, publicUrl }));
      return installUrl;
    },
  });
  if (registration === undefined) return false;
  console.log(`Open ${registration.url} in a browser on this machine, and register the App there. Ctrl-C ends this.`);
  await registration.done;
  await registration.close();
  return true;
}

async function start(options: Parameters<typeof startRegistration>[0]): Promise<Registration | undefined> {
  try {
    return await startRegistration(options);
  } catch (error) {
    console.error(explainListenFailure(error, options.port, 'Give another with --port.'));
    return undefined;
  }
}

function optionProblem({ url, org, githubUrl, port }: SetupOptions): string | undefined {
  const plainUrl = (text: string) => URL.canParse(text) && /^https?:\/\/[^/@?#]+(\/[^@?#]*)?$/.test(text);
  if (url !== undefined && !plainUrl(url))
    return `--url ${url} is not a URL. Give scheme and host, such as https://fairlead.example.com.`;
  if (!plainUrl(githubUrl))
    return `--github-url ${githubUrl} is not a URL. Give scheme and host, such as https://github.example.com.`;
  if (org !== undefined && !/^[A-Za-z0-9][-A-Za-z0-9]{0,38}$/.test(org))
    return `--org ${org} is not the name of an organization. Give it as it stands in its URL.`;
  return /^\d{1,5}$/.test(port) ? undefined : `--port ${port} is not a port. Give a number up to 65535.`;
}

/** Found out before anything is made on GitHub: a code works once, and its secrets must have a place to go. */
async function folderProblem(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch {
    return `${folder} cannot be made or written to. Give another folder with --out.`;
  }
  const there = Object.values(fileNames).find((name) => existsSync(join(folder, name)));
  return there === undefined
    ? undefined
    : `${join(folder, there)} is there already and is not overwritten. Move it away, or give another folder with --out.`;
}

async function keep(folder: string, name: string, content: string): Promise<void> {
  await writeFile(join(folder, name), content, { flag: 'wx', mode: 0o600 });
}

interface Made {
  readonly folder: string;
  readonly installUrl: string;
  readonly appPage: string;
  readonly publicUrl: string | undefined;
}

function nextSteps({ folder, installUrl, appPage, publicUrl }: Made): string {
  const webhooks =
    publicUrl === undefined
      ? [
          `   No webhooks: Fairlead looks once a minute. For webhooks, give the App a URL and ${fileNames.webhookSecret}: ${appPage}`,
        ]
      : [];
  return [
    `The App is registered. In ${folder} are now:`,
    ...Object.values(fileNames).map((name) => `   ${name}`),
    'Next:',
    `1. Install the App on your repositories: ${installUrl}`,
    ...webhooks,
    `2. Fill in the cluster and the binding in ${fileNames.operatorFile}.`,
    '3. npx fairlead doctor',
    '4. npx fairlead serve',
  ].join('\n');
}
