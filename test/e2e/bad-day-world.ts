/** A world whose cluster can be taken away at any request, and what a test asks about it. */
import { expect } from 'vitest';

import type { ControlPlane } from '../../src/playground/control-plane/start-control-plane.ts';
import { startWorld, type World } from '../scenarios/conversation-world.ts';
import type { Conversation, Pull } from '../scenarios/conversation.ts';
import { eventually } from '../scenarios/eventually.ts';
import { fairleadYaml } from '../scenarios/manifests.ts';
import { type Call, type ClusterProxy, clusterProxy } from './cluster-proxy.ts';
import { type ClusterView, clusterView } from './cluster-view.ts';
import { temporaryFolder } from './restartable-server.ts';

export interface BadDayWorld {
  readonly world: World;
  readonly proxy: ClusterProxy;
  /** The cluster as it is, whatever the proxy does. */
  readonly view: ClusterView;
  /** Waits until the newest check of a name says so: it may have said something else before. */
  concludes(talk: Conversation, sha: string, name: string, start: string): Promise<void>;
  /** What was said beside the plan: `deployed`, `held` or `other`, sorted. */
  said(talk: Conversation, pull: Pull): readonly string[];
  /** A merged pull request and its commit have one account, one check and one deployment that succeeded once. */
  toldOnce(talk: Conversation, pull: Pull, commit: string): Promise<void>;
  /** Cuts everything from the request on that fits; `noticed` resolves when the product has come back in vain a few times. */
  cutFrom(fits: (call: Call) => boolean): { noticed(): Promise<void> };
  /** Waits until the API server refuses a red ConfigMap in the namespace with these words. */
  refused(words: RegExp, namespace: string): Promise<void>;
  /** All is well again. */
  calm(): void;
  stop(): Promise<void>;
}

/** @param settings lines of the environment `prod` of each repository, by its name; its namespace is there and called the same */
export async function badDayWorld(
  cluster: ControlPlane,
  settings: Readonly<Record<string, readonly string[]>>,
): Promise<BadDayWorld> {
  const folder = await temporaryFolder();
  const proxy = await clusterProxy(cluster, folder.path);
  const view = clusterView(cluster);
  const repositories = Object.entries(settings).map(([name, lines]) => {
    const files = { '.fairlead.yaml': fairleadYaml(name, ...lines) };
    return [name, { files, binding: { namespaces: ['*'] } }] as const;
  });
  const world = await startWorld({
    kubeconfig: proxy.kubeconfig,
    repositories: Object.fromEntries(repositories),
    limits: { requestSeconds: 2, retrySeconds: 1 },
  });
  const { github } = world;
  return {
    world,
    proxy,
    view,
    concludes: (talk, sha, name, start) =>
      eventually(`${name} on ${sha.slice(0, 7)}: ${start}`, () => {
        const run = github.checks(talk.repo, sha).find((one) => one.name === name);
        return `${run?.conclusion ?? ''}: ${run?.title ?? ''}`.startsWith(start) ? true : undefined;
      }).then(() => undefined),
    said,
    toldOnce: (talk, pull, commit) => toldOnce(world, talk, pull, commit),
    cutFrom: (fits) => cutFrom(proxy, fits),
    refused: (words, namespace) => refused(view, words, namespace),
    calm() {
      proxy.decide();
      github.faults.clear();
      github.deliveries.drop(undefined);
    },
    async stop() {
      await world.stop();
      await proxy.stop();
      await view.close();
      await folder.remove();
    },
  };
}

function said(talk: Conversation, pull: Pull): readonly string[] {
  const [, ...beside] = talk.comments(pull);
  const kinds = beside.map((body) =>
    body.includes('is held') ? 'held' : body.includes('**Deployed to') ? 'deployed' : 'other',
  );
  return kinds.sort();
}

async function toldOnce({ github }: World, talk: Conversation, pull: Pull, commit: string): Promise<void> {
  const successes = await eventually("the forge's own deployment", () => {
    const told = github.deployments(talk.repo).filter(({ sha }) => sha === commit);
    const times = told.map(({ statuses }) => statuses.filter(({ state }) => state === 'success').length);
    return times.some((count) => count > 0) ? times : undefined;
  });
  expect(successes).toEqual([1]);
  await eventually('the account', () => (said(talk, pull).includes('deployed') ? true : undefined));
  expect(said(talk, pull)).toEqual(['deployed']);
  const answer = await fetch(`${github.url}/repos/${talk.repo}/commits/${commit}/check-runs?filter=all`, {
    headers: { authorization: `Bearer ${github.tokenFor('alice')}` },
  });
  const { total_count: runs }: { total_count: number } = JSON.parse(await answer.text());
  expect(runs).toBe(1);
}

/** More requests than one round of a plan or an apply sends, each of them tried four times. */
const noticedAfter = 12;

function cutFrom(proxy: ClusterProxy, fits: (call: Call) => boolean): { noticed(): Promise<void> } {
  let cut = 0;
  proxy.decide((call) => {
    if (cut === 0 && !fits(call)) return 'forward';
    cut += 1;
    return 'cut';
  });
  return {
    noticed: async () => {
      await eventually('a second try', () => (cut > noticedAfter ? true : undefined));
    },
  };
}

async function refused(view: ClusterView, words: RegExp, namespace: string): Promise<void> {
  const object = { metadata: { name: 'probe' }, data: { colour: 'red' } };
  await eventually(`a refusal in ${namespace}`, async () => {
    const refusal = await view.create(`/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, object).then(
      () => '',
      (error: unknown) => String(error),
    );
    return words.test(refusal) ? true : undefined;
  });
}
