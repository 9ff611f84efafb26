import { describe, expect, it } from 'vitest';
import type { Finding } from '../../domain/finding.ts';
import type { EnvironmentPlan } from '../../domain/plan.ts';
import {
  configMap,
  deployment,
  environment,
  item,
  live,
  object,
  planOf,
  prune,
  type PlanFacts,
} from '../test-support.ts';
import { environmentCheckWords, overallCheckWords } from './plan-checks.ts';
import { planComment } from './plan-comment.ts';
import type { PlanReport, PlanWithLink } from './plan-report.ts';

const words = { change: 'pull request', mark: '#' };
const report = (plans: readonly EnvironmentPlan[], findings: readonly Finding[] = []): PlanReport => ({
  words,
  baseBranch: 'main',
  plans: plans.map((plan): PlanWithLink => ({ plan, link: `https://fairlead.example/plan/${plan.environment.name}` })),
  findings,
});
const comment = (plans: readonly EnvironmentPlan[], findings: readonly Finding[] = []) =>
  planComment(report(plans, findings)).join('\n-----\n');
const firstLine = (plans: readonly EnvironmentPlan[], findings: readonly Finding[] = []) =>
  comment(plans, findings).split('\n', 1)[0];

const reader = (image: string, replicas = 3) =>
  deployment('checkout', image, { replicas, container: { envFrom: [{ configMapRef: { name: 'branding' } }] } });
const [red, blue] = [configMap('branding', { color: 'red' }), configMap('branding', { color: 'blue' })];
const change = item(blue, { live: live(red), before: red, file: 'apps/branding/branding.yaml' });
const edited = [
  {
    manager: 'kubectl-edit',
    operation: 'Update',
    time: '2026-11-20T14:02:00Z',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  },
];
const staging: PlanFacts = {
  environment: environment({ name: 'staging', cluster: 'kind-staging' }),
  items: [
    change,
    item(reader('checkout:1.4.3'), {
      live: live(reader('checkout:1.4.2')),
      before: reader('checkout:1.4.2'),
      file: 'apps/checkout.yaml',
    }),
    item(configMap('banner', { text: 'hello' }), { file: 'apps/branding/banner.yaml' }),
  ],
};
const prod: PlanFacts = {
  items: [
    change,
    item(reader('checkout:1.4.2'), { live: live(reader('checkout:1.4.2', 5), { fields: edited }), before: 'same' }),
  ],
  prunes: [prune(object('PersistentVolumeClaim', 'orders-db'))],
};

