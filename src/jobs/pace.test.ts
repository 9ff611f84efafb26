import { expect, test } from 'vitest';
import { pace } from './pace.ts';

const limits = { perMinute: 3, perHour: 5, slotMilliseconds: 5_000 };

test('a slot is written to every five seconds, others meanwhile', () => {
  const speed = pace(limits);
  expect(speed.wait('a', 's1', 0)).toBe(0);
  speed.wrote('a', 's1', 0, 1);
  expect(speed.wait('a', 's1', 2_000)).toBe(3_000);
  expect(speed.wait('a', 's2', 2_000)).toBe(0);
  expect(speed.wait('a', 's1', 5_000)).toBe(0);
});

test('an account writes so often a minute and an hour; another is not held up', () => {
  const speed = pace(limits);
  speed.wrote('a', 's1', 0, 2);
  speed.wrote('a', 's2', 10_000, 1);
  expect(speed.wait('a', 's3', 20_000)).toBe(40_000);
  expect(speed.wait('b', 's3', 20_000)).toBe(0);
  expect(speed.wait('a', 's3', 60_000)).toBe(0);
  speed.wrote('a', 's3', 60_000, 2);
  expect(speed.wait('a', 's4', 200_000)).toBe(3_400_000);
  expect(speed.wait('a', 's4', 3_600_000)).toBe(0);
});

test('a pause holds for its account', () => {
  const speed = pace(limits);
  speed.pause('a', 60_000, 1_000);
  speed.pause('a', 1_000, 1_000);
  expect(speed.wait('a', 's', 1_000)).toBe(60_000);
  expect(speed.wait('b', 's', 1_000)).toBe(0);
  expect(speed.wait('a', 's', 61_000)).toBe(0);
});
