/**
 * The versions of the schema `fairlead`, in order. A migration that was released is never edited; a new one is added. The queue's tables
 * live in a schema of their own and are pg-boss's business.
 */
import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { databaseSchema, type Database } from './database.ts';
import { parseNames } from './schema.ts';

/** The database was written by a newer program than this one. */
class StoreTooNew extends Error {
  constructor(versions: readonly string[]) {
    super(
      `the store was written by a newer version of Fairlead (it has ${versions.join(', ')}); start that version, or restore a backup taken before it`,
    );
    this.name = 'StoreTooNew';
  }
}

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      sql`create table fairlead.delivery (
        content_key text primary key, id text not null, event text not null, received_at timestamptz not null default now())`,
      sql`create index delivery_received on fairlead.delivery (received_at)`,
      sql`create table fairlead.plan (
        token text primary key, forge text not null, repository_id text not null, number integer not null, environment text not null,
        pull_request json not null, plan json not null, position integer not null, saved_at timestamptz not null default now(),
        hidden_at timestamptz)`,
      sql`create index plan_shown on fairlead.plan (forge, repository_id, number) where hidden_at is null`,
      sql`create table fairlead.planned_head (
        forge text not null, repository_id text not null, number integer not null, head text not null,
        saved_at timestamptz not null default now(), primary key (forge, repository_id, number))`,
      sql`create table fairlead.environment (
        key text primary key, settled text, attempted text, quarantine_commit text, quarantine_kind text, drift text not null)`,
      sql`create table fairlead.bound_repository (name text primary key, id text not null)`,
      sql`create table fairlead.deployment (
        id integer generated always as identity primary key, environment text not null, state text not null, body json not null)`,
      sql`create index deployment_environment on fairlead.deployment (environment, id)`,
      sql`create table fairlead.lease (
        environment text primary key, owner text, fence bigint not null, expires_at timestamptz not null)`,
      sql`create table fairlead.held_plan (environment text primary key, plan json not null, token text not null)`,
      sql`create table fairlead.release (
        id integer generated always as identity primary key, environment text not null, release json not null,
        recorded_at timestamptz not null default now())`,
      sql`create index release_environment on fairlead.release (environment, id)`,
      sql`create table fairlead.outbox (
        slot text primary key, version integer not null, words json, digest text not null, state text not null, attempts integer not null,
        waiting_since timestamptz not null default now(), due_at timestamptz not null default now(), in_flight integer,
        in_flight_until timestamptz, why text)`,
      sql`create index outbox_waiting on fairlead.outbox (waiting_since) where state = 'waiting'`,
      sql`create sequence fairlead.job_turn as integer cycle`,
    ];
    for (const statement of statements) await statement.execute(db);
  },
};

const migrations: Readonly<Record<string, Migration>> = { '0001-first': first };

/**
 * Brings an empty or older database to this program's version.
 * Throws `StoreTooNew`, having changed nothing, when the database knows a migration that this program does not.
 */
export async function migrate(database: Database): Promise<void> {
  const unknownVersions = (await appliedVersions(database)).filter((name) => migrations[name] === undefined);
  if (unknownVersions.length > 0) throw new StoreTooNew(unknownVersions);
  const migrator = new Migrator({
    db: database.forMigrations(),
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableSchema: databaseSchema,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function appliedVersions(database: Database): Promise<readonly string[]> {
  const table = `${databaseSchema}.kysely_migration`;
  const { rows } = await database.executeSql('select to_regclass($1)::text as name', [table]);
  if (parseNames(rows).length === 0) return [];
  return parseNames((await database.executeSql(`select name from ${table} order by name`)).rows);
}
