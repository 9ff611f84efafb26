/** Whether the store could be used, found out without opening it: a running Fairlead is not disturbed. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import { openPostgres } from './engines.ts';
import type { StoreLocation } from './open-store.ts';
import { errorCode } from './schema.ts';

/** In words: `PostgreSQL 18.4`, `the folder data`. */
export async function probeStore(location: StoreLocation): Promise<Evidence<string>> {
  return location.kind === 'embedded' ? probeFolder(location.folder) : probePostgres(location.url);
}

async function probeFolder(folder: string): Promise<Evidence<string>> {
  let there = folder;
  // What is missing is made, so the nearest folder that is there decides.
  while (!(await exists(there)) && dirname(there) !== there) there = dirname(there);
  try {
    if (!(await stat(there)).isDirectory()) return unknown('malformed', `${there} is not a folder`);
    await access(there, constants.W_OK | constants.X_OK);
  } catch {
    return unknown('forbidden', `${there} cannot be written to`);
  }
  return known(`the folder ${folder}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function probePostgres(url: string): Promise<Evidence<string>> {
  const database = openPostgres(url, () => undefined);
  try {
    const { rows } = await database.executeSql('show server_version');
    const [first] = rows;
    const version =
      typeof first === 'object' && first !== null && 'server_version' in first ? first.server_version : '';
    return known(`PostgreSQL ${String(version)}`.trim());
  } catch (error) {
    return unknown('unreachable', postgresFailure(error));
  } finally {
    await database.close();
  }
}

/** Why PostgreSQL did not let us in, in plain words and without the URL, which may hold a password. SQLSTATEs: PostgreSQL, appendix A. */
export function postgresFailure(error: unknown): string {
  // Several addresses of one name that all fail come as one error with many inside.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  switch (errorCode(first)) {
    case 'ECONNREFUSED':
      return 'the connection is refused: nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its host name is not known';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return 'its host does not answer';
    case '28P01':
    case '28000':
      return 'the user or password is refused';
    case '3D000':
      return 'there is no such database';
    case '42501':
      return 'the user may not create the schema fairlead';
    default:
      return first instanceof Error ? first.message : 'for a reason it does not say';
  }
}
