/** The store's contract over a real PostgreSQL, and what holds only where several processes share one. */
import { storeContract } from './store/contract.ts';
import { postgresDatabases } from './store/harness.ts';
import { sharedContract } from './store/lifecycle.ts';

storeContract('PostgreSQL', postgresDatabases, sharedContract);
