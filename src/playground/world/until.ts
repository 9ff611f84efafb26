/** Waiting for something to be so, with an end. */
import { setTimeout as sleep } from 'node:timers/promises';

const pollMilliseconds = 50;

export class NeverHappened extends Error {
  override name = 'NeverHappened';
}

/**
 * Asks again and again until there is a value.
 * @throws NeverHappened, naming `what`, when there is none after `seconds`
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new NeverHappened(`waited ${seconds} s for ${what}`);
    await sleep(pollMilliseconds);
  }
}
