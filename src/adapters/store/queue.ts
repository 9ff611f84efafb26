/**
 * The queue on pg-boss: one queue whose rows carry lane (`group_id`), repository (`group_tier`) and swallow key (`singleton_key`).
 * - Swallowing is pg-boss's policy `short`: one queued row to a key, by a unique index, so it holds over all processes.
 * - Lanes are its group concurrency of 1, made exact by one advisory lock around every claim.
 * - Fairness is ours: the claim elects a row by whose turn it is, gives it a priority of its own and fetches just that.
 * A row that is done is deleted at once, so pg-boss's maintenance, monitoring and schedules stay off.
 */
import { sql } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import { databaseSchema, type Database, type Tx } from './database.ts';
import type { Report } from './engines.ts';
import { laneKey, repositoryKey, swallowKey } from './lanes.ts';
import { orderOf, parseAffected, parsePayload, type Payload } from './schema.ts';
import type { Job } from '../../ports/jobs.ts';

const queueSchema = 'fairlead_queue';
const queueName = 'jobs';

/** A claim whose worker gave no sign for this long is void. */
export const heartbeatSeconds = 30;

/** After the first try: 5 more over about two minutes, with jitter (pg-boss's back-off), then the row is dead and stays to be seen. */
const retries = { retryLimit: 5, retryDelay: 2, retryBackoff: true, retryDelayMax: 300 };

/** Numbers of our own: all claims of all processes go one after the other, and so do all transactions that add jobs. */
const claimLock = 7_215_302;
const addLock = 7_215_303;

/** A claimed row: settled only if it is still this attempt (`retryCount`) that holds it. */
export interface Claim {
  readonly id: string;
  readonly retryCount: number;
  readonly data: unknown;
}

export class JobQueue {
  readonly #database: Database;
  readonly #boss: PgBoss;

