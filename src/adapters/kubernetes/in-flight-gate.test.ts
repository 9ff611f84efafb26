import { expect, it } from 'vitest';

import { InFlightGate } from './in-flight-gate.ts';

const never = new AbortController().signal;

/** Work that ends when told to. */
function held() {
  const ends: (() => void)[] = [];
  const work = () => new Promise<void>((resolve) => ends.push(resolve));
  return { work, ends };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('admits as many as there are places, in order of asking', async () => {
  const gate = new InFlightGate(2);
  const { work, ends } = held();
  const runs = [1, 2, 3].map(() => gate.run(never, work));
  await settled();
  expect(ends).toHaveLength(2);
  ends[0]?.();
  await settled();
  expect(ends).toHaveLength(3);
  for (const end of ends) end();
  await Promise.all(runs);
});

it('gives a place back when the work fails', async () => {
  const gate = new InFlightGate(1);
  await expect(gate.run(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(gate.run(never, () => Promise.resolve('yes'))).resolves.toBe('yes');
});

it('who stops waiting leaves the queue, and others pass', async () => {
  const gate = new InFlightGate(1);
  const { work, ends } = held();
  const first = gate.run(never, work);
  const stop = new AbortController();
  const second = gate.run(stop.signal, work);
  const third = gate.run(never, () => Promise.resolve('third'));
  stop.abort(new Error('stopped'));
  await expect(second).rejects.toThrow('stopped');
  ends[0]?.();
  await first;
  await expect(third).resolves.toBe('third');
  await expect(gate.run(stop.signal, work)).rejects.toThrow('stopped');
});

it('halves when throttled, steps back when slow, never below one, and recovers', () => {
  const gate = new InFlightGate(8);
  gate.throttled();
  expect(gate.places).toBe(4);
  gate.answered(5_000);
  expect(gate.places).toBe(3);
  for (let i = 0; i < 10; i += 1) gate.throttled();
  expect(gate.places).toBe(1);
  for (let i = 0; i < 200; i += 1) gate.answered(5);
  expect(gate.places).toBe(8);
});
