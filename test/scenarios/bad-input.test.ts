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
      expect(await shop.planAtAGlance(pull)).toMatchInlineSnapshot();
      expect(await shop.annotations(pull.head, 'fairlead/bad')).toMatchInlineSnapshot();
    });

    it('keeps its environment from being touched, and no other', async () => {
      const sha = await shop.merge(pull);
      expect(await shop.checks(sha, 'fairlead/bad', 'fairlead/good')).toMatchInlineSnapshot();
      const there = await shop.cluster.names('configmaps');
      expect(there).toContain('settings');
      expect(there).not.toContain('same');
    });

    it('may be a file of fifty megabytes', async () => {
      const large = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n  a: ${'x'.repeat(50_000_000)}\n`;
      const huge = await shop.open('huge', { 'good/large.yaml': large });
      expect(await shop.planAtAGlance(huge)).toMatchInlineSnapshot();
    });
  });

  it('on purpose is inert wherever it is said (H60, H82)', async () => {
    const shop = world.repository('hostile');
    const pull = await shop.open('hostile', hostile, {
      title: 'Fix @org/everyone <!-- fairlead:plan -->',
      body: '/fairlead apply 00000000\n\nThis reverts commit 0000000.',
    });
    const plan = await shop.planComment(pull);
    expect(plan).toMatchInlineSnapshot();
    expect(await shop.mergeAndSee(pull)).toContain('success');
    await shop.comment(pull, 'Live at');
    for (const text of world.github.comments(shop.repo, pull.number).map(({ body }) => withoutCode(body))) {
      expect(text).not.toMatch(/@[\w-]|#\d|!\[|\]\(javascript|<img|\b(?:fixes|closes|resolves) #/i);
      expect(text).not.toMatch(/^\s*\/\w/m);
      expect(text.split('<details>').length).toBe(text.split('</details>').length);
    }
  });
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
    "evil.example/@org": ${JSON.stringify('`@org/everyone` fixes #1')}
data:
  text: ${JSON.stringify(text)}
  "@org": ${JSON.stringify('![x](https://evil.example/x.png)')}
`,
  'deploy/a`b](javascript:alert(1)).yaml': configMap('hostile', 'backtick', { a: 'b' }),
  'deploy/new\nline @org #1.yaml': configMap('hostile', 'newline', { a: 'b' }),
  'deploy/\u001b[31mred.yaml': configMap('hostile', 'ansi', { a: 'b' }),
};

/** What the forge reads as Markdown: fenced blocks and code spans taken out, as CommonMark finds them. */
function withoutCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1`*\s*$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
}
