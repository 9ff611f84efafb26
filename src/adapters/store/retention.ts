/** What the store forgets, and when. Nothing that is still being worked on is ever forgotten. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { JobQueue } from './queue.ts';

const day = 86_400_000;
/** Longer than any forge redelivers a webhook. */
const deliveryDays = 14;
/** Plans another one took the place of, sent words, dead jobs. */
const pastDays = 30;
const releaseDays = 90;
/** A plan nobody replaced in a year belongs to a pull request long closed; should it be merged after all, its deployment is held. */
const shownPlanDays = 365;
const deploymentsKept = 200;

export async function prune(database: Database, queue: JobQueue, now: Date): Promise<void> {
  const before = (days: number): Date => new Date(now.getTime() - days * day);
  await database.transaction(async (trx) => {
    await trx.deleteFrom('delivery').where('received_at', '<', before(deliveryDays)).execute();
    await trx.deleteFrom('plan').where('hidden_at', '<', before(pastDays)).execute();
    await trx.deleteFrom('plan').where('saved_at', '<', before(shownPlanDays)).execute();
    await trx.deleteFrom('planned_head').where('saved_at', '<', before(shownPlanDays)).execute();
    await trx.deleteFrom('release').where('recorded_at', '<', before(releaseDays)).execute();
    await trx.deleteFrom('outbox').where('state', '<>', 'waiting').where('due_at', '<', before(pastDays)).execute();
    await sql`delete from fairlead.deployment where state in ('succeeded', 'failed', 'superseded') and id in (
      select id from (select id, row_number() over (partition by environment order by id desc) as place from fairlead.deployment) ranked
      where place > ${deploymentsKept})`.execute(trx);
    await queue.prune(trx, before(pastDays));
  });
}
