import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSha, type Sha } from '../../domain/forge.ts';
import { inputDigest } from './input-digest.ts';
import { type BlobContent, type Closure, closureStep, startClosure } from './render-closure.ts';
import { touchedEnvironments } from './touched.ts';
import { type ClosureEntry, indexTree } from './tree-index.ts';

type Tree = Readonly<Record<string, string | { readonly mode: ClosureEntry['mode']; readonly text: string }>>;

function blobId(text: string): Sha {
  const sha = parseSha(createHash('sha1').update(text).digest('hex'));
  if (sha === undefined) throw new Error('no id');
  return sha;
}

function entriesOf(tree: Tree): ClosureEntry[] {
  return Object.entries(tree).map(([path, file]) =>
    typeof file === 'string'
      ? { path, mode: 'file', blob: blobId(file) }
      : { path, mode: file.mode, blob: blobId(file.text) },
  );
}

/** Runs the steps as the flow does, and counts them and the blobs read. */
function closureOf(
  tree: Tree,
  path: string,
  render: 'plain' | 'kustomize',
): Closure & { rounds: number; reads: number } {
  const texts = new Map(
    Object.values(tree)
      .map((file) => (typeof file === 'string' ? file : file.text))
      .map((text) => [blobId(text), text]),
  );
  const contents = new Map<Sha, BlobContent>();
  let state = startClosure(indexTree(entriesOf(tree)), path, render);
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const step = closureStep(state, contents);
    if (step.kind === 'done') return { ...step.closure, rounds, reads: contents.size };
    for (const blob of step.blobs) contents.set(blob, { kind: 'content', bytes: Buffer.from(texts.get(blob) ?? '') });
    state = step.state;
  }
  throw new Error('does not end');
}

const paths = (closure: Closure) => closure.files.map((file) => file.path);
const codes = (closure: Closure) => closure.findings.map((finding) => `${finding.code} ${finding.file}`);

describe('a plain environment', () => {
  it('takes .yaml, .yml and .json at any depth, and nothing of its neighbours', () => {
    const closure = closureOf(
      {
        'app/a.yaml': '',
        'app/b/c.yml': '',
        'app/d.json': '',
        'app/README.md': '',
        'app/x.yaml.tmpl': '',
        'app2/e.yaml': '',
        'app.yaml': '',
      },
      'app',
      'plain',
    );
    expect(paths(closure)).toEqual(['app/a.yaml', 'app/b/c.yml', 'app/d.json']);
    expect(closure.rounds).toBe(0);
  });

  it('takes the whole repository for the path ".", but dot files', () => {
    const closure = closureOf(
      { 'a.yaml': '', '.fairlead.yaml': '', '.github/workflows/ci.yml': '', 'b/.hidden/x.json': '' },
      '.',
      'plain',
    );
    expect(paths(closure)).toEqual(['a.yaml']);
    expect(closure.ignored).toEqual(['.fairlead.yaml', '.github/workflows/ci.yml', 'b/.hidden/x.json']);
  });

  it('takes files of a directory that itself lies below a dot directory', () => {
    expect(paths(closureOf({ '.deploy/prod/a.yaml': '' }, '.deploy/prod', 'plain'))).toEqual(['.deploy/prod/a.yaml']);
  });

  it.each([
    ['a file', { 'app/x.yaml': { mode: 'symlink', text: '/etc/passwd' } }, 'symlink-refused app/x.yaml'],
    ['a directory', { 'app/common': { mode: 'symlink', text: '../common' } }, 'symlink-refused app/common'],
    ['the environment itself', { app: { mode: 'symlink', text: 'other' } }, 'symlink-refused app'],
    ['a submodule', { 'app/sub': { mode: 'submodule', text: 'x' } }, 'submodule-refused app/sub'],
    ['the environment as a submodule', { app: { mode: 'submodule', text: 'x' } }, 'submodule-refused app'],
  ] as const)('refuses a link: %s (H53, H61)', (_what, link, finding) => {
    const closure = closureOf({ 'z.yaml': '', ...link }, 'app', 'plain');
    expect(codes(closure)).toEqual([finding]);
    expect(closure.files).toEqual([]);
  });

  it('lets a link be that holds no manifest', () => {
    const closure = closureOf(
      { 'app/a.yaml': '', 'app/CLAUDE.md': { mode: 'symlink', text: 'AGENTS.md' } },
      'app',
      'plain',
    );
    expect(codes(closure)).toEqual([]);
  });

  it.each(['gone', 'a.yaml', '../up', '/etc'])('says path-not-found for %s', (path) => {
    expect(codes(closureOf({ 'a.yaml': '' }, path, 'plain'))).toEqual([`path-not-found ${path}`]);
  });
});

