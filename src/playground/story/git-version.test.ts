import { expect, test } from 'vitest';
import { gitProblem, versionProblem } from './git-version.ts';

test.each([
  'git version 2.38.0',
  'git version 2.39.5 (Apple Git-154)',
  'git version 2.50.windows.1',
  'git version 3.0.rc1',
])('%s is new enough', (said) => expect(versionProblem(said)).toBeUndefined());

test.each(['git version 2.37.9', 'git version 1.99', 'hub', ''])('%s is not', (said) => {
  expect(versionProblem(said)).toMatch(/needs git 2\.38 or newer, and .+\. Install it/);
});

test('the git these tests run with will do', async () => {
  expect(await gitProblem()).toBeUndefined();
});
