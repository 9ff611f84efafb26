/**
 * The one door to the database, the same for the embedded one and for PostgreSQL. The embedded database has a single connection, hence the two
 * rules here: a transaction inside a transaction is an error at once instead of waiting for itself, and statements that pg-boss
 * issues on its own join the transaction that is open around them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { fromKysely } from 'pg-boss';
import { errorCode, parseResult } from './schema.ts';
import type { Tables } from './tables.ts';

export const databaseSchema = 'fairlead';

export type Tx = Transaction<Tables>;

interface OpenTransaction {
  readonly trx: Tx;
  open: boolean;
}

/** Serialization failure and deadlock: the database asks to try again (PostgreSQL, appendix A). */
const tryAgainCodes: readonly string[] = ['40001', '40P01'];
const maxTries = 5;

export class Database {
  readonly #pool: Pool;
  readonly #kysely: Kysely<Tables>;
  readonly #current = new AsyncLocalStorage<OpenTransaction>();
  readonly #closeEngine: () => Promise<void>;

  /** `closeEngine` ends what stands behind the pool, after the pool. */
  constructor(pool: Pool, closeEngine: () => Promise<void>) {
    this.#pool = pool;
    this.#kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    this.#closeEngine = closeEngine;
  }

  /**
   * Runs `work` in one transaction and gives its result. `work` may run again after a deadlock, so it has no effects but on the database.
   * Throws at once when called inside another transaction.
   */
  async transaction<T>(work: (trx: Tx) => Promise<T>): Promise<T> {
    if (this.#current.getStore()?.open === true)
      throw new Error('a transaction inside a transaction: with one connection it would wait for itself');
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (tries >= maxTries || !tryAgainCodes.includes(errorCode(error))) throw error;
        await sleep(10 + Math.random() * 40 * tries);
      }
    }
  }

  async #attempt<T>(work: (trx: Tx) => Promise<T>): Promise<T> {
    return await this.#kysely.transaction().execute(async (trx) => {
      await turn();
      const current: OpenTransaction = { trx: trx.withSchema(databaseSchema), open: true };
      try {
        return await this.#current.run(current, () => work(current.trx));
      } finally {
        current.open = false;
      }
    });
  }

  /** For the migrator, before anything else uses the database. */
  forMigrations(): Kysely<Tables> {
    return this.#kysely;
  }

  /**
   * pg-boss's way in. Inside an open transaction it uses that one's connection. Outside, a failed statement is followed by a
   * rollback: pg-boss sends whole `BEGIN … COMMIT` scripts, and one that fails would leave the connection inside an aborted transaction.
   */
  async executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    const current = this.#current.getStore();
    if (current?.open === true) return await fromKysely(current.trx).executeSql(text, values);
    const client = await this.#pool.connect();
    try {
      await turn();
      return await query(client, text, values);
    } catch (error) {
      // Fails where the connection is gone; what went wrong first is what the caller wants to know.
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  async close(): Promise<void> {
    await this.#kysely.destroy();
    await this.#closeEngine();
  }
}

/**
 * The embedded database computes in this thread and answers without ever leaving it: with work waiting, neither timers nor sockets
 * would get a turn (measured: none for 40 s). So each piece of work lets the event loop go round once, while it has the connection.
 */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

async function query(client: PoolClient, text: string, values: unknown[] | undefined): Promise<{ rows: unknown[] }> {
  // Without values it goes as a simple query, which may hold several statements.
  return parseResult(
    values === undefined || values.length === 0 ? await client.query(text) : await client.query(text, values),
  );
}
