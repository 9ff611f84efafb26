/** Facts about people: what one may do in a repository, and whose reviews count as approvals. */
import type {
  Approval,
  Approvals,
  PermissionLevel,
  Person,
  PullRequestRef,
  RepositoryRef,
} from '../../domain/forge.ts';
import type { Bindings } from './bindings.ts';
import { list } from './decode.ts';
import { GitHubFault } from './fault.ts';
import { branchPolicy } from './branch-policy.ts';
import { personOf, pullRequestWithNode } from './pull-requests.ts';
import { collaborator, review as schema } from './schema.ts';

const mostReviewPages = 10;

/**
 * The level a person has now. Custom roles are reported by their base. A login that belongs to another account by now is not found:
 * logins are renamed and reused, ids are not. Throws GitHubFault.
 */
export async function permission(
  bindings: Bindings,
  repository: RepositoryRef,
  person: Person,
): Promise<PermissionLevel> {
  const { client, at } = await bindings.bind(repository);
  const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
  const found = await client.one(route, { ...at, username: person.login }, collaborator);
  if (found.user?.id !== person.id) {
    throw new GitHubFault('not-found', `the login ${person.login.slice(0, 100)} is not the account ${person.id}`);
  }
  // A custom role's name is in no list; `permission` then holds its base.
  return levels.get(found.role_name ?? '') ?? levels.get(found.permission) ?? notALevel(found.permission);
}

const levels: ReadonlyMap<string, PermissionLevel> = new Map<string, PermissionLevel>([
  ['admin', 'admin'],
  ['maintain', 'maintain'],
  ['write', 'write'],
  ['triage', 'read'],
  ['read', 'read'],
  ['none', 'none'],
]);

function notALevel(found: string): never {
  throw new GitHubFault('malformed', `unknown permission ${found.slice(0, 50)}`);
}

/**
 * Who stands by the pull request now: the last deciding review of each person, where it approves. Not counted (H34): the author's own,
 * bots', dismissed ones, those overtaken by a request for changes, and those of people without write permission, which GitHub does not
 * count either. The commit approved is part of the answer; whether an older one will do is the gate's question. Throws GitHubFault.
 */
export async function approvals(bindings: Bindings, ref: PullRequestRef): Promise<Approvals> {
  const { pullRequest } = await pullRequestWithNode(bindings, ref);
  const { client, at } = await bindings.bind(ref.repository);
  const standing = new Map<string, Approval | undefined>();
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
  for await (const item of client.each(route, { ...at, pull_number: ref.number }, list(schema), mostReviewPages)) {
    if (item.user === undefined || !deciding.has(item.state)) continue;
    const by = personOf(item.user);
    standing.set(by.id, item.state === 'APPROVED' ? approvalOf(item, by) : undefined);
  }
  const given: Approval[] = [];
  for (const approval of standing.values()) {
    if (approval === undefined || approval.by.bot || approval.by.id === pullRequest.author.id) continue;
    if (mayWrite.has(await permission(bindings, ref.repository, approval.by))) given.push(approval);
  }
  const policy = await branchPolicy(bindings, ref.repository, pullRequest.base.branch);
  return { given, required: policy.requiredApprovals };
}

/** A comment changes nothing about an approval given before. */
const deciding: ReadonlySet<string> = new Set(['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']);
const mayWrite: ReadonlySet<PermissionLevel> = new Set<PermissionLevel>(['write', 'maintain', 'admin']);

function approvalOf(found: ReturnType<typeof schema>, by: Person): Approval {
  return { by, sha: found.commit_id ?? 'unknown', at: found.submitted_at ?? '' };
}
