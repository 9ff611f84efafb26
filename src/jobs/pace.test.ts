import { expect, test } from 'vitest';
import { pace } from './pace.ts';

const limits = { createdPerMinute: 3, createdPerHour: 5, writtenPerMinute: 6, progressMilliseconds: 5_000 };
const to = (slot: string, account = 'a', progress = false) => ({ account, slot, progress });

test('progress is told every five seconds; what is final, and other slots, at once', () => {
  const speed = pace(limits);
  expect(speed.wait(to('s1', 'a', true), 0)).toBe(0);
  speed.wrote(to('s1', 'a', true), 0, 1);
  expect(speed.wait(to('s1', 'a', true), 2_000)).toBe(3_000);
  expect(speed.wait(to('s1', 'a', false), 2_000)).toBe(0);
  expect(speed.wait(to('s2', 'a', true), 2_000)).toBe(0);
  expect(speed.wait(to('s1', 'a', true), 5_000)).toBe(0);
});

test('an account makes so much that is new a minute and an hour; another is not held up, nor is an edit', () => {
  const speed = pace({ ...limits, writtenPerMinute: 100 });
  speed.wrote(to('s1'), 0, 1);
  speed.wrote(to('s2'), 0, 1);
  speed.wrote(to('s3'), 10_000, 1);
  expect(speed.wait(to('s4'), 20_000)).toBe(40_000);
  expect(speed.wait(to('s1'), 20_000)).toBe(0);
  expect(speed.wait(to('s4', 'b'), 20_000)).toBe(0);
  expect(speed.wait(to('s4'), 60_000)).toBe(0);
  speed.wrote(to('s4'), 60_000, 1);
  speed.wrote(to('s5'), 60_000, 1);
  expect(speed.wait(to('s6'), 200_000)).toBe(3_400_000);
  expect(speed.wait(to('s6'), 3_600_000)).toBe(0);
});

test('edits count too, all requests of them, though for a minute only', () => {
  const speed = pace(limits);
  speed.wrote(to('s1'), 0, 4);
  speed.wrote(to('s1'), 1_000, 2);
  expect(speed.wait(to('s1'), 2_000)).toBe(58_000);
  expect(speed.wait(to('s1'), 60_000)).toBe(0);
});

test('a pause holds for its account, also for what is final', () => {
  const speed = pace(limits);
  speed.pause('a', 60_000, 1_000);
  speed.pause('a', 1_000, 1_000);
  expect(speed.wait(to('s'), 1_000)).toBe(60_000);
  expect(speed.wait(to('s', 'b'), 1_000)).toBe(0);
  expect(speed.wait(to('s'), 61_000)).toBe(0);
});