describe('a kustomize environment', () => {
  const shop: Tree = {
    'base/kustomization.yaml': 'resources: [deployment.yaml, ../../shop/crds]\n',
    'base/deployment.yaml': 'kind: Deployment',
    'base/unused.yaml': 'unused',
    'crds/kustomization.yml': 'resources:\n- crd.yaml\n',
    'crds/crd.yaml': 'crd',
    'prod/kustomization.yaml': `
resources: [../base]
components: [../components/tls]
patches:
- path: patches/replicas.yaml
- {target: {kind: Deployment}, path: ../shared/patch.yaml}
configMapGenerator:
- name: settings
  files: [app.ini=../shared/app.ini, ../shared/other.ini]
  envs: [../shared/vars.env]
openapi: {path: ../shared/schema.json}
replacements: [{path: ../shared/replace.yaml}]
images: [{name: nginx, newTag: "1"}]
`,
    'prod/patches/replicas.yaml': 'patch',
    'prod/note.txt': 'note',
    'components/tls/Kustomization': 'kind: Component\nresources: [cert.yaml]',
    'components/tls/cert.yaml': 'cert',
    'shared/patch.yaml': 'p',
    'shared/app.ini': 'i',
    'shared/other.ini': 'o',
    'shared/vars.env': 'v',
    'shared/schema.json': 's',
    'shared/replace.yaml': 'r',
    'shared/unrelated.yaml': 'u',
    'staging/kustomization.yaml': 'resources: [../base]',
  };

  it('follows bases, components, patches, generator files and schemas', () => {
    const closure = closureOf(shop, 'prod', 'kustomize');
    expect(paths(closure)).toEqual([
      'base/deployment.yaml',
      'base/kustomization.yaml',
      'components/tls/Kustomization',
      'components/tls/cert.yaml',
      'prod/kustomization.yaml',
      'prod/note.txt',
      'prod/patches/replicas.yaml',
      'shared/app.ini',
      'shared/other.ini',
      'shared/patch.yaml',
      'shared/replace.yaml',
      'shared/schema.json',
      'shared/vars.env',
    ]);
    expect(closure.findings).toEqual([]);
  });

  it('reads kustomizations only', () => {
    expect(closureOf(shop, 'prod', 'kustomize').reads).toBe(3);
  });

  it('follows through several directories, in rounds', () => {
    const tree = {
      'a/kustomization.yaml': 'resources: [../b]',
      'b/kustomization.yaml': 'resources: [../c] # b',
      'c/kustomization.yaml': 'resources: [x.yaml]',
      'c/x.yaml': 'x',
    };
    expect(paths(closureOf(tree, 'a', 'kustomize'))).toEqual(Object.keys(tree));
  });

  it('ends when directories name each other or themselves', () => {
    const tree = {
      'a/kustomization.yaml': 'resources: [../b, ., ../a]\ntransformers: [kustomization.yaml]',
      'b/kustomization.yaml': 'resources: [../a]',
    };
    expect(paths(closureOf(tree, 'a', 'kustomize'))).toEqual(Object.keys(tree));
  });

  it('follows files named by plugin files and inline plugins, and fields in any case', () => {
    const tree = {
      'a/kustomization.yaml':
        'Transformers:\n- ../plugins/t.yaml\ngenerators:\n- |-\n  kind: ConfigMapGenerator\n  files: [../data/inline.txt]\nReSources: [../data/r.yaml]',
      'plugins/t.yaml': 'kind: PatchTransformer\npath: ../data/patch.yaml',
      'data/inline.txt': '1',
      'data/patch.yaml': '2',
      'data/r.yaml': '3',
      'data/other.yaml': '4',
    };
    expect(paths(closureOf(tree, 'a', 'kustomize'))).toEqual([
      'a/kustomization.yaml',
      'data/inline.txt',
      'data/patch.yaml',
      'data/r.yaml',
      'plugins/t.yaml',
    ]);
  });

  it.each([
    ['file', { 'x.yaml': { mode: 'symlink', text: '/etc/passwd' } }, '../x.yaml', 'symlink-refused x.yaml'],
    ['directory', { base: { mode: 'symlink', text: '/var/run' } }, '../base', 'symlink-refused base'],
    [
      'path through a link',
      { base: { mode: 'symlink', text: '/var/run' } },
      '../base/secrets/token',
      'symlink-refused base',
    ],
    ['submodule', { base: { mode: 'submodule', text: 'x' } }, '../base/app', 'submodule-refused base'],
  ] as const)('refuses a link it names: %s (H53, H61)', (_what, link, named, finding) => {
    const closure = closureOf({ 'a/kustomization.yaml': `resources: ["${named}"]`, ...link }, 'a', 'kustomize');
    expect(codes(closure)).toEqual([finding]);
    expect(paths(closure)).toEqual(['a/kustomization.yaml']);
  });

  it('refuses a kustomization that is a link, and lets a link be that nobody names', () => {
    const tree = {
      'a/kustomization.yaml': { mode: 'symlink', text: '../b/kustomization.yaml' },
      'a/README': { mode: 'symlink', text: '../README' },
    } as const;
    expect(codes(closureOf(tree, 'a', 'kustomize'))).toEqual(['symlink-refused a/kustomization.yaml']);
  });

  it('leaves out what leads elsewhere or is not there', () => {
    const tree = { 'a/kustomization.yaml': 'resources: [../../../etc, /etc/passwd, https://x/y, gone.yaml, ""]' };
    expect(paths(closureOf(tree, 'a', 'kustomize'))).toEqual(['a/kustomization.yaml']);
  });

  it.each(['resources: [a.yaml', '\t- x', '&a [*a, *a]', '[', '\u0000', ''])(
    'survives the malformed kustomization %j',
    (text) => {
      expect(paths(closureOf({ 'a/kustomization.yaml': text }, 'a', 'kustomize'))).toEqual(['a/kustomization.yaml']);
    },
  );

  it('survives an alias bomb and a hundred thousand brackets in little time (H58)', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.replaceAll(/./gu, (l) => `${l}: &${l} [${`*${String.fromCodePoint((l.codePointAt(0) ?? 0) - 1)},`.repeat(9)}]\n`)}`;
    const started = performance.now();
    closureOf({ 'a/kustomization.yaml': bomb }, 'a', 'kustomize');
    closureOf({ 'a/kustomization.yaml': '['.repeat(100_000) }, 'a', 'kustomize');
    closureOf({ 'a/kustomization.yaml': '- '.repeat(100_000) }, 'a', 'kustomize');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('says file-too-large for a kustomization over the limit', () => {
    const tree = { 'a/kustomization.yaml': `# ${'x'.repeat(1024 * 1024)}` };
    expect(codes(closureOf(tree, 'a', 'kustomize'))).toEqual(['file-too-large a/kustomization.yaml']);
    const state = startClosure(indexTree(entriesOf(tree)), 'a', 'kustomize');
    const step = closureStep(state, new Map([[blobId(tree['a/kustomization.yaml']), { kind: 'too-large', size: 5 }]]));
    expect(step.kind === 'done' && codes(step.closure)).toEqual(['file-too-large a/kustomization.yaml']);
  });

  it('gives the same answer when a step is repeated on the same state', () => {
    const state = startClosure(indexTree(entriesOf(shop)), 'prod', 'kustomize');
    expect(closureStep(state, new Map())).toEqual(closureStep(state, new Map()));
  });

  it('is quick for a thousand environments in a large tree', () => {
    const tree: Record<string, string> = {};
    for (let n = 0; n < 1000; n += 1) for (let m = 0; m < 20; m += 1) tree[`envs/e${n}/f${m}.yaml`] = `${n}`;
    const index = indexTree(entriesOf(tree));
    const started = performance.now();
    for (let n = 0; n < 1000; n += 1) {
      const step = closureStep(startClosure(index, `envs/e${n}`, 'plain'), new Map());
      if (step.kind === 'done') inputDigest(step.closure.files);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('what a pull request touches', () => {
  const digest = (tree: Tree) => inputDigest(closureOf(tree, 'prod', 'kustomize').files);
  const before = { 'prod/kustomization.yaml': 'resources: [../base/x.yaml]', 'base/x.yaml': '1', 'base/y.yaml': '1' };

  it.each([
    ['a neighbour changes', { ...before, 'base/y.yaml': '2' }, false],
    ['a file it reads changes', { ...before, 'base/x.yaml': '2' }, true],
    ['a file comes', { ...before, 'prod/new.yaml': '2' }, true],
    ['a file it reads goes', { 'prod/kustomization.yaml': before['prod/kustomization.yaml'] }, true],
    ['a mode changes', { ...before, 'base/x.yaml': { mode: 'executable', text: '1' } }, true],
    ['nothing changes, listed in another order', Object.fromEntries(Object.entries(before).reverse()), false],
  ] as const)('%s', (_what, after, touched) => {
    const inputs = [{ environment: 'prod', before: digest(before), after: digest(after) }];
    expect(touchedEnvironments(inputs)).toEqual(touched ? ['prod'] : []);
  });

  it('touches an environment whose directory comes or goes, and not one that is nowhere', () => {
    expect(
      touchedEnvironments([
        { environment: 'comes', before: undefined, after: 'x' },
        { environment: 'goes', before: 'x', after: undefined },
        { environment: 'nowhere', before: undefined, after: undefined },
      ]),
    ).toEqual(['comes', 'goes']);
  });

  it('does not mistake one file for two by an odd name', () => {
    const one = entriesOf({ 'a\nfile': '1' });
    const two = entriesOf({ a: '1', file: '1' });
    expect(inputDigest(one)).not.toBe(inputDigest(two));
  });
});
