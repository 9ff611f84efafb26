/** The store's contract, over the embedded database and over a real PostgreSQL. */
import { afterAll, beforeAll, describe } from 'vitest';
import { embeddedDatabases, postgresDatabases, type Databases } from './store/harness.ts';
import { jobsContract } from './store/jobs.ts';
import { embeddedContract, leasesContract, lifecycleContract, sharedContract } from './store/lifecycle.ts';
import { outboxContract } from './store/outbox.ts';
import { recordsContract } from './store/records.ts';

describe.each([
  { name: 'embedded', make: embeddedDatabases, only: embeddedContract },
  { name: 'PostgreSQL', make: postgresDatabases, only: sharedContract },
])('store ($name)', ({ make, only }) => {
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
