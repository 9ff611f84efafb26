import { expect, test } from 'vitest';
import { nodeProblem } from './node-version.ts';

test.each(['22.19.0', '22.20.1', '24.0.0', '26.0.0-nightly20260101'])('%s will do', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(['18.20.4', '20.20.2', '22.18.9'])('%s is too old', (version) => {
  expect(nodeProblem(version)).toContain(`this is ${version}`);
});
