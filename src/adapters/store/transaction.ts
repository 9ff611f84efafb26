/** The operations of one open transaction, as flows see them. */
import type { Tx } from './database.ts';
import * as deployments from './deployments.ts';
import { say } from './outbox.ts';
import * as plans from './plans.ts';
import type { JobQueue } from './queue.ts';
import { digestOf } from './schema.ts';
import { laneOf, type Enqueue } from '../../ports/jobs.ts';
import type { StoreTransaction } from '../../ports/store.ts';

/** `queued` is called for every job that was queued, before the transaction commits. */
export function storeTransaction(trx: Tx, queue: JobQueue, queued: () => void): StoreTransaction {
  let order = 0;
  return {
    recordDelivery: ({ id, contentKey, event }) => recordOnce(trx, contentKey, id, event),
    async enqueue({ job, after }: Enqueue) {
      if (order === 0) await queue.lockForAdding(trx);
      order += 1;
      // A comment is answered once, even if its webhook comes under two content keys; it counts after it ran, too.
      const key = job.kind === 'command' ? `${laneOf(job)}:${job.commentId}:${job.line}` : undefined;
      if (key !== undefined && (await recordOnce(trx, key, '', 'command')) === 'seen') return;
      await queue.add(trx, job, after ?? 0, order);
      queued();
    },
    savePlans: (pullRequest, shown) => plans.savePlans(trx, pullRequest, shown),
    keepPlan: (plan) => plans.keepPlan(trx, plan),
    shownPlans: (environment, repository, numbers) => plans.shownPlans(trx, environment, repository, numbers),
    plansOf: (pullRequest) => plans.plansOf(trx, pullRequest),
    savePlannedHead: (pullRequest, head) => plans.savePlannedHead(trx, pullRequest, head),
    plannedHead: (pullRequest) => plans.plannedHead(trx, pullRequest),
    planByToken: (token) => plans.planByToken(trx, token),
    environment: (key) => deployments.environment(trx, key),
    saveEnvironment: (key, state) => deployments.saveEnvironment(trx, key, state),
    boundRepositories: () => deployments.boundRepositories(trx),
    bindRepository: (name, id) => deployments.bindRepository(trx, name, id),
    createDeployment: (deployment) => deployments.createDeployment(trx, deployment),
    updateDeployment: (lease, deployment) => deployments.updateDeployment(trx, lease, deployment),
    deployment: (id) => deployments.deployment(trx, id),
    deploymentsOf: (environment, limit) => deployments.deploymentsOf(trx, environment, limit),
    saveHeldPlan: (environment, plan, token) => plans.saveHeldPlan(trx, environment, plan, token),
    heldPlan: (environment) => plans.heldPlan(trx, environment),
    heldEnvironments: (repository) => deployments.heldEnvironments(trx, repository),
    recordRelease: (release) => deployments.recordRelease(trx, release),
    releases: (environment) => deployments.releases(trx, environment),
    say: (words) => say(trx, words),
  };
}

async function recordOnce(trx: Tx, contentKey: string, id: string, event: string): Promise<'new' | 'seen'> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('delivery')
    .values({ content_key: digestOf(contentKey), id, event })
    .onConflict((conflict) => conflict.column('content_key').doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n ? 'new' : 'seen';
}
