/** Opens the pull request that reverts another. GitHub has no REST call for it; it commits and opens by itself, on a branch of its own. */
import type { PullRequestRef } from '../../domain/forge.ts';
import type { RevertResult } from '../../ports/forge.ts';
import type { Bindings } from './bindings.ts';
import { list } from './decode.ts';
import { GitHubFault } from './fault.ts';
import type { Identity } from './identity.ts';
import { pullRequestWithNode } from './pull-requests.ts';
import { pullRequest as schema, revertAnswer } from './schema.ts';

const mutation = `mutation ($id: ID!) {
  revertPullRequest(input: { pullRequestId: $id }) { revertPullRequest { number url } }
}`;

/** An open revert of ours is given instead of a second one. */
export async function openRevert(
  bindings: Bindings,
  identity: () => Promise<Identity>,
  ref: PullRequestRef,
): Promise<RevertResult> {
  try {
    const { pullRequest, nodeId } = await pullRequestWithNode(bindings, ref);
    if (pullRequest.state !== 'merged') return { kind: 'refused', detail: `#${ref.number} is not merged` };
    const bound = await bindings.bind(ref.repository);
    const { botId } = await identity();
    // GitHub's own name for the branch.
    const head = `${bound.at.owner}:revert-${ref.number}-${pullRequest.head.branch}`;
    const parameters = { ...bound.at, state: 'open', head };
    for await (const open of bound.client.each('GET /repos/{owner}/{repo}/pulls', parameters, list(schema), 1)) {
      if (open.user?.id === botId && open.head.ref === head.slice(bound.at.owner.length + 1)) {
        return opened(ref, open.number, open.html_url);
      }
    }
    const answer = await bound.client.graphql(mutation, { id: nodeId }, revertAnswer);
    const { number, url } = answer.revertPullRequest.revertPullRequest;
    return opened(ref, number, url);
  } catch (error) {
    if (error instanceof GitHubFault) return { kind: 'refused', detail: error.message };
    throw error;
  }
}

function opened(of: PullRequestRef, number: number, url: string): RevertResult {
  return { kind: 'opened', pullRequest: { repository: of.repository, number }, url };
}
