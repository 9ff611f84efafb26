/** Who we are on this GitHub: the App and its bot account. Ownership of comments, checks and deployments is proved by these ids. */
import { list } from './decode.ts';
import type { Connection } from './client.ts';
import { GitHubFault } from './fault.ts';
import { account, app, installation } from './schema.ts';

export interface Identity {
  readonly appId: string;
  readonly botId: string;
  /** `fairlead[bot]`. */
  readonly botLogin: string;
}

/** Asked once and kept; a failure is not kept. Throws GitHubFault. */
export function identityOf(connection: Connection): () => Promise<Identity> {
  let held: Promise<Identity> | undefined;
  return () => {
    held ??= ask(connection).catch((error: unknown) => {
      held = undefined;
      throw error;
    });
    return held;
  };
}

/** `GET /app` names the App only. Its bot's account is read with an installation's token: an App's JWT is good for `/app` routes alone. */
async function ask(connection: Connection): Promise<Identity> {
  const { id: appId, slug } = await connection.asApp.one('GET /app', {}, app);
  for await (const { id } of connection.asApp.each('GET /app/installations', {}, list(installation), 1)) {
    const client = connection.asInstallation(id);
    const bot = await client.one('GET /users/{username}', { username: `${slug}[bot]` }, account);
    return { appId, botId: bot.id, botLogin: bot.login };
  }
  throw new GitHubFault('not-found', `the App ${slug} is not installed anywhere`, { status: 404 });
}
