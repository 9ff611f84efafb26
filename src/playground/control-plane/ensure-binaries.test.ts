/** Getting binaries, with stand-ins for Go and for the publishers: nothing is built and nobody outside is asked. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildBinary } from './build-binary.ts';
import { downloadBinary, sumMatches } from './download-binary.ts';
import { ensureBinaries } from './ensure-binaries.ts';
import { cachedBinary, findBinary, moduleFolder } from './find-binary.ts';
import { type Download, TOOL_NAMES, TOOLS } from './tools.ts';

let folder = '';
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binaries-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** An executable in `folder` that is this shell script. */
function program(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const { kubectl, kustomize } = TOOLS;
const quiet = (): void => undefined;

describe('the pinned tools', () => {
  it.each(TOOL_NAMES)('%s has the version and the package of its go.mod, and sums for all it takes', (name) => {
    const tool = TOOLS[name];
    const goMod = readFileSync(join(moduleFolder(tool), 'go.mod'), 'utf8');
    expect(goMod).toMatch(new RegExp(`^(require|\\t| )*${tool.modulePath} ${tool.version}( // indirect)?$`, 'm'));
    expect(goMod).toMatch(new RegExp(`^(tool )?\\s*${tool.package}$`, 'm'));
    const goSum = readFileSync(join(moduleFolder(tool), 'go.sum'), 'utf8');
    expect(goSum).toContain(`${tool.modulePath} ${tool.version} h1:`);
  });
});

describe('findBinary', () => {
  it('prefers KUBEBUILDER_ASSETS, then PATH, then the cache', async () => {
    const env = { PATH: join(folder, 'path'), FAIRLEAD_CACHE: join(folder, 'cache'), KUBEBUILDER_ASSETS: '' };
    expect(await findBinary(kubectl, env)).toBeUndefined();
    const cached = cachedBinary(kubectl, env);
    expect(cached).toMatch(/cache\/bin\/kubectl-v1\.36\.3-[0-9a-f]{12}\/kubectl$/);
    mkdirSync(dirname(cached), { recursive: true });
    writeFileSync(cached, '', { mode: 0o755 });
    expect(await findBinary(kubectl, env)).toBe(cached);
    const onPath = program('path/kubectl', 'echo "Client Version: v1.32.4-dispatcher"');
    expect(await findBinary(kubectl, env)).toBe(onPath);
    const asset = program('assets/kubectl', 'exit 1');
    expect(await findBinary(kubectl, { ...env, KUBEBUILDER_ASSETS: join(folder, 'assets') })).toBe(asset);
  });

  it.each([
    ['too old', 'echo "Client Version: v1.29.9"'],
    ['of an older major version', 'echo v0.99.0'],
    ['broken', 'echo "error while loading shared libraries" >&2; exit 127'],
  ])('passes over one on PATH that is %s', async (_, script) => {
    program('path/kubectl', script);
    expect(await findBinary(kubectl, { PATH: join(folder, 'path'), FAIRLEAD_CACHE: folder })).toBeUndefined();
  });

  it('does not take a file that cannot be run, nor a folder of that name', async () => {
    mkdirSync(join(folder, 'one', 'kubectl'), { recursive: true });
    mkdirSync(join(folder, 'two'));
    writeFileSync(join(folder, 'two', 'kubectl'), 'text', { mode: 0o644 });
    const env = { PATH: `${join(folder, 'one')}:${join(folder, 'two')}:`, FAIRLEAD_CACHE: folder };
    expect(await findBinary(kubectl, env)).toBeUndefined();
  });
});

describe('buildBinary', () => {
  it('builds the pinned package with its version set', async () => {
    // Writes its arguments to the file after -o.
    program(
      'go',
      'if [ "$1" = env ]; then echo go1.26.8; else all="$*"; while [ "$1" != -o ]; do shift; done; echo "$all" > "$2"; pwd >> "$2"; fi',
    );
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    const target = join(folder, 'cache', 'kustomize');
    const progress: string[] = [];
    expect(await buildBinary(kustomize, target, (line) => progress.push(line))).toEqual({ kind: 'made' });
    const said = readFileSync(target, 'utf8');
    expect(said).toContain('-X sigs.k8s.io/kustomize/api/provenance.version=v5.8.1');
    expect(said).toContain('sigs.k8s.io/kustomize/kustomize/v5\n');
    expect(said).toContain(moduleFolder(kustomize));
    expect(progress).toEqual(['building kustomize v5.8.1 (about ten seconds, once) …']);
    expect(readdirSync(dirname(target))).toEqual(['kustomize']);
  });

  it('leaves nothing of a build that failed and says what it printed', async () => {
    program(
      'go',
      'if [ "$1" = env ]; then echo go1.27; else touch "$OUT"; echo "dial tcp: no route to host" >&2; exit 1; fi',
    );
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    const target = join(folder, 'cache', 'kustomize');
    const made = await buildBinary(kustomize, target, quiet);
    expect(made).toMatchObject({ kind: 'cannot', why: expect.stringContaining('no route to host') });
    expect(readdirSync(dirname(target))).toEqual([]);
  });

  it.each([
    ['go1.25.4', 'building it takes Go 1.26 or newer, PATH has go1.25.4'],
    ['', 'there is no Go on PATH to build it'],
  ])('does not try with Go %j', async (version, why) => {
    program('go', `echo ${version}`);
    vi.stubEnv('PATH', folder);
    expect(await buildBinary(kustomize, join(folder, 'out'), quiet)).toEqual({ kind: 'cannot', why });
  });
});

describe('downloadBinary', () => {
  const linux = { os: 'linux', arch: 'amd64' };
  const content = Buffer.from('#!/bin/sh\necho hello\n');
  const sum = createHash('sha256').update(content).digest('hex');

  /** A publisher that holds these paths; a string body that starts with `->` is a redirect. */
  async function publisher(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    const made = createServer((request, response) => {
      const body = files[request.url ?? ''];
      if (body === undefined) response.writeHead(404).end('not here');
      else if (typeof body === 'string' && body.startsWith('->'))
        response.writeHead(302, { location: body.slice(2) }).end();
      else response.end(body);
    });
    server = made;
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    const address = made.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  function toolAt(base: string, more: Partial<Download> = {}): typeof kubectl {
    const download = { url: () => `${base}/tool`, sums: () => `${base}/sums`, offeredFor: ['linux'], ...more };
    return { ...kubectl, download };
  }

  it('follows redirects, checks the sum and makes it executable', async () => {
    const base = await publisher({ '/tool': '->/elsewhere', '/elsewhere': content, '/sums': `${sum}\n` });
    const target = join(folder, 'cache', 'kubectl');
    expect(await downloadBinary(toolAt(base), target, linux, quiet)).toEqual({ kind: 'made' });
    expect((await execa(target)).stdout).toBe('hello');
    expect(readdirSync(dirname(target))).toEqual(['kubectl']);
  });

  it('takes the binary out of an archive', async () => {
    program('made/tool-v1/tool', 'echo from an archive');
    await execa('tar', ['-czf', join(folder, 'tool.tar.gz'), '-C', join(folder, 'made'), 'tool-v1']);
    const base = await publisher({ '/tool': readFileSync(join(folder, 'tool.tar.gz')) });
    const target = join(folder, 'cache', 'kubectl');
    const tool = toolAt(base, { sums: 'not-published', inArchive: () => 'tool-v1/tool' });
    expect(await downloadBinary(tool, target, linux, quiet)).toEqual({ kind: 'made' });
    expect((await execa(target)).stdout).toBe('from an archive');
  });

  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    ['the sum is another', { '/tool': content, '/sums': `${'0'.repeat(64)}\n` }, /does not match/],
    ['the sums do not name it', { '/tool': content, '/sums': `${sum}  other\n` }, /does not match/],
    ['the sums are missing', { '/tool': content }, /answered 404/],
    ['it is missing', { '/sums': sum }, /answered 404/],
    ['redirects never end', { '/tool': '->/tool', '/sums': sum }, /redirects/],
  ])('refuses when %s, and leaves nothing', async (_, files, why) => {
    const target = join(folder, 'cache', 'kubectl');
    const made = await downloadBinary(toolAt(await publisher(files)), target, linux, quiet);
    expect(made).toMatchObject({ kind: 'cannot', why: expect.stringMatching(why) });
    expect(readdirSync(dirname(target))).toEqual([]);
  });

  it('does not ask for what is not offered', async () => {
    const made = await downloadBinary(
      toolAt('http://unused.invalid'),
      join(folder, 'x'),
      { os: 'darwin', arch: 'arm64' },
      quiet,
    );
    expect(made).toEqual({ kind: 'cannot', why: 'its publisher offers no binary for darwin/arm64' });
  });

  it('reads sums in the forms publishers use', () => {
    expect(sumMatches(content, sum.toUpperCase(), 'any')).toBe(true);
    expect(sumMatches(content, `${'1'.repeat(64)}  a\n${sum} *b\n`, 'b')).toBe(true);
    expect(sumMatches(content, `${sum}  a`, 'b')).toBe(false);
    expect(sumMatches(content, '', 'b')).toBe(false);
  });
});

describe('ensureBinaries', () => {
  it('builds once and finds it then', async () => {
    program(
      'go',
      `if [ "$1" = env ]; then echo go1.26.0; else echo x >> ${join(folder, 'builds')}; while [ "$1" != -o ]; do shift; done; echo > "$2"; chmod +x "$2"; fi`,
    );
    vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
    vi.stubEnv('KUBEBUILDER_ASSETS', '');
    vi.stubEnv('FAIRLEAD_CACHE', join(folder, 'cache'));
    const [one, two] = await Promise.all([ensureBinaries(['kwok'], quiet), ensureBinaries(['kwok'], quiet)]);
    if (one.kind === 'unavailable' || two.kind === 'unavailable') throw new Error('unavailable');
    expect(one.path('kwok')).toBe(two.path('kwok'));
    expect(statSync(one.path('kwok')).isFile()).toBe(true);
    expect(readFileSync(join(folder, 'builds'), 'utf8')).toBe('x\n');
    expect(() => one.path('etcd')).toThrow('etcd was not asked for');
    expect(existsSync(join(folder, 'cache', 'bin', '.lock'))).toBe(false);
  });
});
