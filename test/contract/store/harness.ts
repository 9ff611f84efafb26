/** Databases for the store's contract: fresh ones of both kinds, SQL past the store's back, and processes that can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import { openStore, type OpenStore, type StoreLocation } from '../../../src/adapters/store/open-store.ts';
import { startPostgres } from './postgres-server.ts';

export interface Databases {
  readonly kind: StoreLocation['kind'];
  /** A database of its own for one test, empty or with the schema made. */
  fresh(state?: 'empty' | 'migrated'): Promise<StoreLocation>;
  stop(): Promise<void>;
}

const silent = (): void => undefined;

/** Folders copied from one that was made once: making a database takes seconds. */
export async function embeddedDatabases(): Promise<Databases> {
  const root = await mkdtemp(join(tmpdir(), 'fairlead-store-'));
  const template = join(root, 'template');
  await (await openStore({ kind: 'embedded', folder: template }, { report: silent })).close();
  let count = 0;
  return {
    kind: 'embedded',
    async fresh(state = 'migrated') {
      count += 1;
      const folder = join(root, String(count));
      if (state === 'migrated') await cp(template, folder, { recursive: true });
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      return { kind: 'embedded', folder };
    },
    stop: () => rm(root, { recursive: true, force: true }),
  };
}

export async function postgresDatabases(): Promise<Databases> {
  const server = await startPostgres();
  let count = 0;
  return {
    kind: 'postgres',
    async fresh() {
      count += 1;
      return { kind: 'postgres', url: await server.createDatabase(`store${count}`) };
    },
    stop: () => server.stop(),
  };
}

/** A store that is closed with the test. `faults` gathers what it reported. */
export async function open(
  location: StoreLocation,
  options: { readonly concurrency?: number } = {},
): Promise<OpenStore & { readonly faults: string[] }> {
  const faults: string[] = [];
  const opened = await openStore(location, {
    ...options,
    report: (what, error) => faults.push(`${what}: ${error instanceof Error ? error.message : JSON.stringify(error)}`),
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= opened.close());
  onTestFinished(close);
  return { ...opened, close, faults };
}

/** SQL past the store's back. The store must be closed: the embedded database takes one process and one session. */
export async function tamper(location: StoreLocation, sql: string): Promise<readonly unknown[]> {
  if (location.kind === 'postgres') {
    const client = new Client({ connectionString: location.url });
    await client.connect();
    try {
      const { rows }: { rows: unknown[] } = await client.query(sql);
      return rows;
    } finally {
      await client.end();
    }
  }
  const engine = await PGlite.create(join(location.folder, 'pgdata'));
  try {
    return (await engine.query(sql)).rows;
  } finally {
    await engine.close();
  }
}

/** Asks until it is as expected: for long enough that a busy machine does not fail the test. */
export function soon<T>(ask: () => T, timeout = 20_000) {
  return expect.poll(ask, { timeout, interval: 20 });
}

export interface Child {
  /** The next line it prints. */
  line(): Promise<string>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Runs `child.ts` with a store of its own. */
export function startChild(location: StoreLocation, task: 'hang-in-job' | 'take-words' | 'measure' | 'idle'): Child {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(location), task], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_NO_WARNINGS: '1' },
  });
  const gone = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async line() {
      const next = await lines.next();
      return next.done === true ? 'it ended' : next.value;
    },
    kill,
  };
}
