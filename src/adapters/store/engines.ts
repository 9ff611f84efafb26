/** The two databases: PGlite inside this process under a data folder, and a PostgreSQL server. Both end as a node-postgres pool. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { Pool } from 'pg';
import { Database } from './database.ts';
import { lockFolder } from './folder-lock.ts';

/** Told of faults nobody waits for: a lost connection, a job that failed. */
export type Report = (what: string, error: unknown) => void;

/** Measured with PGlite 0.5.16: 128 MB of buffers (its default) double the memory of the whole process and bring nothing here. */
const smallServer = [
  'shared_buffers = 1MB',
  'max_connections = 3',
  'wal_buffers = 64kB',
  'max_wal_size = 32MB',
  'min_wal_size = 32MB',
];

/**
 * V8 compiles each WebAssembly function when it is first called, and once: its optimising compiler costs 200 MB, which our few statements a
 * second never pay back. On a running V8 the first flag does not bring the other two with it.
 */
const compileLazily = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

/** The embedded database does not start, as after a power cut. */
class DatabaseBroken extends Error {
  constructor(dataDir: string, cause: unknown) {
    super(
      `the embedded database in ${dataDir} does not open; move that folder away and start again: what it knew is rebuilt from the forge and the clusters`,
      { cause },
    );
    this.name = 'DatabaseBroken';
  }
}

/** Opens, and where needed makes, the embedded database. Throws `FolderInUse` when another process has the folder. */
export async function openEmbedded(folder: string, report: Report): Promise<Database> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(folder);
  try {
    const dataDir = join(folder, 'pgdata');
    if (!existsSync(dataDir)) await initialise(dataDir);
    for (const flag of compileLazily) setFlagsFromString(flag);
    const { PGlite } = await import('@electric-sql/pglite');
    const { createPgConfig } = await import('@electric-sql/pglite/node-postgres');
    const engine = await PGlite.create(dataDir, { postgresqlconf: smallServer }).catch((error: unknown) => {
      throw new DatabaseBroken(dataDir, error);
    });
    // The adapter does not survive that its client ends, so the pool never ends it.
    const pool = new Pool(Object.assign(createPgConfig(engine), { max: 1, idleTimeoutMillis: 0 }));
    pool.on('error', (error) => report('the embedded database', error));
    return new Database(pool, async () => {
      await engine.close();
      await lock.release();
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Making a new database loads a second WebAssembly program and peaks at 700 MB, which this process would keep for itself; a process of its
 * own gives it back.
 */
async function initialise(dataDir: string): Promise<void> {
  const code = `const [module, dataDir, conf] = process.argv.slice(1);
    require(module).PGlite.create(dataDir, { postgresqlconf: JSON.parse(conf) }).then((engine) => engine.close());`;
  const module = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  // It gets its name when it is whole: a start that is killed half-way leaves nothing that looks like a database.
  const unfinished = `${dataDir}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const argv = [...compileLazily, '--input-type=commonjs', '--eval', code];
  argv.push(module, unfinished, JSON.stringify(smallServer));
  await promisify(execFile)(process.execPath, argv, { timeout: 120_000, env: {} });
  await rename(unfinished, dataDir);
}

/** Connects to a PostgreSQL server; the first statement says whether it is there. */
export function openPostgres(url: string, report: Report): Database {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'fairlead',
  });
  // A connection that drops while it is lent out says so itself; without a listener that would end the process.
  pool.on('connect', (client) => client.on('error', (error) => report('a database connection', error)));
  pool.on('error', (error) => report('a database connection', error));
  return new Database(pool, () => Promise.resolve());
}
