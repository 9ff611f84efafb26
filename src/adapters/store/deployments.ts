/** Deployments, releases and the state of environments. */
import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { isNewest } from './leases.ts';
import { parseDeployment, parseEnvironmentState, parseRelease } from './schema.ts';
import type { Deployment, EnvironmentLease } from '../../domain/deployment.ts';
import { environmentKey } from '../../domain/environment.ts';
import type { RepositoryRef } from '../../domain/forge.ts';
import { LostLease, type EnvironmentState, type Release } from '../../ports/store.ts';

export async function environment(trx: Tx, key: string): Promise<EnvironmentState> {
  const row = await trx.selectFrom('environment').selectAll().where('key', '=', key).executeTakeFirst();
  return row === undefined ? { drift: '' } : parseEnvironmentState(row);
}

export async function saveEnvironment(trx: Tx, key: string, state: EnvironmentState): Promise<void> {
  const columns = {
    settled: state.settled ?? null,
    attempted: state.attempted ?? null,
    quarantine_commit: state.quarantine?.commit ?? null,
    quarantine_kind: state.quarantine?.kind ?? null,
    drift: state.drift,
  };
  await trx
    .insertInto('environment')
    .values({ key, ...columns })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(columns))
    .execute();
}

export async function boundRepositories(trx: Tx): Promise<ReadonlyMap<string, string>> {
  const rows = await trx.selectFrom('bound_repository').selectAll().execute();
  return new Map(rows.map(({ name, id }) => [name, id]));
}

/** The id found first stays: a name that later belongs to another repository is not bound to that one (H23). */
export async function bindRepository(trx: Tx, name: string, id: string): Promise<void> {
  await trx
    .insertInto('bound_repository')
    .values({ name, id })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

export async function createDeployment(trx: Tx, deployment: Omit<Deployment, 'id'>): Promise<Deployment> {
  const { id } = await trx
    .insertInto('deployment')
    .values({ environment: deployment.environment, state: deployment.state, body: JSON.stringify(deployment) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { ...deployment, id };
}

/** Throws `LostLease` when the lease is not the newest of its environment any more. */
export async function updateDeployment(
  trx: Tx,
  lease: EnvironmentLease | 'no-lease-needed',
  deployment: Deployment,
): Promise<void> {
  if (lease !== 'no-lease-needed') {
    if (lease.environment !== deployment.environment)
      throw new Error(`the lease of ${lease.environment} says nothing about ${deployment.environment}`);
    if (!(await isNewest(trx, lease))) throw new LostLease(lease.environment);
  }
  const { id, ...body } = deployment;
  const { numUpdatedRows } = await trx
    .updateTable('deployment')
    .set({ state: body.state, body: JSON.stringify(body) })
    .where('id', '=', id)
    .where('environment', '=', body.environment)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Error(`${body.environment} has no deployment ${id}`);
}

export async function deployment(trx: Tx, id: number): Promise<Deployment | undefined> {
  const row = await trx.selectFrom('deployment').select(['id', 'body']).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : parseDeployment(row);
}

export async function deploymentsOf(trx: Tx, environment: string, limit: number): Promise<readonly Deployment[]> {
  const rows = await trx
    .selectFrom('deployment')
    .select(['id', 'body'])
    .where('environment', '=', environment)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(parseDeployment);
}

/** Environments of a repository (their keys begin with it) whose newest deployment is held, by name. */
export async function heldEnvironments(trx: Tx, repository: RepositoryRef): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom((query) =>
      query
        .selectFrom('deployment')
        .select(['environment', 'state'])
        .distinctOn('environment')
        .where(sql<boolean>`starts_with(environment, ${environmentKey(repository, '')})`)
        .orderBy('environment')
        .orderBy('id', 'desc')
        .as('newest'),
    )
    .select('environment')
    .where('state', '=', 'held')
    .execute();
  return rows.map((row) => row.environment);
}

export async function recordRelease(trx: Tx, release: Release): Promise<void> {
  await trx
    .insertInto('release')
    .values({ environment: release.environment, release: JSON.stringify(release) })
    .execute();
}

export async function releases(trx: Tx, environment: string): Promise<readonly Release[]> {
  const rows = await trx
    .selectFrom('release')
    .select('release')
    .where('environment', '=', environment)
    .orderBy('id')
    .execute();
  return rows.map(({ release }) => parseRelease(release));
}