it('tells the story of the shop', () => {
  expect(comment([planOf(staging), planOf(prod)])).toMatchInlineSnapshot(`
    "**Merging this changes 2 environments** — 3 objects changed, 1 created, 1 put back to what Git says, **1 deleted in \`prod\`**.

    | | environment | create | change | delete | same | |
    |---|---|--:|--:|--:|--:|---|
    | ✔ | \`staging\` on \`kind-staging\`, namespace \`shop\` | 1 | 2 |  |  |  |
    | ⚠ | \`prod\` on \`prod-eu\`, namespace \`shop\` |  | 2 | **1** |  | needs a person, see below |

    **Needs a person**
    - \`prod\`: deletes \`PersistentVolumeClaim shop/orders-db\` and the data in it. After the merge this waits for \`/fairlead apply 76523cb0\`.

    **Worth knowing**
    - \`prod\`: Undoes what was changed past Git: \`Deployment shop/checkout\` \`spec.replicas\`: \`5\` → \`3\`, set by \`kubectl-edit\`.
    - \`prod\`: \`ConfigMap shop/branding\` changes, but \`Deployment shop/checkout\` reads it as environment variables and will not restart: its pods keep the old value.

    <details><summary><b>staging</b>: 1 to create, 2 to change</summary>

    **change · ConfigMap \`shop/branding\`** — \`apps/branding/branding.yaml:1\`
    - \`data.color\`: \`red\` → \`blue\`

    <details><summary>diff</summary>

    \`\`\`diff
    @@ -1,6 +1,6 @@
     apiVersion: v1
     data:
    -  color: red
    +  color: blue
     kind: ConfigMap
     metadata:
       name: branding
    \`\`\`
    </details>

    **change · Deployment \`shop/checkout\`** — \`apps/checkout.yaml:1\`
    - \`spec.template.spec.containers[checkout].image\`: \`checkout:1.4.2\` → \`checkout:1.4.3\`
    - rolls 3 pods

    <details><summary>diff</summary>

    \`\`\`diff
    @@ -11,5 +11,5 @@
             - envFrom:
                 - configMapRef:
                     name: branding
    -          image: checkout:1.4.2
    +          image: checkout:1.4.3
               name: checkout
    \`\`\`
    </details>

    **create · ConfigMap \`shop/banner\`** — \`apps/branding/banner.yaml:1\`

    <details><summary>diff</summary>

    \`\`\`diff
    @@ -0,0 +1,7 @@
    +apiVersion: v1
    +data:
    +  text: hello
    +kind: ConfigMap
    +metadata:
    +  name: banner
    +  namespace: shop
    \`\`\`
    </details>

    </details>

    <details><summary><b>prod</b>: 1 to delete, 1 to change</summary>

    **delete · PersistentVolumeClaim \`shop/orders-db\`**
    - **deletes the data** of \`PersistentVolumeClaim shop/orders-db\`

    <details><summary>diff</summary>

    \`\`\`diff
    @@ -1,5 +0,0 @@
    -apiVersion: v1
    -kind: PersistentVolumeClaim
    -metadata:
    -  name: orders-db
    -  namespace: shop
    \`\`\`
    </details>

    **change · ConfigMap \`shop/branding\`** — \`apps/branding/branding.yaml:1\`
    - \`data.color\`: \`red\` → \`blue\`
    - \`Deployment shop/checkout\` reads it as environment variables and will not restart: its pods keep the old value

    <details><summary>diff</summary>

    \`\`\`diff
    @@ -1,6 +1,6 @@
     apiVersion: v1
     data:
    -  color: red
    +  color: blue
     kind: ConfigMap
     metadata:
       name: branding
    \`\`\`
    </details>

    </details>

    <details><summary>prod: already different before this pull request: 1 object</summary>

    **put back · \`Deployment shop/checkout\`**
    - \`spec.replicas\`: \`5\` → \`3\`, held by \`kubectl-edit\` since \`2026-11-20T14:02:00Z\`

    </details>

    <sub>\`3fa8c1e\` merged onto \`main\` at \`91d2ab0\` · plans [\`a169bace\`](https://fairlead.example/plan/staging) [\`76523cb0\`](https://fairlead.example/plan/prod) · server v1.36.3 · 1.2 s, 18 requests</sub>"
  `);
});

describe('the first line', () => {
  it.each<[string, PlanFacts[], string]>([
    [
      'nothing',
      [{ items: [item(red, { live: live(red), before: 'same' })] }],
      '**Merging this changes nothing in the cluster**: `prod` already is as declared.',
    ],
    ['one change', [{ items: [change] }], '**Merging this changes `prod`** — 1 object changed.'],
    [
      'only drift',
      [{ items: [item(red, { live: live(blue), before: 'same' })] }],
      '**Merging this changes `prod`** — 1 put back to what Git says.',
    ],
    [
      'a replacement',
      [
        {
          environment: environment({ allowReplace: true }),
          items: [item(red, { live: live(red), outcome: { kind: 'immutable', fields: ['data'], detail: 'x' } })],
        },
      ],
      '**Merging this changes `prod`** — **1 deleted and created anew**.',
    ],
    [
      'an error',
      [{ items: [item(red, { outcome: { kind: 'denied', detail: 'no' } })] }],
      '**1 problem keeps `prod` from being deployed.** Nothing of it is applied while that is so.',
    ],
    [
      'no look',
      [{ incomplete: [{ reason: 'cluster-timeout', detail: 'x' }] }],
      '**This plan is not complete**: `prod` could not be looked at in full. Nothing is guessed; it is tried again every minute.',
    ],
    [
      'a rollback',
      [
        {
          items: [change],
          rollback: { kind: 'rollback-to', deployment: 118, pullRequest: 37, deployedAt: '2026-11-19T08:00:14Z' },
        },
      ],
      '**Merging this rolls `prod` back to deployment 118** (#37, 2026-11-19 08:00) — 1 changed back.',
    ],
    [
      'what was there before',
      [{ items: [change], rollback: { kind: 'restores', deployment: 118 } }],
      '**Merging this brings `prod` back to deployment 118** — 1 changed back.',
    ],
    [
      'a revert in words',
      [{ items: [change], rollback: { kind: 'partial-revert' } }],
      '**Merging this changes `prod`** — 1 object changed.',
    ],
  ])('of %s', (_, plans, expected) => {
    expect(firstLine(plans.map(planOf))).toBe(expected);
  });

  it('of several rollbacks says of each where it goes', () => {
    const rollback = { kind: 'rollback-to', deployment: 118 } as const;
    const text = comment([
      planOf({ ...staging, rollback }),
      planOf({ items: [change], rollback: { ...rollback, deployment: 7 } }),
    ]);
    expect(text).toContain('- `staging`: Goes back to deployment 118.');
    expect(text).toContain('- `prod`: Goes back to deployment 7.');
  });

  it('of findings that belong to no environment', () => {
    expect(firstLine([], [{ code: 'config-invalid', severity: 'error', detail: 'x' }])).toBe(
      '**1 problem keeps this from being deployed.** Nothing of it is applied while that is so.',
    );
  });
});

