/** Chapter 3: a bad change is noticed at once, and the Revert button undoes it. */
import { commentOn, configMapIn, merge, open, revert, running } from '../acts.ts';
import { checkout, configMap, repository } from '../shop.ts';
import type { Stage } from '../stage.ts';
import type { Teller } from '../teller.ts';

export async function goBack(stage: Stage, tell: Teller): Promise<void> {
  tell.chapter('A bad change, and back', 'The image of checkout 1.5.0 was never pushed to the registry.');
  const { prod } = stage.clusters;
  const { pull, plan } = await tell.step('bob opens #3 "Express checkout": checkout 1.5.0 in prod', () =>
    open(stage, 'bob', {
      branch: 'express',
      title: 'Express checkout',
      files: {
        'deploy/prod/checkout.yaml': checkout('prod', '1.5.0'),
        'deploy/prod/express.yaml': configMap('express-lane', { ENABLED: 'yes' }),
      },
    }),
  );
  tell.quote('Fairlead on #3', plan);
  const bad = await tell.step('bob merges #3', () => merge(stage, 'bob', pull, ['prod']));
  tell.sure('the deployment to prod failed', bad.endings.prod?.kind === 'failed', bad.endings.prod);
  tell.checks(stage.github.checks(repository.fullName, bad.commit).filter(({ name }) => name === 'fairlead/prod'));
  tell.quote(
    'Fairlead on #3, a new comment, so that people are told',
    await commentOn(stage, 3, /`prod` did not become ready/),
  );
  tell.sure(
    'the three old pods of checkout still serve',
    (running(prod, 'checkout')?.ready ?? 0) === 3,
    running(prod, 'checkout'),
  );
  const back = await tell.step('alice presses Revert on #3, which opens #4', () => revert(stage, 'alice', 3));
  tell.quote('Fairlead on #4', back.plan, 'whole');
  tell.sure('the plan says which deployment prod goes back to', /rolls `prod` back to deployment \d+/.test(back.plan));
  await tell.step('alice merges #4', () => merge(stage, 'alice', back.pull, ['prod']));
  tell.quote('Fairlead on #4', await commentOn(stage, 4, /Rolled `prod` back/));
  const after = running(prod, 'checkout');
  const isBack = after?.image.endsWith(':1.4.2') === true && after.ready === 3 && after.updated === 3;
  tell.sure('prod runs checkout 1.4.2 in three pods', isBack, after);
  tell.sure('what only the bad change created is gone from prod', configMapIn(prod, 'express-lane') === undefined);
}
