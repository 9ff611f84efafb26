/**
 * Two servers on one PostgreSQL, both told everything: each piece of work has one owner, and when that dies the other goes on with it (H104,
 * H105). The installed product twice, a real database, a real API server.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { GitHub } from '../../src/playground/github/handle.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import { type PostgresServer, startPostgres } from '../contract/store/postgres-server.ts';
import { eventually } from '../scenarios/eventually.ts';
import { configMap, deployment, fairleadYaml } from '../scenarios/manifests.ts';
import { type ClusterProxy, clusterProxy } from './cluster-proxy.ts';
import { type ClusterView, clusterView } from './cluster-view.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';
import { type RestartableServer, restartableServer, temporaryFolder } from './restartable-server.ts';

const cluster = await controlPlaneForTests('two servers on one database', { controllers: true });

interface Replica {
  readonly server: RestartableServer;
  /** Its own way to the cluster: tells which of the two did what. */
  readonly proxy: ClusterProxy;
}

describe.skipIf(cluster.unavailable)('two servers on one database', () => {
  const webhookSecret = randomBytes(16).toString('hex');
  const repositories = ['acme/together', 'acme/takeover'];
  const replicas: Replica[] = [];
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let postgres: PostgresServer;
  let github: GitHub;
  let view: ClusterView;
  let fanOut: Server;
  let storeUrl: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    postgres = await startPostgres();
    github = await startGitHub({ webhookSecret });
    view = clusterView(cluster.get());
    for (const repo of repositories) {
      const name = repo.replace('acme/', '');
      await github.createRepository({ owner: 'acme', name, files: { '.fairlead.yaml': fairleadYaml(name) } });
      github.addUser('alice', { [repo]: 'write' });
      await view.create('/api/v1/namespaces', { metadata: { name } });
    }
    storeUrl = await postgres.createDatabase('fairlead');
    for (const name of ['one', 'two']) {
      const proxy = await clusterProxy(cluster.get(), await own(name));
      const place = join(folder.path, name);
      const { kubeconfig } = proxy;
      const server = await restartableServer({
        github,
        webhookSecret,
        kubeconfig,
        repositories,
        storeUrl,
        folder: place,
      });
      replicas.push({ server, proxy });
    }
    // At once: both make the database's tables.
    await Promise.all(replicas.map(({ server }) => server.start()));
    fanOut = await listenForBoth();
  }, 120_000);

  afterAll(async () => {
    await Promise.all(replicas.map(({ server }) => server.stop()));
    fanOut?.close();
    await github?.stop();
    await Promise.all(replicas.map(({ proxy }) => proxy.stop()));
    await postgres?.stop();
    await view?.close();
    await folder?.remove();
  });

  it('plan and deploy each pull request once', async () => {
    const { number, commit } = await mergedChange('together');
    await succeeded('acme/together', commit);
    await eventually('the account', () => (said('acme/together', number) === 2 ? true : undefined));
    const written = replicas
      .flatMap(({ proxy }) => proxy.written)
      .filter((one) => one.includes('/namespaces/together/'));
    expect(written.filter((one) => !one.includes('/fairlead-prod')).sort()).toEqual([
      'PATCH /api/v1/namespaces/together/configmaps/settings',
      'PATCH /apis/apps/v1/namespaces/together/deployments/checkout',
    ]);
    expect(replicas.filter(({ proxy }) => proxy.written.length > 0)).toHaveLength(1);
    expect(said('acme/together', number)).toBe(2);
  }, 60_000);

  it('take over from each other when one dies in the middle', async () => {
    const dead = Promise.withResolvers<void>();
    for (const { server, proxy } of replicas) {
      proxy.decide((call) => {
        if (!call.writes || !call.path.endsWith('/namespaces/takeover/deployments/checkout')) return 'forward';
        for (const each of replicas) each.proxy.decide();
        proxy.decide(() => 'cut');
        server.kill();
        dead.resolve();
        return 'cut';
      });
    }
    const { number, commit } = await mergedChange('takeover');
    await dead.promise;
    const settings = await view.get('/api/v1/namespaces/takeover/configmaps/settings');
    expect(settings).toBeDefined();
    await minutesPass();
    await succeeded('acme/takeover', commit);
    await eventually('the account', () => (said('acme/takeover', number) === 2 ? true : undefined));
    expect(await view.get('/api/v1/namespaces/takeover/configmaps/settings')).toEqual(settings);
    const told = github.deployments('acme/takeover').filter(({ sha }) => sha === commit);
    expect(told.map(({ statuses }) => statuses.filter(({ state }) => state === 'success').length)).toEqual([1]);
  }, 90_000);

  async function own(name: string): Promise<string> {
    const path = join(folder.path, `cluster-${name}`);
    await mkdir(path);
    return path;
  }

  /** Opens, waits for the plan, merges. */
  async function mergedChange(name: string): Promise<{ readonly number: number; readonly commit: string }> {
    const repo = `acme/${name}`;
    const files = {
      'deploy/settings.yaml': configMap(name, 'settings', { colour: 'red' }),
      'deploy/checkout.yaml': deployment(name, 'checkout', { image: 'checkout:1' }),
    };
    const { number, head } = await github.as('alice').openPullRequest({ repo, branch: 'change', files });
    await eventually(`the plan of ${repo}`, () => concluded(repo, head, 'fairlead'));
    return { number, commit: await github.as('alice').merge(repo, number) };
  }

  /** For everything that counts as the dead one's as long as that may still live: jobs, the lease, words on their way to the forge. */
  async function minutesPass(): Promise<void> {
    const client = new Client({ connectionString: storeUrl });
    await client.connect();
    const long = "now() - interval '1 hour'";
    await client.query(`update fairlead_queue.job set heartbeat_on = ${long} where state = 'active'`);
    await client.query(`update fairlead.lease set expires_at = ${long} where owner is not null`);
    await client.query(`update fairlead.outbox set in_flight_until = ${long} where in_flight is not null`);
    await client.end();
  }

  async function succeeded(repo: string, commit: string): Promise<void> {
    const run = await eventually(`the deployment of ${repo}`, () => concluded(repo, commit, 'fairlead/prod'));
    expect(run).toMatchObject({ conclusion: 'success', title: 'Deployed: 2 created' });
  }

  function concluded(repo: string, sha: string, name: string) {
    return github.checks(repo, sha).find((run) => run.name === name && run.status === 'completed');
  }

  /** How many comments say something of their own. */
  function said(repo: string, number: number): number {
    const own = github.comments(repo, number).filter(({ author }) => author.id === github.bot.id);
    return new Set(own.map(({ body }) => body)).size === own.length ? own.length : -1;
  }

  /** Passes every delivery on to each server that runs. */
  async function listenForBoth(): Promise<Server> {
    const passOn = async (request: IncomingMessage) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const delivery = { method: 'POST', headers: plain(request.headers), body: Buffer.concat(chunks) };
      const urls = replicas.flatMap(({ server: each }) => each.url() ?? []);
      await Promise.allSettled(urls.map((url) => fetch(`${url}/webhooks/github`, delivery)));
    };
    const server = createServer((request, response) => {
      void passOn(request).finally(() => response.writeHead(202).end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    github.setWebhookUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    return server;
  }
});

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const { host: _host, connection: _hop, 'content-length': _length, ...rest } = headers;
  return Object.fromEntries(
    Object.entries(rest).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
