/**
 * Leases: who may change an environment. All times are the database's. The row of a released lease stays, because its fence
 * must never be used again.
 */
import { sql } from 'kysely';
import type { Database, Tx } from './database.ts';
import { parseLease } from './schema.ts';
import type { EnvironmentLease } from '../../domain/deployment.ts';

export async function acquireLease(
  database: Database,
  environment: string,
  owner: string,
  seconds: number,
): Promise<EnvironmentLease | { readonly heldBy: string }> {
  return await database.transaction(async (trx) => {
    // The row is locked before it is judged, so that two who come at once see each other.
    await trx
      .insertInto('lease')
      .values({ environment, owner: null, fence: 0, expires_at: sql<Date>`clock_timestamp()` })
      .onConflict((conflict) => conflict.column('environment').doNothing())
      .execute();
    const row = await trx
      .selectFrom('lease')
      .select(['owner', sql<boolean>`expires_at <= clock_timestamp()`.as('expired')])
      .where('environment', '=', environment)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (row.owner !== null && !row.expired) return { heldBy: row.owner };
    const taken = await trx
      .updateTable('lease')
      .set({ owner, fence: sql<number>`fence + 1`, expires_at: inSeconds(seconds) })
      .where('environment', '=', environment)
      .returning(['environment', 'owner', 'fence'])
      .executeTakeFirstOrThrow();
    return parseLease(taken);
  });
}

export async function renewLease(database: Database, lease: EnvironmentLease, seconds: number): Promise<boolean> {
  return await database.transaction(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('lease')
      .set({ expires_at: inSeconds(seconds) })
      .where('environment', '=', lease.environment)
      .where('fence', '=', String(lease.fence))
      .where('owner', 'is not', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  });
}

export async function releaseLease(database: Database, lease: EnvironmentLease): Promise<void> {
  await database.transaction(async (trx) => {
    await trx
      .updateTable('lease')
      .set({ owner: null, expires_at: sql<Date>`clock_timestamp()` })
      .where('environment', '=', lease.environment)
      .where('fence', '=', String(lease.fence))
      .execute();
  });
}

/** For a database that only this process can have open: whoever held a lease or had words in hand is dead. */
export async function forgetTheDead(database: Database): Promise<void> {
  await database.transaction(async (trx) => {
    await trx.updateTable('lease').set({ owner: null }).where('owner', 'is not', null).execute();
    await trx
      .updateTable('outbox')
      .set({ in_flight: null, in_flight_until: null })
      .where('in_flight', 'is not', null)
      .execute();
  });
}

/** Whether this lease is the newest. Until the transaction ends nobody can take a newer one. */
export async function isNewest(trx: Tx, lease: EnvironmentLease): Promise<boolean> {
  const row = await trx
    .selectFrom('lease')
    .select('fence')
    .where('environment', '=', lease.environment)
    .where('fence', '=', String(lease.fence))
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

function inSeconds(seconds: number): ReturnType<typeof sql<Date>> {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`;
}
