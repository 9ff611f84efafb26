/** What emulate 0.12.2 has not got or does otherwise than GitHub, as the names of the contract's tests that need it. */

const noPullsOfCommit = 'no GET /commits/{sha}/pulls';
const noDeployments = 'no deployments';
const unknown = 'a fact that cannot be found out is unknown (invariant 3)';
const checkAnnotations =
  'an update replaces the annotations it is given instead of adding to them, they are listed in an object, and check runs name no App';

export const emulateLacks: Readonly<Record<string, string>> = {
  'a pull request > moved by a push': 'the head of a pull request stays where it was when its branch moves on',
  'pull requests > of a commit: the merged ones that brought it': noPullsOfCommit,
  'pull requests > of a commit: none for a direct push, none that are still open': noPullsOfCommit,
  ...Object.fromEntries(
    ['error', 'dropped', 'forbidden', 'not-found', 'throttled', 'malformed', 'empty'].map((trouble) => [
      `${unknown} > byCommit: ${trouble}`,
      noPullsOfCommit,
    ]),
  ),
  'branch policy > of a branch without one, and with one': 'no rulesets: GET /rules/branches/{branch}',
  'the git remote carries its credentials in a header, not in the URL': 'no git over HTTP',
  'a comment > on a locked thread is not tried for ever': 'pull requests cannot be locked',
  'a check > shows every annotation once, in spite of the limit of a request and of repetition': checkAnnotations,
  'a deployment > is one object with a status for each state, told once': noDeployments,
  'a deployment > of the same commit a second time is another object': noDeployments,
  'a deployment > that a newer one made inactive is not brought back by a late word': noDeployments,
  'a deployment > does not wait for the checks of its commit': noDeployments,
  'a deployment > lost on the way is there once': noDeployments,
  'a revert > is opened once': 'no GraphQL, and only GraphQL reverts',
};
