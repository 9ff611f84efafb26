/** Chapter 2: a change is read before it happens, merged, and deployed. */
import { commentOn, configMapIn, merge, open, running } from '../acts.ts';
import { stringsAt } from '../../cluster/value.ts';
import { branding, checkout, configMap, environments, repository } from '../shop.ts';
import type { Stage } from '../stage.ts';
import type { Teller } from '../teller.ts';

const banner = 'Winter sale, 20 % off';

export async function readBeforeMerge(stage: Stage, tell: Teller): Promise<void> {
  tell.chapter('A change, read before it happens', 'A new banner everywhere; in staging a new checkout too.');
  const { pull, plan } = await tell.step('alice opens #2 "Winter banner, checkout 1.4.3 in staging"', () =>
    open(stage, 'alice', {
      branch: 'winter',
      title: 'Winter banner, checkout 1.4.3 in staging',
      files: {
        'deploy/staging/branding.yaml': branding(banner),
        'deploy/staging/banner.yaml': configMap('banner', { 'banner.html': `<p>${banner}</p>` }),
        'deploy/staging/checkout.yaml': checkout('staging', '1.4.3'),
        'deploy/prod/branding.yaml': branding(banner),
      },
    }),
  );
  tell.checks(stage.github.checks(repository.fullName, pull.head));
  tell.quote('Fairlead on #2, before anything has happened', plan, 'whole');
  tell.sure(
    'the plan warns where pods keep the old banner',
    /`Deployment shop\/checkout` reads it as environment variables and will not restart/.test(plan),
  );
  tell.sure(
    'nothing has changed in the clusters',
    running(stage.clusters.staging, 'checkout')?.image.endsWith(':1.4.2') === true,
  );
  await tell.step('alice merges #2', () => merge(stage, 'alice', pull, environments));
  tell.quote('Fairlead on #2', await commentOn(stage, 2, /^(?=[\s\S]*Deployed to `prod`)[\s\S]*Deployed to `staging`/));
  const inStaging = running(stage.clusters.staging, 'checkout');
  const isRolledOut = inStaging?.image.endsWith(':1.4.3') === true && inStaging.updated === inStaging.wanted;
  tell.sure('staging runs checkout 1.4.3', isRolledOut && inStaging.ready === inStaging.wanted, inStaging);
  tell.sure('staging has the banner', configMapIn(stage.clusters.staging, 'banner') !== undefined);
  const inProd = stringsAt(configMapIn(stage.clusters.prod, 'branding'), 'data')['BANNER'];
  tell.sure('prod has the new branding', inProd === banner, inProd);
}
