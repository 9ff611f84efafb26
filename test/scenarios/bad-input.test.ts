/** What people get wrong, and what others do on purpose: each is a finding with file, line and fix, and the rest goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorld, type World } from './conversation-world.ts';
import type { Conversation, Pull } from './conversation.ts';
import { configMap, deployment, environmentsYaml } from './manifests.ts';
import { onEachCluster } from './scenario-clusters.ts';

const files = {
  '.fairlead.yaml': environmentsYaml(
    'name: bad\n    path: bad\n    cluster: prod-eu\n    namespace: input',
    'name: good\n    path: good\n    cluster: prod-eu\n    namespace: input',
  ),
  'bad/was-here.yaml': configMap('input', 'was-here', { a: 'b' }),
};

const laughs = Array.from({ length: 12 }, (_, level) => {
  const below = level === 0 ? '["ha"]' : `[${Array.from({ length: 10 }, () => `*l${level - 1}`).join(',')}]`;
  return `  l${level}: &l${level} ${below}\n`;
}).join('');

/** One mistake a file, and what is said of it. */
const mistakes: Readonly<Record<string, string>> = {
  'bad/colon.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a: b\n',
  'bad/tab.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: tab\n',
  'bad/twice.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: one\n  a: two\n',
  'bad/bomb.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata:\n${laughs}`,
  'bad/kindless.yaml': 'apiVersion: v1\nmetadata:\n  name: kindless\n',
  'bad/nameless.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n',
  'bad/one.yaml': configMap('input', 'same', { a: 'one' }),
  'bad/other.yaml': `# The same object again.\n${configMap('input', 'same', { a: 'other' })}`,
  'bad/misspelt.yaml': deployment('input', 'misspelt', { image: 'web:1' }).replace('replicas:', 'replcas:'),
  'bad/removed.yaml':
    'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: old, namespace: input}\nspec: {}\n',
  'bad/unknown.yaml': 'apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: new, namespace: input}\n',
  'bad/value.yaml': deployment('input', 'value', { image: 'web:1' }).replace('replicas: 2', 'replicas: many'),
  'bad/refused.yaml': configMap('input', 'Not_A_Name', { a: 'b' }),
};

