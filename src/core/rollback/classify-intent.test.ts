import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../domain/deployment.ts';
import { aDeployment } from '../test-support.ts';
import { classifyIntent, rolledBackBy } from './classify-intent.ts';

/** 117 deployed A, 118 deployed B, 119 deployed C. */
const history = [aDeployment(119, 'C'), aDeployment(118, 'B'), aDeployment(117, 'A')];
const revert = 'This reverts commit 91d2ab0000.';

function intent(desiredDigest: string, texts: readonly string[] = [], deployments: readonly Deployment[] = history) {
  const found = classifyIntent({ desiredDigest, deployments, texts });
  return found === undefined ? 'ordinary' : `${found.kind} ${found.deployment ?? ''}`.trim();
}

describe('a rollback', () => {
  it('needs words and proof', () => {
    expect(intent('B', [revert])).toBe('rollback-to 118');
    expect(intent('B')).toBe('restores 118');
    expect(intent('X', [revert])).toBe('partial-revert');
    expect(intent('X')).toBe('ordinary');
  });

  it.each([
    'Revert "Change the logo"\n\nThis reverts commit 91d2ab0.',
    'Revert "Change the logo (#41)"',
    'Reverts acme/shop#41',
    'Reverts #41',
    'This reverts merge request !12',
    'Merge branch x\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567, reversing\nchanges made to 89abcdef.',
  ])('is hinted at by %j', (text) => {
    expect(intent('B', ['other', text])).toBe('rollback-to 118');
  });

  it.each(['Do not revert "x"', 'reverted the logo', 'This reverts commit HEAD~1', 'Reverts acme#x', 'Reverting #41'])(
    'is not hinted at by %j',
    (text) => {
      expect(intent('B', [text])).toBe('restores 118');
    },
  );

  it('says where it goes back to', () => {
    expect(classifyIntent({ desiredDigest: 'B', deployments: history, texts: [revert] })).toMatchObject({
      commit: history[1]?.commit,
      pullRequest: 118,
      deployedAt: '2026-11-19T08:00:14Z',
    });
  });

  it('goes to the newest of equal deployments', () => {
    expect(intent('A', [revert], [aDeployment(120, 'C'), aDeployment(119, 'A'), aDeployment(117, 'A')])).toBe(
      'rollback-to 119',
    );
  });

  it('from a deployment that failed', () => {
    expect(intent('C', [revert], [aDeployment(120, 'D', { state: 'failed' }), ...history])).toBe('rollback-to 119');
  });

  it.each(['applying', 'waiting', 'pruning'] as const)('from a deployment that is still %s', (state) => {
    expect(intent('C', [revert], [aDeployment(120, 'D', { state }), ...history])).toBe('rollback-to 119');
  });

  it('stays one when it is resumed after a crash', () => {
    expect(intent('B', [revert], [aDeployment(120, 'B', { state: 'applying' }), ...history])).toBe('rollback-to 118');
  });
});

describe('no rollback', () => {
  it('to what is there now', () => {
    expect(intent('C', [revert])).toBe('ordinary');
  });

  it.each(['held', 'superseded', 'pending', 'failed'] as const)('to a deployment that only was %s', (state) => {
    expect(intent('X', [revert], [...history, aDeployment(1, 'X', { state })])).toBe('partial-revert');
  });

  it('by a held deployment: nothing of it reached the cluster', () => {
    expect(intent('C', [revert], [aDeployment(120, 'D', { state: 'held' }), ...history])).toBe('ordinary');
  });

  it('by a revert whose content is something else', () => {
    expect(intent('X', ['Revert "Change the logo"', 'This reverts commit ffffffffff of another repository'])).toBe(
      'partial-revert',
    );
  });

  it('where nothing was ever deployed', () => {
    expect(intent('A', [revert], [])).toBe('ordinary');
    expect(intent('A', [revert], [aDeployment(1, 'B', { state: 'failed' })])).toBe('ordinary');
  });
});

describe('a revert of a revert', () => {
  /** 120 went back to A: 118 and 119 were rolled back. */
  const after = [
    aDeployment(120, 'A'),
    aDeployment(119, 'C', { rolledBack: true }),
    aDeployment(118, 'B', { rolledBack: true }),
    aDeployment(117, 'A'),
  ];

  it('brings back what was rolled back, as an ordinary deployment that says so', () => {
    expect(intent('C', [revert], after)).toBe('restores 119');
  });

  it('that is reverted again is a rollback', () => {
    expect(intent('A', [revert], [aDeployment(121, 'C'), ...after])).toBe('rollback-to 120');
  });

  it('of two commits at once gives what was there before both', () => {
    expect(intent('A', [revert, revert])).toBe('rollback-to 117');
  });
});

it('a rollback undoes every deployment that succeeded after its target', () => {
  const all = [aDeployment(121, 'X', { state: 'failed' }), ...history, aDeployment(116, 'Z', { rolledBack: true })];
  expect(rolledBackBy(117, all).map(({ id }) => id)).toEqual([119, 118]);
  expect(rolledBackBy(119, all)).toEqual([]);
});
