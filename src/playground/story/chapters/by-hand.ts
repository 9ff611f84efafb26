/** Chapter 5: somebody changes the cluster by hand; Fairlead says who and what, and the next plan tells it apart. */
import { commentOn, configMapIn, issueLike, managersOf, merge, open, running } from '../acts.ts';
import { branding, namespace } from '../shop.ts';
import type { Stage } from '../stage.ts';
import type { Teller } from '../teller.ts';

export async function byHand(stage: Stage, tell: Teller): Promise<void> {
  tell.chapter('A change by hand', 'Somebody scales prod with kubectl edit, past Git.');
  const { prod } = stage.clusters;
  const drift = await tell.step('somebody runs kubectl edit deployment checkout: 5 replicas instead of 3', () => {
    const reference = { group: 'apps', version: 'v1', kind: 'Deployment', namespace, name: 'checkout' };
    prod.edit(reference, { spec: { replicas: 5 } }, 'kubectl-edit');
    return issueLike(
      stage,
      'the issue about the drift',
      ({ state, title }) => state === 'open' && /differs/.test(title),
    );
  });
  const said = drift.body ?? '';
  tell.quote(`Fairlead opens issue #${drift.number} "${drift.title}"`, said);
  tell.sure(
    'the issue names the field and who changed it',
    /spec\.replicas/.test(said) && /kubectl-edit/.test(said),
    said,
  );
  tell.sure('it is reported, not undone', running(prod, 'checkout')?.wanted === 5, running(prod, 'checkout'));
  const { pull, plan } = await tell.step('alice opens a pull request of her own: the banner of spring', () =>
    open(stage, 'alice', {
      branch: 'spring',
      title: 'Spring banner in prod',
      files: { 'deploy/prod/branding.yaml': branding('Spring is here') },
    }),
  );
  tell.quote(`Fairlead on #${pull.number}`, plan, 'whole');
  tell.sure('the plan tells her change and the drift apart', /already different before this pull request/.test(plan));
  await tell.step(`alice merges #${pull.number}`, () => merge(stage, 'alice', pull, ['prod']));
  tell.quote(`Fairlead on #${pull.number}`, await commentOn(stage, pull.number, /Deployed to `prod`/));
  tell.sure(
    'prod is back at three pods, as Git says',
    running(prod, 'checkout')?.wanted === 3,
    running(prod, 'checkout'),
  );
  const managers = managersOf(configMapIn(prod, 'branding'));
  tell.sure('the branding is Fairlead’s', managers.includes('fairlead'), managers);
  const closed = await issueLike(
    stage,
    'the issue about the drift to be closed',
    (one) => one.number === drift.number && one.state === 'closed',
  );
  tell.sure(`issue #${closed.number} is closed`, closed.state === 'closed');
}