  constructor(database: Database, report: Report) {
    this.#database = database;
    this.#boss = new PgBoss({
      db: { executeSql: (text, values) => database.executeSql(text, values) },
      schema: queueSchema,
      supervise: false,
      schedule: false,
      queueCacheIntervalSeconds: 3_600,
    });
    this.#boss.on('error', (error) => report('the queue', error));
    this.#boss.on('warning', (warning) => report('the queue', warning));
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(queueName, { policy: 'short', heartbeatSeconds, expireInSeconds: 86_400, ...retries });
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false });
  }

  /** Goes before the first `add` of a transaction: two that add the same jobs in another order would wait for each other. */
  async lockForAdding(trx: Tx): Promise<void> {
    await sql`select pg_advisory_xact_lock(${addLock})`.execute(trx);
  }

  /**
   * Adds a job within the transaction. An equal one that waits swallows it: it keeps its place, the newer content counts, and the earlier of the two times. The
   * row is touched even where nothing changes, so that it cannot start before this transaction's other writes are there to be seen.
   */
  async add(trx: Tx, job: Job, afterSeconds: number, order: number): Promise<void> {
    const db = fromKysely(trx);
    const key = swallowKey(job);
    const data: Payload = { kind: job.kind, order, job: JSON.stringify(job) };
    const startAfter = Math.max(0, Math.ceil(afterSeconds));
    for (let tries = 0; tries < 10; tries += 1) {
      const group = { id: laneKey(job), tier: repositoryKey(job) };
      const id = await this.#boss.send(queueName, data, { db, singletonKey: key, group, startAfter });
      if (id !== null) return;
      const queued = await this.#boss.findJobs(queueName, { db, key, queued: true });
      const waiting = queued.find((each) => each.state === 'created');
      if (waiting === undefined) continue;
      const sooner = waiting.startAfter.getTime() > Date.now() + startAfter * 1000;
      const change = { db, id: waiting.id, ...(sooner ? { startAfter } : {}) };
      const content = { ...data, order: orderOf(waiting.data) };
      const { updated } = await this.#boss.update(queueName, content, change);
      if (updated > 0) return;
      // It was claimed in between and no longer counts as waiting.
    }
    throw new Error(`the job ${key} could not be queued`);
  }

  /**
   * Claims the next job that may run now, if there is one: its lane is free, its kind is not in `exceptKinds`, and its repository has the fewest jobs
   * running; among equals the one served least recently (`served`, most recent last), then the oldest job (H108).
   */
  async claim(served: readonly string[], exceptKinds: readonly string[]): Promise<Claim | undefined> {
    return await this.#database.transaction(async (trx) => {
      const db = fromKysely(trx);
      await sql`select pg_advisory_xact_lock(${claimLock})`.execute(trx);
      const { rows } = await sql<{ readonly id: string; readonly turn: number }>`
        with running as materialized (
          select group_id, group_tier from ${sql.table(`${queueSchema}.job`)} where name = ${queueName} and state = 'active'
        ), elected as (
          select j.id from ${sql.table(`${queueSchema}.job`)} j
          where j.name = ${queueName} and j.state < 'active' and j.start_after <= now()
            and j.group_id not in (select group_id from running)
            and j.data ->> 'kind' <> all (${[...exceptKinds]}::text[])
          order by (select count(*) from running r where r.group_tier = j.group_tier),
            coalesce(array_position(${[...served]}::text[], j.group_tier), 0),
            j.created_on, (j.data ->> 'order')::integer, j.id
          limit 1 for update of j skip locked
        ) select id, nextval(${`${databaseSchema}.job_turn`})::integer as turn from elected`.execute(trx);
      const elected = rows[0];
      if (elected === undefined) return undefined;
      const { id, turn } = elected;
      await this.#boss.update(queueName, undefined, { db, id, priority: turn });
      const only = { minPriority: turn, maxPriority: turn, groupConcurrency: 1 };
      return (await this.#boss.fetch<object>(queueName, { db, ...only }))[0];
    });
  }

  async done(claim: Claim): Promise<void> {
    await this.#boss.deleteJob(queueName, attemptOf(claim));
  }

  /** Gives the job back to run later; this is no failure and counts as none. */
  async again(claim: Claim, job: Job, afterSeconds: number): Promise<void> {
    await this.#database.transaction(async (trx) => {
      const gone = await this.#boss.deleteJob(queueName, attemptOf(claim), { db: fromKysely(trx) });
      if (parseAffected(gone) === 0) return;
      await this.lockForAdding(trx);
      await this.add(trx, job, afterSeconds, 0);
    });
  }

  /** Retried with back-off, or dead after the last retry. */
  async failed(claim: Claim, why: string): Promise<void> {
    await this.#boss.fail(queueName, attemptOf(claim), { message: why });
  }

  /** Says that the worker lives. False: the claim is void, somebody else may run the job. */
  async touch(claim: Claim): Promise<boolean> {
    return parseAffected(await this.#boss.touch(queueName, attemptOf(claim))) > 0;
  }

  /**
   * Frees claims whose worker died. With `all`, every claim: for a database that only this process can have open.
   * They run again at once, but count as failed tries, so that a job that kills its process ends as dead.
   */
  async recover(all: boolean): Promise<void> {
    await this.#database.transaction(async (trx) => {
      const db = fromKysely(trx);
      const { rows } = await sql<{ readonly id: string; readonly retryCount: number }>`
        select id, retry_count as "retryCount" from ${sql.table(`${queueSchema}.job`)}
        where name = ${queueName} and state = 'active'
          and (${all} or heartbeat_on < now() - make_interval(secs => ${heartbeatSeconds}))
        for update skip locked`.execute(trx);
      for (const { id, retryCount } of rows) {
        await this.#boss.fail(queueName, { id, retryCount }, { message: 'the process that ran it died' }, { db });
        await this.#boss.update(queueName, undefined, { db, id, startAfter: 0 });
      }
    });
  }

  async depth(): Promise<readonly { readonly kind: string; readonly state: string; readonly count: number }[]> {
    return await this.#database.transaction(async (trx) => {
      const { rows } = await sql<{ readonly kind: string; readonly state: string; readonly count: number }>`
        select data ->> 'kind' as kind, count(*)::integer as count,
          case state when 'active' then 'running' when 'failed' then 'dead' else 'waiting' end as state
        from ${sql.table(`${queueSchema}.job`)} where name = ${queueName} group by 1, 3 order by 1, 3`.execute(trx);
      return rows;
    });
  }

  /** Forgets dead jobs that ended before `before`. */
  async prune(trx: Tx, before: Date): Promise<void> {
    const { rows } = await sql<{ readonly id: string }>`
      select id from ${sql.table(`${queueSchema}.job`)}
      where name = ${queueName} and state = 'failed' and completed_on < ${before}`.execute(trx);
    if (rows.length > 0)
      await this.#boss.deleteJob(
        queueName,
        rows.map(({ id }) => id),
        { db: fromKysely(trx) },
      );
  }
}

/** Throws when the row was written by a program with other jobs. */
export function jobOf(claim: Claim): Job {
  return parsePayload(claim.data);
}

function attemptOf({ id, retryCount }: Claim): { id: string; retryCount: number } {
  return { id, retryCount };
}