it('is in the order in which people need it', () => {
  const warning: Finding = { code: 'encrypted-secret', severity: 'warning', detail: '' };
  const drifted = planOf({
    ...prod,
    environment: environment({ prune: true }),
    findings: [warning],
    forgotten: [{ group: '', version: 'v1', kind: 'X', namespace: 'shop', name: 'x' }],
  });
  const text = comment([planOf(staging), drifted]);
  const order = [
    '**Merging this',
    '| | environment',
    '**Needs a person**',
    '**Worth knowing**',
    '<b>staging</b>',
    '<b>prod</b>',
    'already different before',
    'left out',
    '<sub>',
  ];
  const places = order.map((part) => text.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

it('says what to expect of a change before the detail', () => {
  const of = (spec: object) =>
    object(
      'Deployment',
      'w',
      { spec: { replicas: 1, ...spec, template: { spec: { containers: [{ name: 'w', image: 'w:1', ...spec }] } } } },
      'apps/v1',
    );
  const privileged = of({ securityContext: { privileged: true } });
  expect(comment([planOf({ items: [item(privileged)] })])).toContain(
    '- `Deployment shop/w`: opens access: privileged container w.',
  );
});

it('shows how much of a file changes, not its beginning', () => {
  const file = (last: string) => configMap('a', { 'app.yaml': `${'line\n'.repeat(50)}${last}\n` });
  expect(comment([planOf({ items: [item(file('x'), { live: live(file('y')), before: file('y') })] })])).toContain(
    '- `data."app.yaml"`: 1 line → 1 line of a file, see the diff',
  );
});

it('names who holds what in a conflict', () => {
  const outcome = {
    kind: 'conflict',
    conflicts: [{ manager: 'hpa', fields: ['spec.replicas'] }],
    detail: 'x',
  } as const;
  expect(comment([planOf({ items: [item(reader('a:1'), { live: live(reader('a:1')), outcome })] })])).toContain(
    '- `hpa` holds `spec.replicas`',
  );
});

describe('hostile text', () => {
  const nasty =
    '```\n~~~\n</details><!-- @acme/everyone fixes #1 ![x](https://evil/x.png) [y](http://evil)\n/approve\natlantis apply';
  const hostile = planOf({
    items: [
      item(configMap('a', { text: nasty, [`k${nasty}`]: nasty }), { file: `apps/${nasty}.yaml` }),
      item(configMap('b', { text: 'x' }), { outcome: { kind: 'denied', detail: nasty }, file: nasty }),
    ],
    incomplete: [{ reason: 'cluster-error', detail: nasty }],
    findings: [{ code: 'render-failed', severity: 'warning', detail: nasty, fix: nasty }],
  });
  const text = comment([hostile]);
  /** The comment without what is code. */
  const prose = text.replace(/^(`{3,})[^]*?^\1$/gm, '').replace(/(?<![`\\])(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '');

  it('mentions nobody, refers to nothing, loads nothing', () => {
    expect(prose).not.toMatch(/@acme|#1\b|(?<!\\)!\[|(?<!\\)<!--|http:\/\/evil|https:\/\/evil/);
  });

  it('gives no command', () => {
    expect(text).not.toMatch(/^\s*(?:[-*]\s*)?(?:\/approve|atlantis)/m);
  });

  it('closes only what was opened', () => {
    expect((prose.match(/(?<!\\)<details>/g) ?? []).length).toBe((prose.match(/(?<!\\)<\/details>/g) ?? []).length);
  });
});

describe('a very large plan', () => {
  const limits = { characters: 59_000, parts: 3 };
  const fits = (parts: readonly string[]) => {
    expect(parts.length).toBeLessThanOrEqual(limits.parts);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(limits.characters);
    return parts.join('\n');
  };

  it('of 5,000 objects fits and says what it leaves out', () => {
    const items = Array.from({ length: 5_000 }, (_, index) => item(configMap(`c${index}`, { k: 'v' })));
    expect(fits(planComment(report([planOf({ items })]), limits))).toMatch(
      /\*\*\d+ more objects do not fit into comments here\*\*/,
    );
  });

  it('of 1,000 environments fits, those that need somebody first', () => {
    const small = planOf({ items: [change] });
    const plans = Array.from({ length: 1_000 }, (_, index): EnvironmentPlan => {
      const named = { ...small, environment: { ...small.environment, name: `env-${index}` } };
      return index === 999
        ? { ...named, dangers: [{ code: 'prunes-data', detail: 'PersistentVolumeClaim shop/db' }] }
        : named;
    });
    const text = fits(planComment(report(plans), limits));
    expect(text).toContain('| ⚠ | `env-999`');
    expect(text).toContain('and 900 more environments');
  });

  it('of 1,000 long findings fits', () => {
    const findings = Array.from({ length: 1_000 }, (): Finding => ({
      code: 'server-denied',
      severity: 'error',
      detail: 'why '.repeat(5_000),
    }));
    expect(fits(planComment(report([planOf({ findings })]), limits))).toMatch(
      /\*\*\d+ more lines do not fit here\*\*: \[the full plan has them\]/,
    );
  });

  it('of one huge object points to the full plan', () => {
    const items = [item(configMap('huge', { text: 'line\n'.repeat(100_000) }))];
    expect(fits(planComment(report([planOf({ items })]), limits))).toMatch(
      /too many for a comment: \[it is in the full plan\]/,
    );
  });
});

describe('checks', () => {
  const overall = (plans: PlanFacts[], findings: readonly Finding[] = []) => {
    const { state, title } = overallCheckWords(report(plans.map(planOf), findings), '');
    return `${state}: ${title}`;
  };
  const one = (plan: PlanFacts) => {
    const { state, title, annotations } = environmentCheckWords(planOf(plan), '');
    return [`${state}: ${title}`, ...annotations.map(({ file, line, message }) => `${file}:${line} ${message}`)];
  };
  const denied = item(red, {
    outcome: { kind: 'denied', detail: 'policy `no-latest` says: use a tag @ops' },
    file: 'apps/a.yaml',
  });

  it('say for all environments together', () => {
    expect(overall([])).toBe('success: No environment is touched by this change');
    expect(overall([], [{ code: 'config-invalid', severity: 'error', detail: 'x' }])).toBe(
      'failure: 1 problem to solve',
    );
    expect(overall([staging, { items: [] }])).toBe('success: 1 of 2 environments change');
    expect(overall([{ items: [denied] }, staging])).toBe('failure: 1 problem to solve');
    expect(overall([{ incomplete: [{ reason: 'cluster-timeout', detail: 'x' }] }, staging])).toBe(
      'failure: Plan not complete: prod',
    );
  });

  it('say for one environment, in plain words and with the place', () => {
    expect(one(staging)).toEqual(['success: 1 to create, 2 to change']);
    expect(one({ items: [] })).toEqual(['success: Nothing to do']);
    expect(one({ incomplete: [{ reason: 'cluster-timeout', detail: 'no answer in 10 s' }] })).toEqual([
      'failure: no answer in 10 s',
    ]);
    const message =
      'The cluster denies ConfigMap shop/branding: policy no-latest says: use a tag @ops. Change the object so that the policy admits it.';
    expect(one({ items: [denied] })).toEqual([`failure: 1 to solve: ${message}`, `apps/a.yaml:1 ${message}`]);
  });

  it('have titles of at most 200 characters, cut between characters', () => {
    const [title = ''] = one({ incomplete: [{ reason: 'cluster-error', detail: '😀'.repeat(300) }] });
    expect(title.length).toBeLessThanOrEqual(210);
    expect(title.isWellFormed()).toBe(true);
  });
});
