/** Chapter 1: the shop comes under Fairlead. Nothing ran before, so everything is created. */
import { commentOn, merge, namesOf, open, running } from '../acts.ts';
import { environments, repository, shopFiles } from '../shop.ts';
import type { Stage } from '../stage.ts';
import type { Teller } from '../teller.ts';

const files = { ...shopFiles('staging'), ...shopFiles('prod') };

export async function moveIn(stage: Stage, tell: Teller): Promise<void> {
  tell.chapter(
    'The shop moves in',
    'What is to run stands in Git. Until a pull request brings it, nothing is applied.',
  );
  const { pull, plan } = await tell.step(
    `alice opens #1 "Run the shop": ${Object.keys(files).length} files for 2 environments`,
    () => open(stage, 'alice', { branch: 'run-the-shop', title: 'Run the shop', files }),
  );
  tell.checks(stage.github.checks(repository.fullName, pull.head));
  tell.quote('Fairlead on #1', plan, 'head');
  for (const name of environments) {
    tell.sure(`nothing runs in ${name} yet`, namesOf(stage.clusters[name], 'apps', 'Deployment').length === 0);
  }
  await tell.step('alice merges #1', () => merge(stage, 'alice', pull, environments));
  tell.quote('Fairlead on #1', await commentOn(stage, 1, /^(?=[\s\S]*Deployed to `prod`)[\s\S]*Deployed to `staging`/));
  for (const name of environments) {
    const checkout = running(stage.clusters[name], 'checkout');
    tell.sure(
      `${name} runs checkout 1.4.2: ${checkout?.ready} of ${checkout?.wanted} pods are up`,
      checkout !== undefined && checkout.ready === checkout.wanted && checkout.image.endsWith(':1.4.2'),
      checkout,
    );
  }
}
