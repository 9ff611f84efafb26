/** A secret's value is in no word that is said, in no line that is logged and in no row that is kept, whatever happens to the Secret. */
import { join } from 'node:path';

import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startWorld, type World } from './conversation-world.ts';
import { fairleadYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const values = ['correct-horse-battery', 'staple-of-another-day', 'third-time-unlucky!', 'not-base64-at-all-?'];
/** Both ways a value could leak, and the base64 of its beginning, which is how it would look inside a longer text. */
const traces = values.flatMap((value) => [
  value,
  Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -2),
]);

const secret = (field: string, value: string, more = '') => ({
  'deploy/secret.yaml': `apiVersion: v1
kind: Secret
metadata: {name: login, namespace: hidden}
${more}${field}:
  password: ${JSON.stringify(value)}
`,
});
const [first = '', second = '', third = '', fourth = ''] = values;
const base64 = (value: string) => Buffer.from(value).toString('base64');

await onEachCluster('secrets', (cluster) => {
  let world: World;
  beforeAll(async () => {
    const files = { '.fairlead.yaml': fairleadYaml('hidden') };
    world = await startWorld({ kubeconfig: cluster.kubeconfig(), repositories: { hidden: { files } } });
  });
  afterAll(() => world.stop());

  it('is created, changed, given another type, refused, and nowhere to be read', async () => {
    const shop = world.repository('hidden');
    const created = await shop.open('create', secret('stringData', first));
    expect(await shop.planComment(created)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — 1 created.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✔ | \`prod\` on \`prod-eu\`, namespace \`hidden\` | 1 |  |  |  |  |

      <details><summary><b>prod</b>: 1 to create</summary>

      **create · Secret \`hidden/login\`** — \`deploy/secret.yaml:1\`

      <details><summary>diff</summary>

      \`\`\`diff
      @@ -0,0 +1,8 @@
      +apiVersion: v1
      +data:
      +  password: fp:<…>
      +kind: Secret
      +metadata:
      +  name: login
      +  namespace: hidden
      +type: Opaque
      \`\`\`
      </details>

      </details>

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(created)).toContain('success');
    expect(await shop.cluster.get('secrets/login')).toMatchObject({ data: { password: base64(first) } });

    const changed = await shop.open('change', secret('data', base64(second)));
    expect(await shop.planComment(changed)).toMatchInlineSnapshot(`
      "**Merging this changes \`prod\`** — 1 object changed.

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✔ | \`prod\` on \`prod-eu\`, namespace \`hidden\` |  | 1 |  |  |  |

      <details><summary><b>prod</b>: 1 to change</summary>

      **change · Secret \`hidden/login\`** — \`deploy/secret.yaml:1\`
      - \`data.password\`: \`fp:<…>\` → \`fp:<…>\`

      <details><summary>diff</summary>

      \`\`\`diff
      @@ -1,6 +1,6 @@
       apiVersion: v1
       data:
      -  password: fp:<…>
      +  password: fp:<…>
       kind: Secret
       metadata:
         name: login
      \`\`\`
      </details>

      </details>

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(changed)).toContain('success');
    expect(await shop.cluster.get('secrets/login')).toMatchObject({ data: { password: base64(second) } });

    const retyped = await shop.open('type', secret('stringData', third, 'type: example.com/login\n'));
    expect(await shop.planAtAGlance(retyped)).toMatchInlineSnapshot(`
      "**1 problem keeps \`prod\` from being deployed.** Nothing of it is applied while that is so.

      **To be solved first**
      - \`Secret hidden/login\` cannot be changed in place: type: field is immutable (the server's words are withheld: the object is a Secret). Give the object a new name, or allow it to be deleted and created anew with \`allowReplace: true\` for this environment. \`deploy/secret.yaml:1\`

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✘ | \`prod\` on \`prod-eu\`, namespace \`hidden\` |  | 1 |  |  | blocked, see above |

      **Worth knowing**
      - \`Secret hidden/login\`: **deleted and created anew**: \`type\` cannot be changed in place.

      ▸ <b>prod</b>: 1 to replace

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(retyped)).toMatchInlineSnapshot(
      `"action_required: Held: an object would have to be deleted and created anew"`,
    );

    const invalid = await shop.open('invalid', secret('data', fourth));
    expect(await shop.planAtAGlance(invalid)).toMatchInlineSnapshot(`
      "**1 problem keeps \`prod\` from being deployed.** Nothing of it is applied while that is so.

      **To be solved first**
      - The cluster refuses \`Secret hidden/login\`: a value under \`data\` is not base64 (the server's words are withheld: the object is a Secret). Correct the field. \`deploy/secret.yaml:1\`

      | | environment | create | change | delete | same | |
      |---|---|--:|--:|--:|--:|---|
      | ✘ | \`prod\` on \`prod-eu\`, namespace \`hidden\` |  |  |  |  | blocked, see above |

      <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
    `);
    expect(await shop.mergeAndSee(invalid)).toMatchInlineSnapshot(
      `"action_required: Held: what is declared is not valid for this cluster"`,
    );

    // Somebody else's value in the live object, put back by a merge.
    await shop.cluster.edit('secrets/login', { data: { password: base64(third) } });
    const back = await shop.open('back', {
      ...secret('stringData', second),
      'deploy/note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note, namespace: hidden}\n',
    });
    await shop.planComment(back);
    expect(await shop.mergeAndSee(back)).toContain('success');

    const pages = await planPages(world, shop.repo);
    expect(pages.length).toBeGreaterThan(5);
    const said = everythingSaid(world, shop.repo);
    expect(said.length).toBeGreaterThan(10_000);
    await world.pause();
    const rows = await everythingStored(world);
    expect(rows.length).toBeGreaterThan(10_000);
    const log = world.log.join('');
    expect(log.length).toBeGreaterThan(1_000);
    for (const trace of traces) {
      for (const [where, text] of Object.entries({ said, pages: pages.join('\n'), rows, log })) {
        expect(text.includes(trace), `${trace} in ${where}: ${around(text, trace)}`).toBe(false);
      }
    }
    await world.resume();
  });
});

