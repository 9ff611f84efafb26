/**
 * SIGKILL at every step of an apply, and a restart on the same data: the end is that of a run nobody interrupted, nothing is applied twice in
 * effect, and people read one account of it (H104). The real product, its real store, a real API server.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { GitHub } from '../../src/playground/github/handle.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import { eventually } from '../scenarios/eventually.ts';
import { type Call, type ClusterProxy, clusterProxy } from './cluster-proxy.ts';
import { type ClusterView, clusterView } from './cluster-view.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';
import {
  changeFiles,
  configuration,
  firstFiles,
  normalised,
  objectsIn,
  place,
  type Place,
  saidOn,
  versions,
} from './crash-story.ts';
import { type RestartableServer, restartableServer, temporaryFolder } from './restartable-server.ts';

const cluster = await controlPlaneForTests('what a crash leaves', { controllers: true });

/** Whether the process dies at this request, before or after the cluster carried it out; `written` is what went before. */
type Death = (call: Call, written: readonly string[]) => 'before' | 'after' | undefined;

const writes = (call: Call, method: string, end: string) =>
  call.writes && call.method === method && call.path.endsWith(end);
const count = (written: readonly string[], method: string, end: string) =>
  written.filter((one) => one.startsWith(`${method} `) && one.endsWith(end)).length;
const prunes = (call: Call) => call.writes && call.method === 'DELETE' && call.path.includes('/configmaps/old-');
const inventory = '/configmaps/fairlead-prod';

const deaths: Readonly<Record<string, { readonly name: string; readonly death: Death; readonly maxPrune?: number }>> = {
  'after the inventory, before the first object': {
    name: 'announced',
    death: (call) => (writes(call, 'PATCH', inventory) ? 'after' : undefined),
  },
  'between the definition of a kind and its first object': {
    name: 'defined',
    death: (call) => (call.writes && call.path.includes('/customresourcedefinitions/') ? 'after' : undefined),
  },
  'between two objects of a stage': {
    name: 'halfway',
    death: (call) => (writes(call, 'PATCH', '/configmaps/settings') ? 'before' : undefined),
  },
  'between the deletion and the creation of a replaced object': {
    name: 'replacing',
    death: (call) => (writes(call, 'DELETE', '/jobs/seed') ? 'after' : undefined),
  },
  'while it waits for readiness': {
    name: 'waiting',
    death: (call, written) =>
      call.method === 'GET' &&
      call.path.endsWith('/deployments/checkout') &&
      count(written, 'PATCH', '/deployments/checkout') > 0
        ? 'before'
        : undefined,
  },
  'between apply and prune': {
    name: 'unpruned',
    death: (call) => (prunes(call) ? 'before' : undefined),
  },
  'in the middle of pruning': {
    name: 'pruning',
    death: (call, written) => (prunes(call) && count(written, 'DELETE', '/configmaps/old-3') > 0 ? 'after' : undefined),
  },
  'after pruning, before the record': {
    name: 'unrecorded',
    death: (call, written) =>
      writes(call, 'PATCH', inventory) && count(written, 'PATCH', inventory) > 0 ? 'after' : undefined,
  },
  'in an apply that a person released': {
    name: 'released',
    death: (call) => (writes(call, 'PATCH', '/deployments/checkout') ? 'after' : undefined),
    maxPrune: 2,
  },
};

const undisturbed = place('undisturbed');

