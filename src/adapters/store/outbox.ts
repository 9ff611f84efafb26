/**
 * The outbox: one row a slot, holding what the forge should say there. Newer words replace waiting ones; while a sender has a slot in hand
 * nobody else gets it, not even with newer words, so that words arrive in order.
 */
import { sql } from 'kysely';
import type { Database, Tx } from './database.ts';
import { digestOf, parseWords } from './schema.ts';
import type { Outbox, Words } from '../../ports/store.ts';

/** Why words wait that were put back. */
const paced = 'pace';

/** A sender that has not answered for this long is dead, and its words are due again. Longer than any request with its retries. */
const inFlightSeconds = 120;

export async function say(trx: Tx, words: Words): Promise<void> {
  const digest = digestOf(words);
  await trx
    .insertInto('outbox')
    .values({ slot: slotOf(words), version: 1, words: JSON.stringify(words), digest, state: 'waiting', attempts: 0 })
    .onConflict((conflict) =>
      conflict
        .column('slot')
        .doUpdateSet((row) => ({
          version: sql<number>`outbox.version + 1`,
          words: row.ref('excluded.words'),
          digest: row.ref('excluded.digest'),
          state: 'waiting',
          attempts: 0,
          waiting_since: sql<Date>`case when outbox.state = 'waiting' then outbox.waiting_since else now() end`,
          // Words that wait because the forge asked for it are not made due by newer ones; those put back for the pace alone are.
          due_at: sql<Date>`case when outbox.state = 'waiting' and outbox.why is distinct from ${paced}
            then outbox.due_at else now() end`,
          why: sql<string | null>`case when outbox.state = 'waiting' then outbox.why end`,
        }))
        // Equal words that wait or stand there already are not said twice; words that were given up are tried again.
        .where(sql<boolean>`outbox.digest <> excluded.digest or outbox.state = 'given-up'`),
    )
    .execute();
}

/** One place on the forge. A digest, because titles and thread names are foreign and of any length. */
function slotOf(words: Words): string {
  switch (words.kind) {
    case 'comment': {
      const { thread } = words;
      const place =
        thread.kind === 'pull-request'
          ? [thread.ref.repository.id, 'pull-request', thread.ref.number]
          : [thread.repository.id, 'topic', ''];
      return `comment:${digestOf([words.forge, ...place, words.key])}`;
    }
    case 'check':
      return `check:${digestOf([words.forge, words.repository.id, words.check.sha, words.check.name])}`;
    case 'deployment':
      return `deployment:${digestOf([words.forge, words.repository.id, words.notice.id])}`;
  }
}

export class StoreOutbox implements Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async due(
    limit: number,
  ): Promise<
    readonly { readonly slot: string; readonly version: number; readonly words: Words; readonly attempts: number }[]
  > {
    return await this.#database.transaction(async (trx) => {
      const rows = await trx
        .selectFrom('outbox')
        .select(['slot', 'version', 'words', 'attempts'])
        .where('state', '=', 'waiting')
        .where(sql<boolean>`due_at <= now() and (in_flight_until is null or in_flight_until <= now())`)
        .orderBy('waiting_since')
        .orderBy('slot')
        .limit(limit)
        .forUpdate()
        .skipLocked()
        .execute();
      if (rows.length === 0) return [];
      await trx
        .updateTable('outbox')
        .set({
          in_flight: sql<number>`version`,
          in_flight_until: sql<Date>`now() + make_interval(secs => ${inFlightSeconds})`,
          attempts: sql<number>`attempts + 1`,
        })
        .where(
          'slot',
          'in',
          rows.map(({ slot }) => slot),
        )
        .execute();
      return rows.map((row) => ({ ...row, words: parseWords(row.words) }));
    });
  }

  async sent(slot: string, version: number): Promise<void> {
    await this.#end(slot, version, sql`state = 'sent', words = null, why = null`);
  }

  async later(slot: string, version: number, seconds: number, why: string): Promise<void> {
    await this.#end(slot, version, sql`why = ${storable(why)}`, Math.max(0, seconds));
  }

  async putBack(slot: string, version: number, seconds: number): Promise<void> {
    await this.#database.transaction(async (trx) => {
      await sql`update fairlead.outbox set in_flight = null, in_flight_until = null
        where slot = ${slot} and in_flight = ${version}`.execute(trx);
      await sql`update fairlead.outbox set attempts = greatest(attempts - 1, 0), why = ${paced},
          due_at = greatest(due_at, now() + make_interval(secs => ${Math.max(0, seconds)}))
        where slot = ${slot} and version = ${version} and state = 'waiting'`.execute(trx);
    });
  }

  async givenUp(slot: string, version: number, why: string): Promise<void> {
    await this.#end(slot, version, sql`state = 'given-up', why = ${storable(why)}`);
  }

  /** Takes the slot out of the sender's hands, and does `change` if no newer words stand there. Newer words wait as long as the forge asked for. */
  async #end(slot: string, version: number, change: ReturnType<typeof sql>, waitSeconds = 0): Promise<void> {
    await this.#database.transaction(async (trx) => {
      await sql`update fairlead.outbox set in_flight = null, in_flight_until = null,
          due_at = greatest(due_at, now() + make_interval(secs => ${waitSeconds}))
        where slot = ${slot} and in_flight = ${version}`.execute(trx);
      await sql`update fairlead.outbox set ${change}
        where slot = ${slot} and version = ${version} and state = 'waiting'`.execute(trx);
    });
  }
}

/** A text column takes anything but the zero character. */
function storable(why: string): string {
  return why.replaceAll('\0', '\u{fffd}').slice(0, 1_000);
}
