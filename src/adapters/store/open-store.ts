/** Opens the store: database, migrations, queue, outbox. The one file of this folder that others import. */
import type { Database } from './database.ts';
import { openEmbedded, openPostgres, type Report } from './engines.ts';
import { acquireLease, forgetTheDead, releaseLease, renewLease } from './leases.ts';
import { migrate } from './migrations.ts';
import { StoreOutbox } from './outbox.ts';
import { JobQueue } from './queue.ts';
import { prune } from './retention.ts';
import { QueueRunner } from './runner.ts';
import { storeTransaction } from './transaction.ts';
import type { JobRunner, Outbox, Store } from '../../ports/store.ts';

export type StoreLocation =
  /** A database of our own in this process; `folder` is made where it is missing. */
  | { readonly kind: 'embedded'; readonly folder: string }
  /** A connection URL as libpq has it: `postgres://user:password@host:5432/name?sslmode=require`. */
  | { readonly kind: 'postgres'; readonly url: string };

export interface StoreOptions {
  /** Jobs this process runs at once; 4 unless given. */
  readonly concurrency?: number;
  /** Told of faults that reach no caller: lost connections, jobs that threw. */
  readonly report: Report;
}

export interface OpenStore {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly runner: JobRunner;
  /** Forgets what is past its time; once a day is enough. */
  readonly prune: (now: Date) => Promise<void>;
  /** Stop the runner and the sender first. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the store and brings its schema to this version.
 * Throws `FolderInUse` when another process has the folder, `StoreTooNew` when a newer Fairlead wrote the database, and what the driver throws when
 * the server cannot be reached.
 */
export async function openStore(location: StoreLocation, options: StoreOptions): Promise<OpenStore> {
  const { report, concurrency = 4 } = options;
  const shared = location.kind === 'postgres';
  const database = shared ? openPostgres(location.url, report) : await openEmbedded(location.folder, report);
  try {
    await migrate(database);
    const queue = new JobQueue(database, report);
    await queue.start();
    if (!shared) await forgetTheDead(database);
    const runner = new QueueRunner(queue, { concurrency, shared, report });
    return {
      store: storeOn(database, queue, runner),
      outbox: new StoreOutbox(database),
      runner,
      prune: (now) => prune(database, queue, now),
      async close() {
        await runner.stop(0);
        await queue.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function storeOn(database: Database, queue: JobQueue, runner: QueueRunner): Store {
  return {
    async transaction(work) {
      let queued = false;
      const result = await database.transaction(async (trx) => {
        queued = false;
        return await work(
          storeTransaction(trx, queue, () => {
            queued = true;
          }),
        );
      });
      if (queued) runner.wake();
      return result;
    },
    acquireLease: (environment, owner, seconds) => acquireLease(database, environment, owner, seconds),
    renewLease: (lease, seconds) => renewLease(database, lease, seconds),
    releaseLease: (lease) => releaseLease(database, lease),
  };
}
