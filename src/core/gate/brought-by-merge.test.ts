import { expect, it } from 'vitest';

import type { PullRequest, Sha } from '../../domain/forge.ts';
import { pullRequest, sha } from '../test-support.ts';
import { broughtByMerge } from './brought-by-merge.ts';

const merged = (number: number, as: Sha): PullRequest => ({ ...pullRequest(number), mergedAs: as });
const [a, b, c] = [sha('aa'), sha('bb'), sha('cc')];

const numbers = (commits: Parameters<typeof broughtByMerge>[0]) =>
  broughtByMerge(commits).map((found) => found.map(({ ref }) => ref.number));

it('counts a merge or squash commit', () => {
  expect(numbers([{ sha: a, pullRequests: [merged(1, a)] }])).toEqual([[1]]);
});

it('counts every commit of a rebase merge', () => {
  const one = merged(1, c);
  expect(numbers([a, b, c].map((each) => ({ sha: each, pullRequests: [one] })))).toEqual([[1], [1], [1]]);
});

it('does not count an old commit of a squashed pull request that is pushed straight onto the branch', () => {
  expect(numbers([{ sha: a, pullRequests: [merged(1, sha('dd'))] }])).toEqual([[]]);
});

it("does not count it either when the pull request is merged later, past somebody else's commit", () => {
  const one = merged(1, c);
  const commits = [
    { sha: a, pullRequests: [one] },
    { sha: b, pullRequests: [] },
    { sha: c, pullRequests: [one] },
  ];
  expect(numbers(commits)).toEqual([[], [], [1]]);
});

it('takes a forge at its word that names no merge commit', () => {
  expect(numbers([{ sha: a, pullRequests: [pullRequest(1)] }])).toEqual([[1]]);
});
