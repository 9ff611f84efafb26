/** Small builders, so that tests of the core read as examples. Nothing here decides anything. */
import type { ApplyOutcome } from '../domain/apply-outcome.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Environment, EnvironmentSpec } from '../domain/environment.ts';
import { known } from '../domain/evidence.ts';
import { parseSha, type PullRequest, type Sha } from '../domain/forge.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { KubernetesObject } from '../domain/kubernetes.ts';
import type { EnvironmentPlan, PlannedChange } from '../domain/plan.ts';
import { fingerprintWith } from './diff/mask.ts';
import { assemblePlan } from './plan/assemble.ts';
import { judgeItem } from './plan/judge-item.ts';
import type { PlanInput, PlanItem, PruneItem } from './plan/plan-input.ts';
import { planDigest } from './plan/effects.ts';

export const fingerprint = fingerprintWith(Buffer.from('a key of the tests'));
export const applySet = 'applyset-test-v1';
const observedAt = '2026-11-22T10:00:00Z';

/** A commit id from a few hex digits: `sha('91d2ab0')`. */
export function sha(start: string): Sha {
  const found = parseSha(start.padEnd(40, '0'));
  if (found === undefined) throw new Error(`not hex: ${start}`);
  return found;
}

export function object(kind: string, name: string, rest: JsonObject = {}, apiVersion = 'v1'): KubernetesObject {
  const { metadata, ...body } = rest;
  const more = isJsonObject(metadata) ? metadata : {};
  return { apiVersion, kind, metadata: { name, namespace: 'shop', ...more }, ...body };
}

export function configMap(name: string, data: JsonObject): KubernetesObject {
  return object('ConfigMap', name, { data });
}

/** A Deployment with one container named like itself. */
export function deployment(name: string, image: string, more: { replicas?: number; container?: JsonObject } = {}) {
  const container = { name, image, ...more.container };
  const spec = { replicas: more.replicas ?? 3, template: { spec: { containers: [container] } } };
  return object('Deployment', name, { spec }, 'apps/v1');
}

/** The object as it lives in the cluster: with a uid and our mark, unless it is somebody else's. */
export function live(
  of: KubernetesObject,
  owners: { readonly marked?: boolean; readonly fields?: readonly Json[] } = {},
) {
  const labels =
    owners.marked === false
      ? of.metadata.labels
      : { ...of.metadata.labels, 'applyset.kubernetes.io/part-of': applySet };
  return {
    ...of,
    metadata: {
      ...of.metadata,
      ...(labels === undefined ? {} : { labels }),
      uid: `uid-${of.metadata.name}`,
      resourceVersion: '7',
      managedFields: owners.fields ?? [],
    },
  } satisfies KubernetesObject;
}

export function environment(spec: Partial<EnvironmentSpec> = {}): Environment {
  const repository = { forge: 'github', id: '1', fullName: 'acme/shop' };
  return {
    key: `github/1/${spec.name ?? 'prod'}`,
    repository,
    branch: 'main',
    binding: {
      forge: 'github',
      repository: 'acme/shop',
      branch: 'main',
      cluster: 'prod-eu',
      namespaces: ['shop'],
      kinds: ['*'],
    },
    spec: {
      name: 'prod',
      path: 'apps',
      cluster: 'prod-eu',
      namespace: 'shop',
      render: 'plain',
      dependsOn: [],
      prune: true,
      maxPrune: 10,
      allowReplace: false,
      drift: 'report',
      takeOver: [],
      ignore: [],
      readyTimeout: 60,
      ...spec,
    },
  };
}

export function applied(object: KubernetesObject, created = false, warnings: readonly string[] = []): ApplyOutcome {
  return { kind: 'applied', object, created, warnings };
}

interface ItemFacts {
  readonly live?: KubernetesObject;
  /** What Git said before; the outcome is what applying that would store. */
  readonly before?: KubernetesObject | 'same' | 'absent';
  /** What applying the declaration would store; the declaration itself unless said otherwise. */
  readonly outcome?: PlanItem['outcome'];
  readonly takenFrom?: readonly string[];
  readonly file?: string;
}