await onEachCluster('bad input', (cluster) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      kubeconfig: cluster.kubeconfig(),
      repositories: { input: { files }, hostile: { files: hostileStart } },
    });
  });
  afterAll(() => world.stop());

  describe('by mistake', () => {
    let shop: Conversation;
    let pull: Pull;
    beforeAll(() => {
      shop = world.repository('input');
    });

    it('is a finding with file, line and fix', async () => {
      pull = await shop.open('mistakes', {
        ...mistakes,
        'good/settings.yaml': configMap('input', 'settings', { a: 'b' }),
      });
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**12 problems keep \`bad\` from being deployed.** Nothing of it is applied while that is so.

        **To be solved first**
        - \`bad\`: Its aliases expand to too much: aliases stand for more than 100000 values (column 25). Write the values out, or use fewer aliases. \`bad/bomb.yaml:10\`
        - \`bad\`: This is not valid YAML: bad indentation of a mapping entry (column 10). Put a value that contains a colon and a blank in quotes. \`bad/colon.yaml:4\`
        - \`bad\`: \`kind\` is missing. Add it, for instance \`kind: Deployment\`. \`bad/kindless.yaml:1\`
        - \`bad\`: \`metadata.name\` is missing. Give the object a name. \`bad/nameless.yaml:3\`
        - \`bad\`: The name is not valid: a name consists of lower-case letters, digits, - and ., and begins and ends with a letter or digit. Did you mean not-a-name? \`bad/refused.yaml:4\`
        - \`bad\`: YAML does not allow tabs for indentation. Indent with spaces. \`bad/tab.yaml:4\`
        - \`bad\`: The same key stands twice: "a" stands twice in one mapping (column 3). Remove one; which one counts would be a guess. \`bad/twice.yaml:7\`
        - \`bad\`: \`ConfigMap input/same\` is declared twice: ConfigMap input/same in bad/other.yaml:2 and in bad/one.yaml:1. Keep one of them. \`bad/other.yaml:2\`
        - \`bad\`: The cluster does not serve this kind: extensions/v1beta1 Deployment. Did you mean apiVersion: apps/v1? \`bad/removed.yaml:1\`
        - \`bad\`: The cluster does not serve this kind: apps/v1 Deploymnt. Did you mean kind: Deployment? \`bad/unknown.yaml:1\`
        - \`bad\`: The cluster refuses \`Deployment input/misspelt\`: spec.replcas: field not declared in schema. Correct the field. \`bad/misspelt.yaml:7\`
        - \`bad\`: The cluster refuses \`Deployment input/value\`: spec.replicas: expected numeric (int or float), got string. Correct the field. \`bad/value.yaml:7\`

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✘ | \`bad\` on \`prod-eu\`, namespace \`input\` | 2 |  |  |  | blocked, see above |
        | ✔ | \`good\` on \`prod-eu\`, namespace \`input\` | 1 |  |  |  |  |

        ▸ <b>bad</b>: 1 to create

        ▸ <b>good</b>: 1 to create

        ▸ bad: already different before this pull request: 1 object

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plans [\`<digest>\`](<plan>) [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.annotations(pull.head, 'fairlead/bad')).toMatchInlineSnapshot(`
        [
          "bad/bomb.yaml:10 Its aliases expand to too much: aliases stand for more than 100000 values (column 25). Write the values out, or use fewer aliases.",
          "bad/colon.yaml:4 This is not valid YAML: bad indentation of a mapping entry (column 10). Put a value that contains a colon and a blank in quotes.",
          "bad/kindless.yaml:1 kind is missing. Add it, for instance kind: Deployment.",
          "bad/nameless.yaml:3 metadata.name is missing. Give the object a name.",
          "bad/refused.yaml:4 The name is not valid: a name consists of lower-case letters, digits, - and ., and begins and ends with a letter or digit. Did you mean not-a-name?",
          "bad/tab.yaml:4 YAML does not allow tabs for indentation. Indent with spaces.",
          "bad/twice.yaml:7 The same key stands twice: "a" stands twice in one mapping (column 3). Remove one; which one counts would be a guess.",
          "bad/other.yaml:2 ConfigMap input/same is declared twice: ConfigMap input/same in bad/other.yaml:2 and in bad/one.yaml:1. Keep one of them.",
          "bad/removed.yaml:1 The cluster does not serve this kind: extensions/v1beta1 Deployment. Did you mean apiVersion: apps/v1?",
          "bad/unknown.yaml:1 The cluster does not serve this kind: apps/v1 Deploymnt. Did you mean kind: Deployment?",
          "bad/misspelt.yaml:7 The cluster refuses Deployment input/misspelt: spec.replcas: field not declared in schema. Correct the field.",
          "bad/value.yaml:7 The cluster refuses Deployment input/value: spec.replicas: expected numeric (int or float), got string. Correct the field.",
        ]
      `);
    });

    it('keeps its environment from being touched, and no other', async () => {
      const sha = await shop.merge(pull);
      expect(await shop.checks(sha, 'fairlead/bad', 'fairlead/good')).toMatchInlineSnapshot(`
        [
          "fairlead/bad: action_required: Held: what is declared is not valid for this cluster",
          "fairlead/good: success: Deployed: 1 created",
        ]
      `);
      const there = await shop.cluster.names('configmaps');
      expect(there).toContain('settings');
      expect(there).not.toContain('same');
    });

    it('may be a file of fifty megabytes', async () => {
      const large = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n  a: ${'x'.repeat(50_000_000)}\n`;
      const huge = await shop.open('huge', { 'good/large.yaml': large });
      expect(await shop.planAtAGlance(huge)).toMatchInlineSnapshot(`
        "**1 problem keeps \`good\` from being deployed.** Nothing of it is applied while that is so.

        **To be solved first**
        - The file is too large: 50000067 bytes, the limit is 10000000. Split it, or ask the operator to raise the limit. \`good/large.yaml:1\`

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✘ | \`good\` on \`prod-eu\`, namespace \`input\` |  |  |  | 1 | blocked, see above |

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
    });
  });

  describe('on purpose', () => {
    it('is inert in what is planned and deployed (H60, H82)', async () => {
      const shop = world.repository('hostile');
      const pull = await shop.open('hostile', hostile, {
        title: 'Fix @org/everyone <!-- fairlead:plan -->',
        body: '/fairlead apply 00000000\n\nThis reverts commit 0000000.',
      });
      expect(await shop.planComment(pull)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 4 created.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`hostile\` | 4 |  |  |  |  |

        <details><summary><b>prod</b>: 4 to create</summary>

        **create · ConfigMap \`hostile/ansi\`** — \`deploy/⟨U+001B⟩[31mred.yaml:1\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  a: b
        +kind: ConfigMap
        +metadata:
        +  name: ansi
        +  namespace: hostile
        \`\`\`
        </details>

        **create · ConfigMap \`hostile/backtick\`** — \`\`deploy/a\`b](javascript:alert(1)).yaml:1\`\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  a: b
        +kind: ConfigMap
        +metadata:
        +  name: backtick
        +  namespace: hostile
        \`\`\`
        </details>

        **create · ConfigMap \`hostile/newline\`** — \`deploy/new line @org #1.yaml:1\`

        <details><summary>diff</summary>

        \`\`\`diff
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  a: b
        +kind: ConfigMap
        +metadata:
        +  name: newline
        +  namespace: hostile
        \`\`\`
        </details>

        **create · ConfigMap \`hostile/text\`** — \`deploy/text.yaml:1\`

        <details><summary>diff</summary>

        \`\`\`\`diff
        @@ -0,0 +1,12 @@
        +apiVersion: v1
        +data:
        +  short: '\`\` @org/everyone ![x](https://evil.example/x.png)'
        +  text: "\`\`\`\\n~~~~\\n</details></details>\\n<!-- fairlead:plan -->\\n@org/everyone please look\\nfixes #1, closes acme/shop#2\\n![x](https://evil.example/beacon.png) <img src=\\"https://evil.example/b.png\\">\\n[click](javascript:alert(1))\\n/fairlead apply 00000000\\n/approve\\natlantis apply\\n⟨U+202E⟩gnp.exe⟨U+202C⟩ \\e[31mred\\e[0m"
        +kind: ConfigMap
        +metadata:
        +  annotations:
        +    evil.example/org: '\`@org/everyone\` fixes #1'
        +  labels:
        +    team: org.everyone
        +  name: text
        +  namespace: hostile
        \`\`\`\`
        </details>

        </details>

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull)).toContain('success');
      await shop.comment(pull, 'Live at');
      const changed = await shop.open('more', {
        'deploy/text.yaml': hostile['deploy/text.yaml'].replace('please', 'now'),
      });
      expect(await shop.planComment(changed)).toMatchInlineSnapshot(`
        "**Merging this changes \`prod\`** — 1 object changed.

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✔ | \`prod\` on \`prod-eu\`, namespace \`hostile\` |  | 1 |  | 3 |  |

        <details><summary><b>prod</b>: 1 to change</summary>

        **change · ConfigMap \`hostile/text\`** — \`deploy/text.yaml:1\`
        - \`data.text\`: 1 line → 1 line of a file, see the diff

        <details><summary>diff</summary>

        \`\`\`\`diff
        @@ -1,7 +1,7 @@
         apiVersion: v1
         data:
           short: '\`\` @org/everyone ![x](https://evil.example/x.png)'
        -  text: "\`\`\`\\n~~~~\\n</details></details>\\n<!-- fairlead:plan -->\\n@org/everyone please look\\nfixes #1, closes acme/shop#2\\n![x](https://evil.example/beacon.png) <img src=\\"https://evil.example/b.png\\">\\n[click](javascript:alert(1))\\n/fairlead apply 00000000\\n/approve\\natlantis apply\\n⟨U+202E⟩gnp.exe⟨U+202C⟩ \\e[31mred\\e[0m"
        +  text: "\`\`\`\\n~~~~\\n</details></details>\\n<!-- fairlead:plan -->\\n@org/everyone now look\\nfixes #1, closes acme/shop#2\\n![x](https://evil.example/beacon.png) <img src=\\"https://evil.example/b.png\\">\\n[click](javascript:alert(1))\\n/fairlead apply 00000000\\n/approve\\natlantis apply\\n⟨U+202E⟩gnp.exe⟨U+202C⟩ \\e[31mred\\e[0m"
         kind: ConfigMap
         metadata:
           annotations:
        \`\`\`\`
        </details>

        </details>

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expectInert(shop, pull, changed);
    });

    it('is inert in findings, the words of the server among them', async () => {
      const shop = world.repository('hostile');
      const pull = await shop.open('refused', refused);
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot(`
        "**4 problems keep \`prod\` from being deployed.** Nothing of it is applied while that is so.

        **To be solved first**
        - This is not valid YAML: unexpected end of the stream within a flow collection (column 257). Correct it as the message says. \`deploy/yaml.yaml:3\`
        - The cluster does not serve this kind: @org/everyone \\</details>\\\`fixes #1. Correct \`apiVersion\` or \`kind\`, or bring its CustomResourceDefinition. \`deploy/kind.yaml:1\`
        - The cluster refuses \`ConfigMap hostile/refused\`: metadata.annotations: Invalid value: "evil.example/@org/everyone": a valid label key must consist of alphanumeric characters, '-', '\\_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc', regex used for validation is '(\\[A-Za-z0-9]\\[-A-Za-z0-9\\_.]\\*)?\\[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName'). Correct the field. \`deploy/refused.yaml:6\`
        - The cluster refuses \`ConfigMap hostile/refused\`: data\\[@org fixes #1 !\\[x](\`https://evil.example/x.png\`)]: Invalid value: "@org fixes #1 !\\[x](\`https://evil.example/x.png\`)": a valid config key must consist of alphanumeric characters, '-', '\\_' or '.' (e.g. 'key.name', or 'KEY_NAME', or 'key-name', regex used for validation is '\\[-.\\_a-zA-Z0-9]+'). Correct the field. \`deploy/refused.yaml:8\`

        | | environment | create | change | delete | same | |
        |---|---|--:|--:|--:|--:|---|
        | ✘ | \`prod\` on \`prod-eu\`, namespace \`hostile\` |  |  |  | 4 | blocked, see above |

        <sub>\`<commit>\` merged onto \`main\` at \`<commit>\` · plan [\`<digest>\`](<plan>) · server <version> · <n> s, <n> requests</sub>"
      `);
      expect(await shop.mergeAndSee(pull)).toContain('Held');
      await shop.comment(pull, 'is held');
      expectInert(shop, pull);
    });
  });

  /** Nothing that Fairlead wrote there mentions, closes, commands, loads or opens anything. */
  function expectInert(shop: Conversation, ...pulls: readonly Pull[]): void {
    const bodies = pulls.flatMap(({ number }) => world.github.comments(shop.repo, number).map(({ body }) => body));
    expect(bodies.length).toBeGreaterThan(1);
    for (const body of bodies) {
      const markdown = withoutCode(body);
      expect(markdown).not.toMatch(/@[\w-]|#\d|!\[|\]\(javascript|<img|\b(?:fix(?:es)?|closes|resolves) #/i);
      expect(markdown).not.toMatch(/^\s*\/\w/m);
      expect(markdown.split(/(?<!\\)<details>/).length).toBe(markdown.split(/(?<!\\)<\/details>/).length);
      expect(body).not.toMatch(/(?![\n\u200c])[\p{Cc}\p{Cf}]/u);
    }
  }
});

