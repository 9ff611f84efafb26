import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

test.each([
  ['Deploymnt', ['Service', 'Deployment', 'DaemonSet'], 'Deployment'],
  ['deployment', ['Service', 'Deployment'], 'Deployment'],
  ['replcas', ['replicas', 'selector'], 'replicas'],
  ['prdo', ['staging', 'prod'], 'prod'],
  ['Foo', ['Deployment', 'Service'], undefined],
  ['a', ['b', 'bc'], 'b'],
  ['x', [], undefined],
  ['same', ['same'], undefined],
  ['a'.repeat(10_000), ['a'.repeat(9_999)], undefined],
])('%j among %j', (name, candidates, expected) => {
  expect(nearestName(name, candidates)).toBe(expected);
});
