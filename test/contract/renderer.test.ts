/** The Renderer port against real kustomize and real kubectl. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectRenderer } from '../../src/adapters/render/connect-renderer.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { ensureBinaries } from '../../src/playground/control-plane/ensure-binaries.ts';
import type { Renderer, RenderOutcome } from '../../src/ports/renderer.ts';

const binaries = await ensureBinaries(['kustomize', 'kubectl'], (line) => void process.stderr.write(`${line}\n`));
if (binaries.kind === 'unavailable') {
  const sentence = `the renderer's contract did not run: ${binaries.why}`;
  if ((process.env['CI'] ?? '') !== '') throw new Error(sentence);
  process.stderr.write(`${sentence}\n`);
}

const never = new AbortController().signal;
const configMap = (name: string, value = '1') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "${value}"}\n`;

let temporary: string;
let server: Server;
let port = 0;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.end(configMap('stolen'));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
});
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'fairlead-renderer-test-'));
  requests.length = 0;
});
afterEach(async () => {
  // Whatever happened, no build folder stays.
  expect((await readdir(temporary)).filter((name) => name.startsWith('fairlead-render-'))).toEqual([]);
  await rm(temporary, { recursive: true, force: true });
});

async function render(
  renderer: Renderer,
  path: string,
  files: Readonly<Record<string, string>>,
  signal = never,
): Promise<RenderOutcome> {
  const list = Object.entries(files).map(([name, text]) => ({ path: name, bytes: Buffer.from(text) }));
  return renderer.kustomize({ path, files: list }, signal);
}

function findingOf(outcome: RenderOutcome): Finding {
  if (outcome.kind === 'rendered') throw new Error(`it rendered: ${outcome.text}`);
  return outcome.finding;
}

describe.skipIf(binaries.kind === 'unavailable').each(['kustomize', 'kubectl'] as const)(
  'rendering with %s',
  (tool) => {
    const connect = (limits = {}) =>
      connectRenderer({
        kustomize: binaries.kind === 'ready' ? binaries.path(tool) : tool,
        searchPath: '',
        temporaryFolder: temporary,
        limits,
      });

    it('builds an overlay over a base elsewhere in the repository', async () => {
      const outcome = await render(connect(), 'envs/prod', {
        'envs/prod/kustomization.yaml': 'resources: [../../base]\nnamePrefix: prod-\npatches:\n- path: replicas.yaml\n',
        'envs/prod/replicas.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {b: "2"}\n',
        'base/kustomization.yaml': 'resources: [cm.yaml]\n',
        'base/cm.yaml': configMap('settings'),
      });
      expect(outcome).toEqual({
        kind: 'rendered',
        text: 'apiVersion: v1\ndata:\n  a: "1"\n  b: "2"\nkind: ConfigMap\nmetadata:\n  name: prod-settings\n',
        tool: expect.stringMatching(
          tool === 'kubectl' ? /^kubectl kustomize v5\.\d+\.\d+$/u : /^kustomize v5\.\d+\.\d+$/u,
        ),
      });
    });

    it('builds the root of the repository, generators, components and built-in plugins', async () => {
      const outcome = await render(connect(), '.', {
        'kustomization.yaml': `
components: [tls]
configMapGenerator:
- {name: settings, files: [conf=a.ini], envs: [b.env], literals: ["URL=https://example.com/x?ref=1", "GIT=git@github.com:a/b.git"]}
commonAnnotations: {home: "https://example.com"}
transformers:
- |-
  apiVersion: builtin
  kind: PrefixTransformer
  metadata: {name: p}
  prefix: my-
  fieldSpecs: [{path: metadata/name}]
`,
        'a.ini': 'x',
        'b.env': 'K=v',
        'tls/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [cert.yaml]\n',
        'tls/cert.yaml': configMap('cert'),
      });
      expect(outcome).toMatchObject({
        kind: 'rendered',
        text: expect.stringMatching(/name: my-cert[\s\S]*URL: https:\/\/example\.com/u),
      });
    });

    it('names the file and line of what is malformed, and nothing of our disk', async () => {
      const finding = findingOf(
        await render(connect(), 'prod', {
          'prod/kustomization.yaml': 'resources: [../base]\n',
          'base/kustomization.yaml': 'resources: [good.yaml, broken.yaml]\n',
          'base/good.yaml': configMap('a'),
          'base/broken.yaml': 'a: b\n c: [\n',
        }),
      );
      expect(finding).toMatchObject({ code: 'render-failed', severity: 'error', file: 'base/broken.yaml', line: 2 });
      expect(finding.detail).toContain('mapping values are not allowed');
      expect(JSON.stringify(finding)).not.toContain(temporary);
    });

    it('passes on what the tool says about a wrong kustomization', async () => {
      const finding = findingOf(await render(connect(), 'prod', { 'prod/kustomization.yaml': 'bla: 1\n' }));
      expect(finding).toMatchObject({
        code: 'render-failed',
        file: 'prod/kustomization.yaml',
        detail: expect.stringContaining('unknown field "bla"'),
      });
      expect(finding.detail).not.toMatch(/\n|run\.go|^Error/u);
    });

    it('says so when a patch fits nothing', async () => {
      const files = {
        'prod/kustomization.yaml': 'resources: [cm.yaml]\npatches: [{path: p.yaml}]\n',
        'prod/cm.yaml': configMap('a'),
        'prod/p.yaml': configMap('b'),
      };
      const finding = findingOf(await render(connect(), 'prod', files));
      expect(finding.detail).toMatch(/no (?:matches|resource)/iu);
    });

    it.each([
      ['a resource over HTTP', 'resources: ["http://HOST/x.yaml"]', 1],
      ['a field in another case', 'namePrefix: a\nReSources: ["http://HOST/x.yaml"]', 2],
      ['HTTP in capitals', 'resources: ["HTTP://HOST/x.yaml"]', 1],
      ['a repository over HTTP', 'resources:\n- http://HOST/repo.git//base?ref=v1', 2],
      ['git::', 'bases: ["git::http://HOST/repo"]', 1],
      ['ssh', 'resources: ["ssh://git@127.0.0.1:HOST/x"]', 1],
      ['an scp-like address', 'resources: ["git@github.com:owner/name"]', 1],
      ['another user at another host', 'components: ["org-1@host.example:owner/name"]', 1],
      ['a well-known host', 'resources: [github.com/owner/name//base?ref=main]', 1],
      ['file://', 'resources: ["file:///etc"]', 1],
      ['an OCI artifact', 'resources: ["oci://HOST/x"]', 1],
      ['a generator file', 'configMapGenerator:\n- name: x\n  files: ["a=http://HOST/x"]', 3],
      ['a generator file without key', 'secretGenerator: [{name: x, files: ["http://HOST/x"]}]', 1],
      ['an env file', 'configMapGenerator: [{name: x, envs: ["http://HOST/x"]}]', 1],
      ['a patch', 'patches: [{path: "http://HOST/x"}]', 1],
      ['an old patch', 'patchesStrategicMerge: ["http://HOST/x"]', 1],
      ['a JSON patch', 'patchesJson6902: [{target: {version: v1, kind: A, name: b}, path: "http://HOST/x"}]', 1],
      ['a replacement', 'replacements: [{path: "http://HOST/x"}]', 1],
      ['a schema', 'openapi: {path: "http://HOST/x"}', 1],
      ['CRDs', 'crds: ["http://HOST/x"]', 1],
      ['a transformer configuration', 'configurations: ["http://HOST/x"]', 1],
      ['a transformer', 'transformers: ["http://HOST/x"]', 1],
      ['an alias', 'namePrefix: a\nx: &x "http://HOST/x"\nresources: [*x]', 2],
      ['a merge key', 'x: &x {resources: ["http://HOST/x"]}\n<<: *x', 1],
    ])('refuses to fetch: %s (H55)', async (_what, text, line) => {
      const kustomization = text.replaceAll('HOST', `127.0.0.1:${port}`);
      const files = { 'prod/kustomization.yaml': 'resources: [../base]', 'base/kustomization.yaml': kustomization };
      expect(findingOf(await render(connect(), 'prod', files))).toMatchObject({
        code: 'render-remote-base',
        severity: 'error',
        file: 'base/kustomization.yaml',
        line,
      });
      expect(requests).toEqual([]);
    });

    it.each([
      ['a file', 'transformers: [../plugins/t.yaml]', 'plugins/t.yaml'],
      ['a folder', 'generators: [../plugins]', 'plugins/t.yaml'],
      [
        'in place',
        "generators:\n- |-\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: x}\n  Files: ['a=http://HOST/x']",
        'prod/kustomization.yaml',
      ],
      [
        'in place on one line',
        'generators: ["{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [\'http://HOST/x\']}"]',
        'prod/kustomization.yaml',
      ],
    ])('refuses to fetch for a built-in plugin given as %s (H55)', async (_what, text, file) => {
      const host = (value: string) => value.replaceAll('HOST', `127.0.0.1:${port}`);
      const outcome = await render(connect(), 'prod', {
        'prod/kustomization.yaml': host(text),
        'plugins/kustomization.yaml': 'resources: [t.yaml]',
        'plugins/t.yaml': host(
          'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: "http://HOST/x"\n',
        ),
      });
      expect(findingOf(outcome)).toMatchObject({ code: 'render-remote-base', file });
      expect(requests).toEqual([]);
    });

    it('refuses a tag that hides a URL from a reader that does not decode it', async () => {
      const url = Buffer.from(`http://127.0.0.1:${port}/x`).toString('base64');
      const outcome = await render(connect(), '.', {
        'kustomization.yaml': `namePrefix: a\nresources: [!!binary ${url}]`,
      });
      expect(findingOf(outcome)).toMatchObject({ code: 'render-failed', file: 'kustomization.yaml', line: 2 });
      expect(requests).toEqual([]);
    });

    const functionFile = (annotation: string) =>
      `apiVersion: example.com/v1\nkind: Evil\nmetadata:\n  name: x\n  annotations:\n    ${annotation}\n`;
    it.each([
      ['Helm charts', 'helmCharts: [{name: x, repo: "https://charts.example"}]'],
      ['Helm in another case', 'HelmCharts: [{name: x}]'],
      ['the old Helm field', 'helmChartInflationGenerator: [{chartName: x}]'],
      ['a program', `generators:\n- ../f.yaml`],
      ['a plugin that is not built in', `transformers: [../plugin.yaml]`],
      ['a plugin in a list', `transformers: [../list.yaml]`],
      ['a Helm generator', `generators: [../helm.yaml]`],
      [
        'a function in place',
        `validators:\n- |-\n${functionFile('config.k8s.io/function: "container: {image: evil}"').replaceAll(/^/gmu, '  ')}`,
      ],
    ])('refuses to run: %s (H56)', async (_what, text) => {
      const outcome = await render(connect(), 'prod', {
        'prod/kustomization.yaml': text,
        'f.yaml': functionFile('config.kubernetes.io/function: "exec: {path: /bin/sh}"'),
        'plugin.yaml': 'apiVersion: someteam.example.com/v1\nkind: Evil\nmetadata: {name: x}',
        'list.yaml': 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: x/v1, kind: Evil, metadata: {name: x}}',
        'helm.yaml': 'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: x',
      });
      expect(findingOf(outcome)).toMatchObject({ code: 'render-plugin-refused', severity: 'error' });
    });

    it.each([
      ['an absolute file', 'configMapGenerator: [{name: x, files: [/etc/passwd]}]'],
      ['an absolute base', 'resources: [/etc]'],
      ['a file over the top', 'configMapGenerator: [{name: x, files: [../../../../../../etc/passwd]}]'],
      ['a base over the top', 'resources: [../../../../../../tmp]'],
      ['a patch over the top', 'patches: [{path: ../../../etc/hostname}]'],
      ['Windows separators', 'resources: ["..\\\\..\\\\etc"]'],
      ['what is not there', 'resources: [gone.yaml]'],
    ])('refuses to read outside the tree: %s (H54)', async (_what, text) => {
      const finding = findingOf(await render(connect(), 'prod', { 'prod/kustomization.yaml': text }));
      expect(finding).toMatchObject({ code: 'render-failed', file: 'prod/kustomization.yaml', line: 1 });
    });

    it('reads no file of this machine through a built-in plugin', async () => {
      const outcome = await render(connect(), '.', {
        'kustomization.yaml':
          'generators:\n- |-\n  {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [/etc/passwd]}\n',
      });
      expect(findingOf(outcome)).toMatchObject({ code: 'render-failed' });
      expect(JSON.stringify(outcome)).not.toContain('root:');
    });

    it('ends for directories that name each other', async () => {
      const files = { 'a/kustomization.yaml': 'resources: [../b]', 'b/kustomization.yaml': 'resources: [../a]' };
      expect(findingOf(await render(connect(), 'a', files))).toMatchObject({
        code: 'render-failed',
        detail: expect.stringContaining('cycle'),
      });
    });

    it.each([
      '/etc/x',
      '../x',
      'a/../../x',
      '.git/config',
      'a/.GIT/hooks/post-checkout',
      'a//b',
      './a',
      '',
      'a\0b',
      'x'.repeat(256),
    ])('lays out no file at %j (H54, H61)', async (path) => {
      const outcome = await render(connect(), '.', { 'kustomization.yaml': 'resources: []', [path]: 'x' });
      expect(findingOf(outcome)).toMatchObject({ code: 'render-failed', ...(path === '' ? {} : { file: path }) });
    });

    it('refuses a file that is also a folder, and takes odd names (H60)', async () => {
      const clash = { 'kustomization.yaml': 'resources: []', a: 'x', 'a/b': 'y' };
      expect(findingOf(await render(connect(), '.', clash))).toMatchObject({ code: 'render-failed', file: 'a' });
      const odd = {
        'kustomization.yaml': 'resources: [cm.yaml]',
        'cm.yaml': configMap('a'),
        'new\nline "`$(id)`.yaml': 'x',
        CM: '',
        cm: '',
      };
      expect(await render(connect(), '.', odd)).toMatchObject({ kind: 'rendered' });
    });

    it('says what to do where there is no kustomization or no directory', async () => {
      expect(findingOf(await render(connect(), 'prod', { 'prod/a.yaml': 'x' }))).toMatchObject({
        code: 'render-failed',
        fix: expect.stringContaining('plain'),
      });
      expect(findingOf(await render(connect(), 'prod', { 'a.yaml': 'x' }))).toMatchObject({
        code: 'path-not-found',
        file: 'prod',
      });
    });

    it.each(['resources: [', '\t', 'a: 1\na: 2', '['.repeat(100_000), '\ud800'])(
      'refuses a malformed kustomization',
      async (text) => {
        expect(findingOf(await render(connect(), '.', { 'kustomization.yaml': text }))).toMatchObject({
          code: 'render-failed',
        });
      },
    );

    it('survives an alias bomb in a kustomization (H58)', async () => {
      const levels = 'bcdefghij'.replaceAll(
        /./gu,
        (l) => `${l}: &${l} [${`*${String.fromCodePoint((l.codePointAt(0) ?? 0) - 1)},`.repeat(9)}]\n`,
      );
      const finding = findingOf(await render(connect(), '.', { 'kustomization.yaml': `a: &a [x,x,x]\n${levels}` }));
      expect(finding).toMatchObject({ code: 'render-failed', file: 'kustomization.yaml' });
    });

    it('stops at the output limit and says so', async () => {
      const files = { 'kustomization.yaml': 'resources: [cm.yaml]', 'cm.yaml': configMap('a', 'x'.repeat(5000)) };
      expect(findingOf(await render(connect({ outputBytes: 1000 }), '.', files))).toMatchObject({
        code: 'render-failed',
        detail: expect.stringContaining('1000 bytes'),
      });
    });
  },
);

describe('the tool', () => {
  const files = { 'kustomization.yaml': 'resources: [a.yaml]', 'a.yaml': configMap('a') };

  /** Shell built-ins only: PATH leads nowhere. */
  async function script(name: string, body: string): Promise<string> {
    const path = join(temporary, 'bin', name);
    await mkdir(join(temporary, 'bin'), { recursive: true });
    await writeFile(path, `#!/bin/sh\ncase "$1" in version) echo v9.9.9;; *) ${body};; esac\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('missing is a finding that says how to get it, until it is there', async () => {
    const searchPath = join(temporary, 'bin');
    const renderer = connectRenderer({ searchPath, temporaryFolder: temporary });
    expect(findingOf(await render(renderer, '.', files))).toMatchObject({
      code: 'render-tool-missing',
      fix: expect.stringContaining('install kustomize'),
    });
    await script('kustomize', 'echo "kind: A"');
    expect(await render(renderer, '.', files)).toEqual({
      kind: 'rendered',
      text: 'kind: A\n',
      tool: 'kustomize v9.9.9',
    });
  });

  it('is kustomize before kubectl, and the configured one before both, without a second choice', async () => {
    const searchPath = join(temporary, 'bin');
    await script('kubectl', 'echo kubectl');
    expect(await render(connectRenderer({ searchPath }), '.', files)).toMatchObject({ text: 'kubectl\n' });
    await script('kustomize', 'echo kustomize');
    expect(await render(connectRenderer({ searchPath }), '.', files)).toMatchObject({ text: 'kustomize\n' });
    const other = await script('my-kustomize', 'echo mine');
    expect(await render(connectRenderer({ searchPath, kustomize: other }), '.', files)).toMatchObject({
      text: 'mine\n',
    });
    const gone = connectRenderer({ searchPath, kustomize: '/nowhere/kustomize' });
    expect(findingOf(await render(gone, '.', files))).toMatchObject({
      code: 'render-tool-missing',
      detail: expect.stringContaining('/nowhere'),
    });
  });

  it('sees an empty environment', async () => {
    process.env['FAIRLEAD_TEST_SECRET'] = 'hunter2';
    const kustomize = await script('kustomize', 'export -p');
    const outcome = await render(
      connectRenderer({ searchPath: '', kustomize, temporaryFolder: temporary }),
      '.',
      files,
    );
    delete process.env['FAIRLEAD_TEST_SECRET'];
    expect(outcome).toMatchObject({ kind: 'rendered', text: expect.stringContaining('/nonexistent') });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  it('is ended at the time limit, and when the work is called off', async () => {
    const kustomize = await script('kustomize', 'while :; do :; done');
    const options = { searchPath: '', kustomize, temporaryFolder: temporary };
    const slow = connectRenderer({ ...options, limits: { timeout: 300 } });
    expect(findingOf(await render(slow, '.', files))).toMatchObject({
      code: 'render-timeout',
      detail: expect.stringContaining('0.3 s'),
    });
    const abort = new AbortController();
    const running = render(connectRenderer(options), '.', files, abort.signal);
    setTimeout(() => abort.abort(new Error('draining')), 200);
    await expect(running).rejects.toThrow('draining');
  });

  it('puts no control characters into a finding (H90)', async () => {
    const kustomize = await script('kustomize', String.raw`printf 'Error: \033[31mred\033[0m\a' >&2; exit 1`);
    const finding = findingOf(await render(connectRenderer({ searchPath: '', kustomize }), '.', files));
    expect(finding.detail).toBe('[31mred [0m');
  });
});
