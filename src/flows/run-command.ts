/** `/fairlead …`, given by a person in a new comment. Permission is asked of the forge now, at execution, not when the comment was written. */
import { parseCommand, type Command } from '../core/command/parse-command.ts';
import { commandRefused, helpAnswer, releaseAccepted, type CommandRefusal } from '../core/report/command-answers.ts';
import type { Person, PullRequest, PullRequestRef } from '../domain/forge.ts';
import { shownDigestLength, type EnvironmentPlan } from '../domain/plan.ts';
import type { JobResult, StoreTransaction } from '../ports/store.ts';
import { mustGet, type FlowDeps } from './deps.ts';

export interface CommandInput {
  readonly pullRequest: PullRequestRef;
  readonly by: Person;
  readonly commentId: string;
  /** The comment's first line. */
  readonly line: string;
}

const done: JobResult = { kind: 'done' };
const mayWrite = new Set(['write', 'maintain', 'admin']);

export async function runCommand(deps: FlowDeps, input: CommandInput): Promise<JobResult> {
  const command = parseCommand(input.line);
  if (command === undefined || input.by.bot) return done;
  const { forge, words } = mustGet(deps.forges, input.pullRequest.repository.forge);
  if (deps.bindings.bindingsOf(input.pullRequest.repository).length === 0) return done;
  const [permission, found] = await Promise.all([
    forge.permission(input.pullRequest.repository, input.by),
    forge.pullRequest(input.pullRequest),
  ]);
  if (!found.known)
    return found.why === 'not-found' ? done : { kind: 'again', afterSeconds: deps.retrySeconds, why: found.detail };
  const refuse = (refusal: CommandRefusal) => answer(deps, input, commandRefused(refusal, words));
  if (!permission.known) return refuse({ code: 'permission-unknown', detail: permission.detail });
  if (!mayWrite.has(permission.value)) {
    return refuse({ code: 'no-permission', login: input.by.login, level: permission.value });
  }
  return execute(deps, input, command, found.value, refuse);
}

async function execute(
  deps: FlowDeps,
  input: CommandInput,
  command: Command,
  pullRequest: PullRequest,
  refuse: (refusal: CommandRefusal) => Promise<JobResult>,
): Promise<JobResult> {
  switch (command.kind) {
    case 'help':
      return answer(deps, input, helpAnswer(mustGet(deps.forges, input.pullRequest.repository.forge).words));
    case 'mistaken':
      return refuse({ code: 'mistaken', said: command.said });
    case 'plan':
      await deps.store.transaction((tx) => tx.enqueue({ job: { kind: 'plan', pullRequest: input.pullRequest } }));
      return done;
    case 'apply':
      if (pullRequest.state !== 'merged') return refuse({ code: 'not-merged' });
      return release(deps, input, command.digest, pullRequest, refuse);
  }
}

async function release(
  deps: FlowDeps,
  input: CommandInput,
  digest: string,
  pullRequest: PullRequest,
  refuse: (refusal: CommandRefusal) => Promise<JobResult>,
): Promise<JobResult> {
  const waiting = await deps.store.transaction((tx) => waitingPlans(tx, input.pullRequest));
  if (waiting.length === 0) return refuse({ code: 'nothing-waits' });
  const chosen = waiting.filter((plan) => plan.planDigest.startsWith(digest));
  if (chosen.length === 0) {
    return refuse({
      code: 'other-digest',
      waiting: waiting.map(({ planDigest }) => planDigest.slice(0, shownDigestLength)),
    });
  }
  const { repository, number } = input.pullRequest;
  const at = deps.clock.now().toISOString();
  await deps.store.transaction(async (tx) => {
    for (const plan of chosen) {
      const environment = plan.environment;
      await tx.recordRelease({
        environment: environment.key,
        digest: plan.planDigest,
        pullRequest: number,
        by: { id: input.by.id, login: input.by.login },
        at,
      });
      await tx.enqueue({
        job: { kind: 'deploy', repository, branch: pullRequest.base.branch, environment: environment.name },
      });
      await tx.say({
        kind: 'comment',
        forge: repository.forge,
        thread: { kind: 'pull-request', ref: input.pullRequest },
        key: `answer/${input.commentId}/${environment.name}`,
        body: releaseAccepted(environment.name, plan.planDigest, input.by.login),
      });
    }
  });
  return done;
}

/** Plans that wait for a release on this pull request: of environments whose newest deployment is held and carries it. */
async function waitingPlans(tx: StoreTransaction, ref: PullRequestRef): Promise<readonly EnvironmentPlan[]> {
  const keys = await tx.heldEnvironments(ref.repository);
  const plans: EnvironmentPlan[] = [];
  for (const key of keys) {
    const [newest] = await tx.deploymentsOf(key, 1);
    const plan = await tx.heldPlan(key);
    if (newest?.state === 'held' && newest.pullRequests.includes(ref.number) && plan !== undefined) plans.push(plan);
  }
  return plans;
}

async function answer(deps: FlowDeps, input: CommandInput, body: string): Promise<JobResult> {
  const { repository } = input.pullRequest;
  await deps.store.transaction((tx) =>
    tx.say({
      kind: 'comment',
      forge: repository.forge,
      thread: { kind: 'pull-request', ref: input.pullRequest },
      key: `answer/${input.commentId}`,
      body,
    }),
  );
  return done;
}
