/**
 * Which merged pull requests brought which commits *now*. A forge names a pull request for any commit it ever contained; one that was squashed
 * long ago must not vouch for its old commits pushed straight onto the branch later. So a pull request counts for a commit only
 * when its own merge is among the new commits, at that commit or at the end of an unbroken run of its commits (a rebase merge).
 */
import type { PullRequest, Sha } from '../../domain/forge.ts';

interface Named {
  readonly sha: Sha;
  readonly pullRequests: readonly PullRequest[];
}

/** For each commit, oldest first, those of its pull requests that brought it. */
export function broughtByMerge(commits: readonly Named[]): readonly (readonly PullRequest[])[] {
  return commits.map(({ pullRequests }, index) =>
    pullRequests.filter(
      // A forge that names no merge commit (a fast-forward) can only be taken at its word.
      ({ ref, mergedAs }) => mergedAs === undefined || endsInItsMerge(commits.slice(index), ref.number, mergedAs),
    ),
  );
}

function endsInItsMerge(from: readonly Named[], number: number, mergedAs: Sha): boolean {
  for (const { sha, pullRequests } of from) {
    if (!pullRequests.some(({ ref }) => ref.number === number)) return false;
    if (sha === mergedAs) return true;
  }
  return false;
}