describe.skipIf(cluster.unavailable)('SIGKILL and restart', () => {
  const webhookSecret = randomBytes(16).toString('hex');
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let github: GitHub;
  let proxy: ClusterProxy;
  let view: ClusterView;
  let server: RestartableServer;
  let expected: { readonly objects: unknown; readonly comments: readonly string[] };

  beforeAll(async () => {
    folder = await temporaryFolder();
    github = await startGitHub({ webhookSecret });
    proxy = await clusterProxy(cluster.get(), folder.path);
    view = clusterView(cluster.get());
    const places = [undisturbed, ...Object.values(deaths).map(({ name }) => place(name))];
    for (const where of places) {
      const maxPrune = Object.values(deaths).find(({ name }) => name === where.name)?.maxPrune ?? 20;
      const [owner = '', name = ''] = where.repo.split('/');
      await github.createRepository({ owner, name, files: configuration(where, maxPrune) });
      github.addUser('alice', { [where.repo]: 'write' });
    }
    const repositories = places.map(({ repo }) => repo);
    server = await restartableServer({
      github,
      webhookSecret,
      kubeconfig: proxy.kubeconfig,
      repositories,
      folder: join(folder.path, 'server'),
    });
    await server.start();
    await Promise.all(places.map((where) => deployed(where, 'first', firstFiles(where))));
    const { number } = await deployed(undisturbed, 'change', changeFiles(undisturbed));
    expected = {
      objects: normalised(await objectsIn(view, undisturbed), undisturbed),
      comments: saidOn(github, undisturbed, number),
    };
  }, 180_000);

  afterAll(async () => {
    await server?.stop();
    await github?.stop();
    await proxy?.stop();
    await view?.close();
    await folder?.remove();
  });

  for (const [when, { name, death, maxPrune }] of Object.entries(deaths)) {
    it(
      when,
      async () => {
        const where = place(name);
        proxy.decide();
        await server.start();
        const number = await planned(where, 'change', changeFiles(where));
        const died = dieAt(death);
        const commit = await github.as('alice').merge(where.repo, number);
        if (maxPrune !== undefined) await release(where, number);
        await died;
        const before = await objectsIn(view, where);

        proxy.decide();
        await server.start();
        await succeeded(where, commit);
        const comments = await eventually('the account of the deployment', () => {
          const said = saidOn(github, where, number);
          return said.some((body) => body.includes('**Deployed to')) ? said : undefined;
        });

        const after = await objectsIn(view, where);
        expect(normalised(after, where)).toEqual(expected.objects);
        expect(rewritten(before, after, where)).toEqual([]);
        if (maxPrune === undefined) expect(comments).toEqual(toldAfter(name, expected.comments));
        else expect(comments.filter((body) => body.includes('**Deployed to'))).toEqual(expected.comments.slice(1));
        expect(await runsOf(where, commit)).toEqual(['fairlead/prod: success']);
        const successes = await eventually("the forge's own deployment", () => {
          const times = deploymentsOf(where, commit);
          return times.length > 0 ? times : undefined;
        });
        expect(successes).toEqual([1]);
      },
      60_000,
    );
  }

  /** Opens a pull request and waits for its plan; answers its number. */
  async function planned(where: Place, branch: string, files: Record<string, string | null>): Promise<number> {
    const { number, head } = await github.as('alice').openPullRequest({ repo: where.repo, branch, files });
    await eventually(`the plan of ${where.repo}#${number}`, () => ended(where, head, 'fairlead'));
    return number;
  }

  async function deployed(
    where: Place,
    branch: string,
    files: Record<string, string | null>,
  ): Promise<{ number: number }> {
    const number = await planned(where, branch, files);
    await succeeded(where, await github.as('alice').merge(where.repo, number));
    await eventually('the account of the deployment', () =>
      saidOn(github, where, number).find((body) => body.includes('**Deployed to')),
    );
    return { number };
  }

  async function succeeded(where: Place, commit: string): Promise<void> {
    const run = await eventually(`the deployment of ${where.repo}`, () => {
      const found = ended(where, commit, 'fairlead/prod');
      return found?.conclusion === 'action_required' ? undefined : found;
    });
    expect(run).toMatchObject({ conclusion: 'success' });
  }

  function ended(where: Place, sha: string, name: string) {
    return github.checks(where.repo, sha).find((run) => run.name === name && run.status === 'completed');
  }

  /** Resolves when the process died at the moment `death` names, and the cluster has done what it was told before. */
  async function dieAt(death: Death): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const from = proxy.written.length;
    let dead = false;
    const die = () => {
      dead = true;
      server.kill();
      resolve();
    };
    proxy.decide((call) => {
      if (dead) return 'cut';
      const now = death(call, proxy.written.slice(from));
      if (now === 'after') return { carriedOutThen: die };
      if (now === 'before') die();
      return now === 'before' ? 'cut' : 'forward';
    });
    await promise;
    await server.dead();
    await proxy.settled();
  }

  async function release(where: Place, number: number): Promise<void> {
    const digest = await eventually('the hold', () => {
      const bodies = github.comments(where.repo, number).map(({ body }) => body);
      const held = bodies.filter((body) => body.includes('is held'));
      return held.map((body) => /`\/fairlead apply ([0-9a-f]{8,})`/.exec(body)?.[1]).find((one) => one !== undefined);
    });
    await github.as('alice').comment(where.repo, number, `/fairlead apply ${digest}`);
  }

  /** What had been deleted to be created anew is created when it is gone on with. */
  function toldAfter(name: string, comments: readonly string[]): readonly string[] {
    if (name !== 'replacing') return comments;
    return comments.map((body) =>
      body.replace('5 created, 2 changed, 1 replaced', '6 created, 2 changed').replace('| replaced |', '| created |'),
    );
  }

  /** Objects that were as they should be when the process died, and were written again all the same. */
  function rewritten(
    before: Awaited<ReturnType<typeof objectsIn>>,
    after: typeof before,
    where: Place,
  ): readonly string[] {
    const [then, now] = [normalised(before, where), normalised(after, where)];
    const [old, fresh] = [versions(before), versions(after)];
    const done = [...before.keys()].filter((key) => JSON.stringify(then[key]) === JSON.stringify(now[key]));
    return done.filter((key) => old.get(key) !== fresh.get(key));
  }

  /** Every check run on a commit, also those that a newer one of the same name hides. */
  async function runsOf(where: Place, commit: string): Promise<readonly string[]> {
    const path = `/repos/${where.repo}/commits/${commit}/check-runs?filter=all`;
    const answer = await fetch(`${github.url}${path}`, {
      headers: { authorization: `Bearer ${github.tokenFor('alice')}` },
    });
    const { check_runs: runs }: { check_runs: { name: string; conclusion: string }[] } = JSON.parse(
      await answer.text(),
    );
    return runs.map((run) => `${run.name}: ${run.conclusion}`);
  }

  /** How often each of the forge's deployments of a commit succeeded. */
  function deploymentsOf(where: Place, commit: string): readonly number[] {
    return github
      .deployments(where.repo)
      .filter(({ sha }) => sha === commit)
      .map(({ statuses }) => statuses.filter(({ state }) => state === 'success').length)
      .filter((times) => times > 0);
  }
});
