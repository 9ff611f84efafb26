/** Chapter 4: a push that went around review is not applied, and the repository is told. */
import { commentOn, issueLike, merge, readPlan, running } from '../acts.ts';
import { checkout, repository } from '../shop.ts';
import type { Stage } from '../stage.ts';
import type { Teller } from '../teller.ts';
import { cloneAs } from '../working-copy.ts';

export async function straightToMain(stage: Stage, tell: Teller): Promise<void> {
  tell.chapter('A push straight to main', 'Only what a merged pull request brought is applied.');
  const { prod } = stage.clusters;
  const mallory = await cloneAs(stage, 'mallory');
  const files = { 'deploy/prod/checkout.yaml': checkout('prod', '1.4.2', 1) };
  const commit = await mallory.commit('Fewer checkouts', files);
  const issue = await tell.step('mallory pushes a commit to main: one pod of checkout instead of three', async () => {
    await mallory.push('main');
    return issueLike(stage, 'the issue about the push', ({ state, title }) => state === 'open' && /held/.test(title));
  });
  tell.quote(`Fairlead opens issue #${issue.number} "${issue.title}"`, issue.body ?? '');
  tell.sure(
    'the issue names the commit',
    (issue.body ?? '').includes(`${commit.slice(0, 12)} Fewer checkouts`),
    issue.body,
  );
  tell.sure(
    'prod still runs three pods of checkout',
    running(prod, 'checkout')?.wanted === 3,
    running(prod, 'checkout'),
  );
  const back = await tell.step('alice reverts it with git and opens a pull request', async () => {
    const alice = await cloneAs(stage, 'alice');
    await alice.branch('undo-the-push');
    await alice.revert(commit);
    await alice.push('undo-the-push');
    const title = 'Revert "Fewer checkouts"';
    const repo = repository.fullName;
    return readPlan(stage, await stage.github.as('alice').openPullRequest({ repo, branch: 'undo-the-push', title }));
  });
  const { number } = back.pull;
  tell.quote(`Fairlead on #${number}`, back.plan);
  await tell.step(`alice merges #${number}`, () => merge(stage, 'alice', back.pull, ['prod']));
  tell.quote(`Fairlead on #${number}`, await commentOn(stage, number, /Deployed to `prod`|Rolled `prod` back/));
  const closed = await issueLike(
    stage,
    'the issue to be closed',
    (one) => one.number === issue.number && one.state === 'closed',
  );
  tell.sure(`issue #${closed.number} is closed`, closed.state === 'closed');
}
