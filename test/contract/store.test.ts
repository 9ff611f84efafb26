/** The store's contract over the embedded database. Over a real PostgreSQL it stands in store-postgres.test.ts, so that both run side by side. */
import { storeContract } from './store/contract.ts';
import { embeddedDatabases } from './store/harness.ts';
import { embeddedContract } from './store/lifecycle.ts';

storeContract('embedded', embeddedDatabases, embeddedContract);