/** One declared object of a plan. */
export function item(desired: KubernetesObject, facts: ItemFacts = {}): PlanItem {
  const [group = '', version = ''] = desired.apiVersion.includes('/')
    ? desired.apiVersion.split('/')
    : ['', desired.apiVersion];
  const source = { file: facts.file ?? `apps/${desired.metadata.name}.yaml`, line: 1 };
  const before = facts.before ?? 'absent';
  return {
    resolved: {
      desired: { object: desired, source },
      type: {
        group,
        version,
        kind: desired.kind,
        plural: `${desired.kind.toLowerCase()}s`,
        namespaced: true,
        verbs: [],
      },
      declaredByCrd: false,
    },
    live: facts.live,
    outcome: facts.outcome ?? applied(desired, facts.live === undefined),
    takenFrom: facts.takenFrom ?? [],
    before:
      typeof before === 'string'
        ? { kind: before }
        : { kind: 'differs', desired: { object: before, source }, outcome: applied(before) },
  };
}

export function prune(of: KubernetesObject, more: Partial<PruneItem> = {}): PruneItem {
  const { apiVersion, kind, metadata } = of;
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const ref = { group, version, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { entry: { ref, uid: `uid-${metadata.name}` }, live: live(of), declaredBefore: true, ...more };
}

/** What a plan is made of, with its objects still to be judged. */
export type PlanFacts = Partial<Omit<PlanInput, 'items'>> & { readonly items?: readonly PlanItem[] };

/** A whole plan, judged and assembled from its items. */
export function planOf({ items = [], ...facts }: PlanFacts = {}): EnvironmentPlan {
  const input = {
    environment: environment(),
    identity: { uid: 'cluster-1', serverVersion: 'v1.36.3' },
    basis: { base: sha('91d2ab0'), head: sha('3fa8c1e'), tree: sha('77') },
    prunes: [],
    forgotten: [],
    applySetId: applySet,
    inventorySize: 10,
    findings: [],
    incomplete: [],
    fingerprint,
    lineOf: ({ line }: { readonly line: number }) => line,
    observedAt,
    cost: { milliseconds: 600, requests: 9 },
    ...facts,
  };
  return assemblePlan({ ...input, items: items.map((one) => judgeItem(one, input)) });
}

/** A plan by its effects alone: `create v1/a` → that object appears; `set v1/a spec.x=1` → that field gets that value. */
export function planWithEffects(
  effects: EnvironmentPlan['effects'],
  more: Partial<EnvironmentPlan> = {},
): EnvironmentPlan {
  const plan = planOf();
  return { ...plan, effects, planDigest: planDigest(plan.environment.key, plan.clusterUid, effects), ...more };
}

export function pullRequest(number: number, more: Partial<PullRequest> = {}): PullRequest {
  const person = { id: '7', login: 'ann', bot: false };
  return {
    ref: { repository: { forge: 'github', id: '1', fullName: 'acme/shop' }, number },
    title: `Change ${number}`,
    body: '',
    url: `https://forge.example/acme/shop/pull/${number}`,
    state: 'merged',
    draft: false,
    author: person,
    base: { branch: 'main', sha: sha('91d2ab0') },
    head: { branch: 'change', sha: sha('3fa8c1e') },
    fork: false,
    mergedBy: person,
    ...more,
  };
}

/** A commit on the branch and the pull requests that brought it; none = a direct push that touches the environment. */
export function commit(id: string, ...numbers: readonly number[]) {
  return { sha: sha(id), pullRequests: known(numbers.map((number) => pullRequest(number))), touchesEnvironment: true };
}

export function aDeployment(id: number, desiredDigest: string, more: Partial<Deployment> = {}): Deployment {
  return {
    id,
    environment: 'github/1/prod',
    commit: sha('91d2ab0'),
    tree: sha('77'),
    desiredDigest,
    planDigest: '7c1f09e2aaaa',
    state: 'succeeded',
    stage: 0,
    pullRequests: [id],
    results: [],
    rolledBack: false,
    createdAt: '2026-11-19T08:00:00Z',
    finishedAt: '2026-11-19T08:00:14Z',
    ...more,
  };
}

/** The one change of a plan that is expected to have one. */
export function onlyChange(plan: EnvironmentPlan): PlannedChange {
  const [change, ...others] = plan.changes;
  if (change === undefined || others.length > 0) throw new Error(`${plan.changes.length} changes`);
  return change;
}