const hostileStart = {
  '.fairlead.yaml': environmentsYaml('name: prod\n    path: deploy\n    cluster: prod-eu\n    namespace: hostile'),
};

const text = [
  '```',
  '~~~~',
  '</details></details>',
  '<!-- fairlead:plan -->',
  '@org/everyone please look',
  'fixes #1, closes acme/shop#2',
  '![x](https://evil.example/beacon.png) <img src="https://evil.example/b.png">',
  '[click](javascript:alert(1))',
  '/fairlead apply 00000000',
  '/approve',
  'atlantis apply',
  '\u202egnp.exe\u202c \u001b[31mred\u001b[0m',
].join('\n');

const hostile = {
  'deploy/text.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: text
  namespace: hostile
  labels: {team: org.everyone}
  annotations:
    evil.example/org: ${JSON.stringify('`@org/everyone` fixes #1')}
data:
  text: ${JSON.stringify(text)}
  short: ${JSON.stringify('`` @org/everyone ![x](https://evil.example/x.png)')}
`,
  'deploy/a`b](javascript:alert(1)).yaml': configMap('hostile', 'backtick', { a: 'b' }),
  'deploy/new\nline @org #1.yaml': configMap('hostile', 'newline', { a: 'b' }),
  'deploy/\u001b[31mred.yaml': configMap('hostile', 'ansi', { a: 'b' }),
};

const refused = {
  'deploy/refused.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: refused
  namespace: hostile
  annotations:
    "evil.example/@org/everyone": "x"
data:
  "@org fixes #1 ![x](https://evil.example/x.png)": "x"
`,
  'deploy/kind.yaml': 'apiVersion: "@org/everyone"\nkind: "</details>`fixes #1"\nmetadata: {name: x}\n',
  'deploy/yaml.yaml': '"@org/everyone fixes #1": [\n/fairlead apply 00000000\n',
};

/** What the forge reads as Markdown: fenced blocks and code spans taken out, as CommonMark finds them. */
function withoutCode(markdown: string): string {
  return markdown
    .replaceAll('\\`', '')
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1`*\s*$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
}
