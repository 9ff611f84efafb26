/** Where and how a fact or effect of the forge contract meets trouble on a GitHub: the same for every GitHub in the table. */
import type { Fault } from '../../src/playground/github/faults.ts';
import type { Effect, Fact, Trouble } from './forge-world.ts';

/** The request a fact hangs on; that of an effect is the one that makes something. */
export const routes: Readonly<Record<Fact | Effect, string>> = {
  pullRequest: 'GET /repos/*/pulls/*',
  byCommit: 'GET /repos/*/commits/*/pulls',
  openAgainst: 'GET /repos/*/pulls',
  approvals: 'GET /repos/*/pulls/*/reviews',
  permission: 'GET /repos/*/collaborators/*/permission',
  branchPolicy: 'GET /repos/*/branches/*',
  gitRemote: 'POST /app/installations/*/access_tokens',
  comment: 'POST /repos/*/issues/*/comments',
  topic: 'POST /repos/*/issues',
  check: 'POST /repos/*/check-runs',
  deployment: 'POST /repos/*/deployments',
};

export const faults: Readonly<Record<Trouble, Partial<Fault>>> = {
  error: { status: 502 },
  dropped: { drop: true },
  forbidden: { status: 403, message: 'Resource not accessible by integration' },
  'not-found': { status: 404, message: 'Not Found' },
  throttled: { secondaryRateLimit: 7 },
  malformed: { status: 200, message: 'not what was asked for' },
  empty: { status: 204 },
  lost: { drop: true, done: true },
};
