/** Values the store's contract is tried with. */
import type { Deployment } from '../../../src/domain/deployment.ts';
import { parseSha, type PullRequestRef, type RepositoryRef, type Sha } from '../../../src/domain/forge.ts';
import type { EnvironmentPlan, ShownPlan } from '../../../src/domain/plan.ts';
import type { Job } from '../../../src/ports/jobs.ts';
import type { Words } from '../../../src/ports/store.ts';

export function repository(id: string): RepositoryRef {
  return { forge: 'github', id, fullName: `acme/${id}` };
}

export function pullRequest(number: number, repositoryId = '1'): PullRequestRef {
  return { repository: repository(repositoryId), number };
}

export function sha(digit: string): Sha {
  const made = parseSha(digit.repeat(40).slice(0, 40));
  if (made === undefined) throw new Error(`not a digit: ${digit}`);
  return made;
}

export const planJob = (number: number, repositoryId = '1'): Job => ({
  kind: 'plan',
  pullRequest: pullRequest(number, repositoryId),
});

export const environmentJob = (kind: 'deploy' | 'drift', environment: string, repositoryId = '1'): Job => ({
  kind,
  repository: repository(repositoryId),
  branch: 'main',
  environment,
});

export const commandJob = (commentId: string, line = '/fairlead plan'): Job => ({
  kind: 'command',
  pullRequest: pullRequest(7),
  by: { id: '5', login: 'ada', bot: false },
  commentId,
  line,
});

export function plan(environment: string, detail = 'x'): EnvironmentPlan {
  return {
    version: 1,
    environment: { key: environment, name: environment, cluster: 'prod', namespace: 'shop' },
    clusterUid: 'uid',
    serverVersion: 'v1.36.3',
    basis: { base: sha('a'), head: sha('b'), tree: sha('c') },
    desiredDigest: 'd1',
    desiredCount: 1,
    changes: [],
    unchanged: ['apps/Deployment/shop/a'],
    ignored: [],
    findings: [{ code: 'yaml-malformed', severity: 'error', file: 'a.yaml', line: 3, detail }],
    incomplete: [],
    dangers: [],
    effects: [{ object: 'apps/Deployment/shop/a', action: 'set', path: 'spec.replicas', value: '3' }],
    planDigest: 'p1',
    observedAt: '2026-01-02T03:04:05Z',
    cost: { milliseconds: 12, requests: 3 },
  };
}

export function shown(number: number, environment: string, token: string, detail?: string): ShownPlan {
  return { pullRequest: pullRequest(number), plan: plan(environment, detail), token };
}

export function deployment(environment: string, state: Deployment['state'] = 'applying'): Omit<Deployment, 'id'> {
  return {
    environment,
    commit: sha('a'),
    tree: sha('b'),
    desiredDigest: 'd1',
    planDigest: 'p1',
    state,
    stage: 0,
    pullRequests: [7],
    results: [],
    rolledBack: false,
    createdAt: '2026-01-02T03:04:05Z',
  };
}

export function comment(number: number, body: string, key = 'plan'): Words {
  return {
    kind: 'comment',
    forge: 'github',
    thread: { kind: 'pull-request', ref: pullRequest(number) },
    key,
    body,
  };
}
