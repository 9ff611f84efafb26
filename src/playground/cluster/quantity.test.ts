import { expect, it } from 'vitest';
import { canonicalQuantity } from './quantity.ts';

it.each([
  ['1000m', '1'],
  ['0.5', '500m'],
  ['1500m', '1500m'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1000', '1k'],
  ['100', '100'],
  ['0', '0'],
  ['0.1Ki', '102400m'],
  ['1e3', '1e3'],
  ['-5', '-5'],
  ['.5', '500m'],
])('%s is written as %s', (given, canonical) => {
  expect(canonicalQuantity(given)).toBe(canonical);
});

it.each(['', 'abc', '1GiB', '--1', '.'])('%s is no quantity', (given) => {
  expect(canonicalQuantity(given)).toBeUndefined();
});
