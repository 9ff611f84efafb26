import { expect, test } from 'vitest';
import type { Deployment, ObjectResult } from '../../domain/deployment.ts';
import { parseSha, type Sha } from '../../domain/forge.ts';
import type { ObjectRef } from '../../domain/kubernetes.ts';
import { carryOver } from './carry-over.ts';

const ref = (name: string): ObjectRef => ({ group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name });

const result = (name: string, what: ObjectResult['result'], more: Partial<ObjectResult> = {}): ObjectResult => ({
  ref: ref(name),
  result: what,
  readiness: 'not-checked',
  ...more,
});

function sha(digit: string): Sha {
  const parsed = parseSha(digit.repeat(40));
  if (parsed === undefined) throw new Error(`${digit} is no hex digit`);
  return parsed;
}

function before(...results: readonly ObjectResult[]): Deployment {
  return {
    id: 7,
    environment: 'github/1/prod',
    commit: sha('c'),
    tree: sha('d'),
    desiredDigest: 'd',
    planDigest: 'p',
    state: 'applying',
    stage: 0,
    pullRequests: [1],
    results,
    rolledBack: false,
    createdAt: '2026-01-01T00:00:00Z',
  };
}

const told = (results: readonly ObjectResult[]) => results.map(({ ref: { name }, result: what }) => `${name}: ${what}`);

test('what was noted as done stays told, with how it became ready', () => {
  const ready = result('a', 'created', { readiness: 'ready' });
  const now = [result('a', 'same'), result('b', 'same')];
  expect(carryOver({ before: before(ready, result('b', 'same')), begun: [], now, leaving: [] })).toEqual([
    ready,
    result('b', 'same'),
  ]);
});

test('what was written just before the end is told as what it was to be', () => {
  const begun = [
    { ref: ref('a'), action: 'create' as const },
    { ref: ref('b'), action: 'update' as const },
    { ref: ref('c'), action: 'replace' as const },
  ];
  const noted = [result('a', 'not-tried'), result('b', 'not-tried'), result('c', 'not-tried')];
  const now = [result('a', 'same'), result('b', 'same'), result('c', 'same')];
  const carried = carryOver({ before: before(...noted), begun, now, leaving: [] });
  expect(told(carried)).toEqual(['a: created', 'b: changed', 'c: replaced']);
  expect(told(carryOver({ before: before(...noted), begun: [], now, leaving: [] }))).toEqual([
    'a: changed',
    'b: changed',
    'c: changed',
  ]);
});

test('a failure that was none any more is not told; one still to be written is', () => {
  const noted = [result('a', 'failed', { detail: 'no answer' }), result('b', 'failed', { detail: 'no answer' })];
  const now = [result('a', 'same'), result('b', 'not-tried')];
  expect(carryOver({ before: before(...noted), begun: [], now, leaving: [] })).toEqual([
    result('a', 'changed'),
    result('b', 'not-tried'),
  ]);
});

test('deleted is what was noted so, and what was to go and is gone', () => {
  const begun = ['a', 'b', 'c', 'd'].map((name) => ({ ref: ref(name), action: 'prune' as const }));
  const carried = carryOver({
    before: before(result('a', 'deleted')),
    begun,
    now: [result('d', 'not-tried')],
    leaving: [ref('c')],
  });
  expect(told(carried)).toEqual(['d: not-tried', 'a: deleted', 'b: deleted']);
});
