/** Plans as they were shown on pull requests, and the one kept for a hold. */
import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { parsePlan, parsePullRequestRef } from './schema.ts';
import { parseSha, type PullRequestRef, type RepositoryRef, type Sha } from '../../domain/forge.ts';
import type { EnvironmentPlan, ShownPlan } from '../../domain/plan.ts';

export async function savePlans(trx: Tx, pullRequest: PullRequestRef, plans: readonly ShownPlan[]): Promise<void> {
  await trx
    .updateTable('plan')
    .set({ hidden_at: sql<Date>`now()` })
    .where('forge', '=', pullRequest.repository.forge)
    .where('repository_id', '=', pullRequest.repository.id)
    .where('number', '=', pullRequest.number)
    .where('hidden_at', 'is', null)
    .execute();
  for (const [position, { plan, token }] of plans.entries()) {
    await trx
      .insertInto('plan')
      .values(rowOf({ pullRequest, plan, token }, position))
      .onConflict((conflict) =>
        conflict.column('token').doUpdateSet((row) => ({
          plan: row.ref('excluded.plan'),
          environment: row.ref('excluded.environment'),
          pull_request: row.ref('excluded.pull_request'),
          position: row.ref('excluded.position'),
          hidden_at: null,
        })),
      )
      .execute();
  }
}

export async function keepPlan(trx: Tx, kept: ShownPlan): Promise<void> {
  await trx
    .insertInto('plan')
    .values({ ...rowOf(kept, 0), hidden_at: sql<Date>`now()` })
    .execute();
}

function rowOf({ pullRequest, plan, token }: ShownPlan, position: number) {
  return {
    token,
    forge: pullRequest.repository.forge,
    repository_id: pullRequest.repository.id,
    number: pullRequest.number,
    environment: plan.environment.key,
    pull_request: JSON.stringify(pullRequest),
    plan: JSON.stringify(plan),
    position,
  };
}

export async function shownPlans(
  trx: Tx,
  environment: string,
  repository: RepositoryRef,
  pullRequests: readonly number[],
): Promise<readonly ShownPlan[]> {
  if (pullRequests.length === 0) return [];
  const rows = await trx
    .selectFrom('plan')
    .select(['pull_request', 'plan', 'token'])
    .where('forge', '=', repository.forge)
    .where('repository_id', '=', repository.id)
    .where('number', 'in', [...pullRequests])
    .where('environment', '=', environment)
    .where('hidden_at', 'is', null)
    .orderBy('number')
    .execute();
  return rows.map(shownPlan);
}

export async function plansOf(trx: Tx, pullRequest: PullRequestRef): Promise<readonly ShownPlan[]> {
  const rows = await trx
    .selectFrom('plan')
    .select(['pull_request', 'plan', 'token'])
    .where('forge', '=', pullRequest.repository.forge)
    .where('repository_id', '=', pullRequest.repository.id)
    .where('number', '=', pullRequest.number)
    .where('hidden_at', 'is', null)
    .orderBy('position')
    .execute();
  return rows.map(shownPlan);
}

export async function planByToken(trx: Tx, token: string): Promise<ShownPlan | undefined> {
  // A token comes from a URL: one with a zero character is none of ours, and the database would not take it.
  if (token.includes('\0')) return undefined;
  const row = await trx
    .selectFrom('plan')
    .select(['pull_request', 'plan', 'token'])
    .where('token', '=', token)
    .executeTakeFirst();
  return row === undefined ? undefined : shownPlan(row);
}

function shownPlan(row: { readonly pull_request: unknown; readonly plan: unknown; readonly token: string }): ShownPlan {
  return { pullRequest: parsePullRequestRef(row.pull_request), plan: parsePlan(row.plan), token: row.token };
}

export async function savePlannedHead(trx: Tx, { repository, number }: PullRequestRef, head: Sha): Promise<void> {
  await trx
    .insertInto('planned_head')
    .values({ forge: repository.forge, repository_id: repository.id, number, head })
    .onConflict((conflict) =>
      conflict.columns(['forge', 'repository_id', 'number']).doUpdateSet({ head, saved_at: sql<Date>`now()` }),
    )
    .execute();
}

export async function plannedHead(trx: Tx, { repository, number }: PullRequestRef): Promise<Sha | undefined> {
  const row = await trx
    .selectFrom('planned_head')
    .select('head')
    .where('forge', '=', repository.forge)
    .where('repository_id', '=', repository.id)
    .where('number', '=', number)
    .executeTakeFirst();
  return row === undefined ? undefined : parseSha(row.head);
}

export async function saveHeldPlan(trx: Tx, environment: string, plan: EnvironmentPlan, token: string): Promise<void> {
  const stored = { plan: JSON.stringify(plan), token };
  await trx
    .insertInto('held_plan')
    .values({ environment, ...stored })
    .onConflict((conflict) => conflict.column('environment').doUpdateSet(stored))
    .execute();
}

export async function heldPlan(trx: Tx, environment: string): Promise<EnvironmentPlan | undefined> {
  const row = await trx
    .selectFrom('held_plan')
    .select('plan')
    .where('environment', '=', environment)
    .executeTakeFirst();
  return row === undefined ? undefined : parsePlan(row.plan);
}