function around(text: string, trace: string): string {
  const at = text.indexOf(trace);
  return at < 0 ? '' : text.slice(Math.max(0, at - 100), at + 100);
}

/** Comments, checks with their annotations, deployments and issues, as JSON. */
function everythingSaid({ github }: World, repo: string): string {
  const numbers = [...github.repository(repo).issues.keys()];
  const pulls = numbers.flatMap((number) => github.pullRequest(repo, number).pull ?? []);
  const shas = pulls.flatMap(({ head, merged }) => [head.sha, ...(merged === undefined ? [] : [merged.sha])]);
  return JSON.stringify([
    numbers.map((number) => github.comments(repo, number).map(({ body }) => body)),
    github.issues(repo).map(({ title, body }) => [title, body]),
    shas.map((sha) =>
      github.checks(repo, sha).map(({ title, summary, text, annotations }) => [title, summary, text, annotations]),
    ),
    github.deployments(repo).map(({ payload, description, statuses }) => [payload, description, statuses]),
  ]);
}

/** The pages of all plans linked to, as HTML and JSON. */
async function planPages(world: World, repo: string): Promise<readonly string[]> {
  const tokens = [...everythingSaid(world, repo).matchAll(/\/plans\/([\w-]+)/g)].map(([, token]) => token);
  const paths = [...new Set(tokens)].flatMap((token) => [`/plans/${token}`, `/plans/${token}.json`]);
  const pages: string[] = [];
  for (const path of paths) {
    const answer = await fetch(`${world.url()}${path}`);
    if (answer.ok) pages.push(await answer.text());
  }
  return pages;
}

/** Every row of every table of the store, as text. */
async function everythingStored({ folder }: World): Promise<string> {
  const database = await PGlite.create(join(folder, 'store', 'pgdata'));
  const tables = await database.query<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const rows: string[] = [];
  for (const { schema, name } of tables.rows) {
    const found = await database.query(`select * from "${schema}"."${name}"`);
    rows.push(JSON.stringify(found.rows));
  }
  await database.close();
  return rows.join('\n');
}
