/** The whole contract of the store, for one kind of database. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { Databases } from './harness.ts';
import { jobsContract } from './jobs.ts';
import { leasesContract, lifecycleContract } from './lifecycle.ts';
import { outboxContract } from './outbox.ts';
import { recordsContract } from './records.ts';

/** `only` holds what is true of this kind alone. */
export function storeContract(
  name: string,
  make: () => Promise<Databases>,
  only: (databases: () => Databases) => void,
): void {
  describe(`store (${name})`, () => {
    let databases: Databases | undefined;
    const get = (): Databases => {
      if (databases === undefined) throw new Error('the databases did not start');
      return databases;
    };
    beforeAll(async () => {
      databases = await make();
    });
    afterAll(async () => {
      await databases?.stop();
    });

    recordsContract(get);
    jobsContract(get);
    outboxContract(get);
    leasesContract(get);
    lifecycleContract(get);
    only(get);
  });
}
