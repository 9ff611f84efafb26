/** The Git port against real git over HTTP. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectGit } from '../../src/adapters/git/connect-git.ts';
import { parseSha, type RepositoryRef, type Sha } from '../../src/domain/forge.ts';
import type { Git } from '../../src/ports/git.ts';
import { type Origin, startOrigin } from './git-origin.ts';

const repository: RepositoryRef = { forge: 'hub', id: '4711', fullName: 'acme/shop' };
const never = new AbortController().signal;
const absent = sha('0123456789012345678901234567890123456789');
const fast = { retryDelays: [10, 10] };

let origin: Origin;
let data: string;
let git: Git;

beforeEach(async () => {
  origin = await startOrigin();
  data = await mkdtemp(join(tmpdir(), 'fairlead-git-'));
  git = connectGit({ folder: data, limits: fast });
});

afterEach(async () => {
  await origin.stop();
  await rm(data, { recursive: true, force: true });
});

function sha(text: string): Sha {
  const parsed = parseSha(text);
  if (parsed === undefined) throw new Error(`no object id: ${text}`);
  return parsed;
}

async function fetchMain(commits: readonly Sha[] = [], branch = 'main') {
  return git.fetch(repository, origin.remote, { branch, commits }, never);
}

async function filesOf(commit: Sha): Promise<Record<string, string>> {
  const listing = await git.listTree(repository, commit);
  if (listing.kind !== 'listed') throw new Error(listing.kind);
  const blobs = await git.readBlobs(
    repository,
    listing.entries.map((entry) => entry.blob),
    1_000_000,
  );
  return Object.fromEntries(
    listing.entries.map((entry) => {
      const blob = blobs.get(entry.blob);
      return [entry.path, blob?.kind === 'content' ? Buffer.from(blob.bytes).toString() : `${blob?.kind}`];
    }),
  );
}

describe('fetch', () => {
  it('brings the branch and says where it is, now and after it moved', async () => {
    const first = await origin.commit('main', { 'a.yaml': 'one' });
    expect(await fetchMain()).toEqual({ known: true, value: { head: first } });
    const second = await origin.commit('main', { 'a.yaml': 'two' });
    expect(await fetchMain()).toEqual({ known: true, value: { head: second } });
    expect(await filesOf(second)).toEqual({ 'a.yaml': 'two' });
    expect(await filesOf(first)).toEqual({ 'a.yaml': 'one' });
  });

  it('follows a force-push', async () => {
    const first = await origin.commit('main', { 'a.yaml': 'one' });
    await fetchMain();
    const other = await origin.commit('main', { 'a.yaml': 'other' }, { parents: [] });
    expect(await fetchMain()).toEqual({ known: true, value: { head: other } });
    expect(await git.firstParentRange(repository, first, other)).toEqual({ kind: 'not-ancestor' });
  });

  it('brings commits no branch names any more', async () => {
    const main = await origin.commit('main', { 'a.yaml': 'one' });
    const head = await origin.commit('topic', { 'a.yaml': 'two' }, { parents: [main] });
    origin.git('update-ref', '-d', 'refs/heads/topic');
    expect(await fetchMain([head])).toEqual({ known: true, value: { head: main } });
    expect(await filesOf(head)).toEqual({ 'a.yaml': 'two' });
  });

  it('says not-found for a branch the remote does not have, even one it had before', async () => {
    await origin.commit('main', { 'a.yaml': 'one' });
    await origin.commit('topic', { 'a.yaml': 'two' });
    expect(await fetchMain([], 'topic')).toMatchObject({ known: true });
    origin.git('update-ref', '-d', 'refs/heads/topic');
    expect(await fetchMain([], 'topic')).toEqual({
      known: false,
      why: 'not-found',
      detail: 'there is no branch topic',
    });
  });

  it('takes a branch in the place of a folder of branches', async () => {
    await origin.commit('release', { 'a.yaml': 'one' });
    await fetchMain([], 'release');
    origin.git('update-ref', '-d', 'refs/heads/release');
    const below = await origin.commit('release/1', { 'a.yaml': 'two' });
    expect(await fetchMain([], 'release/1')).toEqual({ known: true, value: { head: below } });
  });

  it('says not-found, naming it, for a commit the remote does not have', async () => {
    await origin.commit('main', { 'a.yaml': 'one' });
    const answer = await fetchMain([absent]);
    expect(answer).toMatchObject({ known: false, why: 'not-found' });
    expect(answer).toHaveProperty('detail', expect.stringContaining(absent));
  });

  it('fetches no tags and writes no FETCH_HEAD', async () => {
    const main = await origin.commit('main', { 'a.yaml': 'one' });
    origin.git('tag', 'v1', main);
    origin.git('tag', 'main', main);
    await fetchMain();
    const mirror = join(data, 'hub', '4711.git');
    const refs = execFileSync('git', ['--git-dir', mirror, 'for-each-ref', '--format=%(refname)'], {
      encoding: 'utf8',
    });
    expect(refs.trim().split('\n')).toEqual([expect.stringMatching(/^refs\/fairlead\/branches\/[0-9a-f]{64}$/u)]);
    expect(await readdir(mirror)).not.toContain('FETCH_HEAD');
  });

  it('takes the branch, not the tag, where both have one name, and a branch named like a commit (H50)', async () => {
    const old = await origin.commit('main', { 'a.yaml': 'one' });
    origin.git('update-ref', 'refs/tags/main', old);
    const main = await origin.commit('main', { 'a.yaml': 'two' });
    origin.git('update-ref', `refs/heads/${old}`, main);
    expect(await fetchMain()).toEqual({ known: true, value: { head: main } });
    expect(await fetchMain([], old)).toEqual({ known: true, value: { head: main } });
  });

  it('keeps branches apart that differ only in Unicode form (H50)', async () => {
    const composed = await origin.commit('caf\u00e9', { 'a.yaml': 'one' });
    const decomposed = await origin.commit('cafe\u0301', { 'a.yaml': 'two' });
    expect(await fetchMain([], 'caf\u00e9')).toEqual({ known: true, value: { head: composed } });
    expect(await fetchMain([], 'cafe\u0301')).toEqual({ known: true, value: { head: decomposed } });
  });

  it.each([
    '-oProxyCommand=touch /tmp/x',
    '--upload-pack=touch /tmp/x',
    'a..b',
    'x@{1}',
    'main\n',
    'HEAD',
    '',
    'a'.repeat(256),
    'refs/heads/*',
    'a b',
    'a\u0000b',
    'a.lock',
    '../x',
    '\ud800',
  ])('never hands git the branch name %j (H50)', async (branch) => {
    expect(await fetchMain([], branch)).toMatchObject({ known: false, why: 'malformed' });
    expect(origin.requests).toEqual([]);
  });

  it('runs fetches of one repository one after the other', async () => {
    const heads: Sha[] = [];
    for (const name of ['a', 'b', 'c', 'd']) heads.push(await origin.commit(name, { 'a.yaml': name }));
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => fetchMain([], name)));
    expect(answers).toEqual(heads.map((head) => ({ known: true, value: { head } })));
  });

  it('throws the reason of the signal when aborted', async () => {
    await origin.commit('main', { 'a.yaml': 'one' });
    origin.fail({ kind: 'hang' }, 1);
    const abort = new AbortController();
    const waiting = git.fetch(repository, origin.remote, { branch: 'main', commits: [] }, abort.signal);
    setTimeout(() => abort.abort(new Error('draining')), 200);
    await expect(waiting).rejects.toThrow('draining');
    expect(await fetchMain()).toMatchObject({ known: true });
  });
});

describe('a remote that says no', () => {
  beforeEach(async () => {
    await origin.commit('main', { 'a.yaml': 'one' });
  });

  it.each([
    [401, 'forbidden'],
    [403, 'forbidden'],
    [404, 'forbidden'],
    [429, 'throttled'],
    [500, 'unreachable'],
    [502, 'unreachable'],
  ] as const)('answers %i: %s', async (status, why) => {
    origin.fail({ kind: 'status', status }, 10);
    expect(await fetchMain()).toMatchObject({ known: false, why });
  });

  it('tries again after a dropped connection and a 502, three times in all', async () => {
    origin.fail({ kind: 'drop' }, 1);
    expect(await fetchMain()).toMatchObject({ known: true });
    const before = origin.requests.length;
    origin.fail({ kind: 'status', status: 502 }, 100);
    expect(await fetchMain()).toMatchObject({ known: false, why: 'unreachable' });
    expect(origin.requests.length - before).toBe(3);
  });

  it('says unreachable when nobody listens', async () => {
    const remote = { ...origin.remote, url: 'http://127.0.0.1:9/shop.git' };
    const answer = await git.fetch(repository, remote, { branch: 'main', commits: [] }, never);
    expect(answer).toMatchObject({ known: false, why: 'unreachable' });
  });

  it('says timeout when the remote does not answer', async () => {
    origin.fail({ kind: 'hang' }, 1);
    const impatient = connectGit({ folder: data, limits: { timeout: 300, retryDelays: [] } });
    const answer = await impatient.fetch(repository, origin.remote, { branch: 'main', commits: [] }, never);
    expect(answer).toMatchObject({ known: false, why: 'timeout' });
  });

  it('does not follow a redirect with the token', async () => {
    const elsewhere = await startOrigin();
    origin.fail(
      { kind: 'status', status: 302, location: `${elsewhere.remote.url}/info/refs?service=git-upload-pack` },
      5,
    );
    expect(await fetchMain()).toMatchObject({ known: false, why: 'unreachable' });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
  });

  it.each([
    'file:///etc',
    'ssh://git@host/x',
    'ext::sh -c id',
    '/etc',
    '-oProxyCommand=x',
    'https://user:secret@host/x',
  ])('refuses the remote %s', async (url) => {
    const answer = await git.fetch(repository, { url, headers: {} }, { branch: 'main', commits: [] }, never);
    expect(answer).toMatchObject({ known: false, why: 'malformed' });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('stops at the size limit of a mirror and says so (H63)', async () => {
    const small = connectGit({ folder: data, limits: { ...fast, mirrorBytes: 50 } });
    const answer = await small.fetch(repository, origin.remote, { branch: 'main', commits: [] }, never);
    expect(answer).toMatchObject({ known: false, why: 'malformed', detail: expect.stringContaining('50 bytes') });
  });
});

describe('the token', () => {
  it('stands in no error text and no file of the mirror', async () => {
    await origin.commit('main', { 'a.yaml': 'one' });
    await fetchMain();
    const wrong = { ...origin.remote, headers: { Authorization: `Basic ${btoa('x-access-token:wrong-token-123')}` } };
    const answer = await git.fetch(repository, wrong, { branch: 'main', commits: [] }, never);
    expect(answer).toMatchObject({ known: false, why: 'forbidden' });
    expect(JSON.stringify(answer)).not.toContain('wrong-token-123');
    const mirror = join(data, 'hub', '4711.git');
    for (const entry of await readdir(mirror, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
      expect(text).not.toContain(origin.token);
      expect(text).not.toContain(origin.remote.headers['Authorization']?.slice(6));
    }
  });

  it('is refused as a header that would begin another one', async () => {
    const remote = { ...origin.remote, headers: { Authorization: 'Basic abc\r\nX-Evil: 1' } };
    const answer = await git.fetch(repository, remote, { branch: 'main', commits: [] }, never);
    expect(answer).toMatchObject({ known: false, why: 'malformed' });
    expect(origin.requests).toEqual([]);
  });
});

describe('a mirror that was hurt', () => {
  const mirror = () => join(data, 'hub', '4711.git');
  let first: Sha;

  beforeEach(async () => {
    first = await origin.commit('main', { 'a.yaml': 'one' });
    await fetchMain();
    // As after a restart: a new process that knows nothing of the old one.
    git = connectGit({ folder: data, limits: fast });
  });

  async function expectWhole(): Promise<void> {
    const second = await origin.commit('main', { 'a.yaml': 'two' });
    expect(await fetchMain([first])).toEqual({ known: true, value: { head: second } });
    expect(await filesOf(first)).toEqual({ 'a.yaml': 'one' });
    expect(await filesOf(second)).toEqual({ 'a.yaml': 'two' });
  }

  it('is freed from lock files and half packs of a killed process', async () => {
    for (const entry of await readdir(mirror(), { recursive: true, withFileTypes: true })) {
      if (/^[0-9a-f]{64}$/u.test(entry.name)) await writeFile(join(entry.parentPath, `${entry.name}.lock`), '');
    }
    for (const name of ['config.lock', 'packed-refs.lock', 'shallow.lock', 'objects/pack/tmp_pack_x']) {
      await writeFile(join(mirror(), name), 'half');
    }
    await expectWhole();
    expect((await readdir(join(mirror(), 'objects', 'pack'))).filter((name) => name.startsWith('tmp_'))).toEqual([]);
  });

  it.each([
    ['HEAD is gone', async () => rm(join(mirror(), 'HEAD'))],
    ['HEAD is empty', async () => writeFile(join(mirror(), 'HEAD'), '')],
    ['the configuration is rubbish', async () => writeFile(join(mirror(), 'config'), '[[[')],
    ['it is a file', async () => rm(mirror(), { recursive: true }).then(() => writeFile(mirror(), 'x'))],
    ['it is empty', async () => rm(mirror(), { recursive: true }).then(() => mkdir(mirror()))],
    ['its packs are empty', async () => truncatePacks()],
    ['its packs are gone', async () => rm(join(mirror(), 'objects', 'pack'), { recursive: true })],
    ['a ref is rubbish', async () => spoilRefs()],
  ])('is built anew when %s', async (_what, hurt) => {
    await hurt();
    await expectWhole();
  });

  it('is built anew by the next fetch when a read finds it broken', async () => {
    await fetchMain();
    await truncatePacks();
    await expect(filesOf(first)).rejects.toThrow(/mirror|git/u);
    expect(await fetchMain([first])).toEqual({ known: true, value: { head: first } });
    expect(await filesOf(first)).toEqual({ 'a.yaml': 'one' });
  });

  async function truncatePacks(): Promise<void> {
    const folder = join(mirror(), 'objects', 'pack');
    for (const name of await readdir(folder)) {
      await rm(join(folder, name), { force: true });
      await writeFile(join(folder, name), '');
    }
  }

  async function spoilRefs(): Promise<void> {
    const folder = join(mirror(), 'refs', 'fairlead', 'branches');
    for (const name of await readdir(folder)) await writeFile(join(folder, name), 'rubbish');
  }
});

describe('mergeTree', () => {
  it('gives the tree a merge would have', async () => {
    const start = await origin.commit('main', { 'a.yaml': 'one', 'b.yaml': 'one' });
    const head = await origin.commit('topic', { 'a.yaml': 'two', 'b.yaml': 'one' }, { parents: [start] });
    const base = await origin.commit('main', { 'a.yaml': 'one', 'b.yaml': 'two' });
    await fetchMain([head]);
    const merge = await git.mergeTree(repository, base, head);
    expect(merge.kind).toBe('merged');
    if (merge.kind === 'merged') expect(await filesOf(merge.tree)).toEqual({ 'a.yaml': 'two', 'b.yaml': 'two' });
  });

  it('names the paths in conflict, whatever their names', async () => {
    const odd = 'new\nline "quoted" ü.yaml';
    const start = await origin.commit('main', { [odd]: 'one', 'b.yaml': 'one' });
    const head = await origin.commit('topic', { [odd]: 'two', 'b.yaml': 'one' }, { parents: [start] });
    const base = await origin.commit('main', { [odd]: 'three', 'b.yaml': 'one' });
    await fetchMain([head]);
    expect(await git.mergeTree(repository, base, head)).toEqual({ kind: 'conflict', paths: [odd] });
  });

  it('is a conflict without paths for histories with nothing in common', async () => {
    const base = await origin.commit('main', { 'a.yaml': 'one' });
    const head = await origin.commit('topic', { 'b.yaml': 'two' }, { parents: [] });
    await fetchMain([head]);
    expect(await git.mergeTree(repository, base, head)).toEqual({ kind: 'conflict', paths: [] });
  });

  it('fails by name for a commit that was not fetched', async () => {
    const base = await origin.commit('main', { 'a.yaml': 'one' });
    await fetchMain();
    await expect(git.mergeTree(repository, base, absent)).rejects.toThrow(absent);
  });
});

describe('listTree and readBlobs', () => {
  it('tells files, executables, symlinks and submodules apart, under any name (H53, H60, H61)', async () => {
    const files = {
      'plain.yaml': 'x',
      'run.sh': { mode: '100755', content: '#!' },
      link: { mode: '120000', content: '/etc/passwd' },
      sub: { mode: '160000', content: absent },
      'new\nline`](javascript:x)\u001b[31m.yaml': 'odd',
      'tab\there "and" ünï.yaml': 'odd',
      '.gitmodules': '[submodule "x"]\n\tpath = sub\n\turl = ext::sh -c id\n\tupdate = !id\n',
      '.gitattributes': '* filter=lfs\n',
    } as const;
    const commit = await origin.commit('main', files);
    await fetchMain();
    const listing = await git.listTree(repository, await git.treeOf(repository, commit));
    if (listing.kind !== 'listed') throw new Error(listing.kind);
    expect(new Map(listing.entries.map((entry) => [entry.path, entry.mode]))).toEqual(
      new Map(
        Object.entries({
          'plain.yaml': 'file',
          'run.sh': 'executable',
          link: 'symlink',
          sub: 'submodule',
          'new\nline`](javascript:x)\u001b[31m.yaml': 'file',
          'tab\there "and" ünï.yaml': 'file',
          '.gitmodules': 'file',
          '.gitattributes': 'file',
        }),
      ),
    );
    expect(listing.entries.find((entry) => entry.path === 'sub')?.size).toBe(0);
    expect(listing.entries.find((entry) => entry.path === 'link')?.size).toBe(11);
  });

  it('gives bytes as they are, an LFS pointer as a pointer (H62)', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n';
    const commit = await origin.commit('main', {
      '.gitattributes': '* filter=lfs text eol=crlf\n',
      'binary.bin': { content: Buffer.from([0, 255, 10, 13, 0]) },
      'empty.yaml': '',
      'big.bin': pointer,
    });
    await fetchMain();
    expect(await filesOf(commit)).toMatchObject({ 'big.bin': pointer, 'empty.yaml': '' });
    const listing = await git.listTree(repository, commit);
    if (listing.kind !== 'listed') throw new Error(listing.kind);
    const id = listing.entries.find((entry) => entry.path === 'binary.bin')?.blob ?? absent;
    const blob = (await git.readBlobs(repository, [id, id], 100)).get(id);
    expect(blob).toEqual({ kind: 'content', bytes: new Uint8Array([0, 255, 10, 13, 0]) });
  });

  it('does not read a blob over the limit, and reads one of exactly the limit', async () => {
    const commit = await origin.commit('main', { 'big.yaml': 'x'.repeat(1001), 'fits.yaml': 'y'.repeat(1000) });
    await fetchMain();
    const listing = await git.listTree(repository, commit);
    if (listing.kind !== 'listed') throw new Error(listing.kind);
    const blobs = await git.readBlobs(
      repository,
      listing.entries.map((entry) => entry.blob),
      1000,
    );
    expect([...blobs.values()].map((blob) => blob.kind).sort()).toEqual(['content', 'too-large']);
    expect([...blobs.values()]).toContainEqual({ kind: 'too-large', size: 1001 });
  });

  it('reads many blobs in few processes', async () => {
    const files = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`d/${index}.yaml`, `n: ${index}\n`]));
    const commit = await origin.commit('main', files);
    await fetchMain();
    const started = performance.now();
    expect(await filesOf(commit)).toEqual(files);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('answers too-many for a tree over the limit instead of a cut list (H63)', async () => {
    const files = Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [`${index % 100}/${index}`, 'x']));
    const commit = await origin.commit('main', files);
    await fetchMain();
    expect(await git.listTree(repository, commit)).toEqual({ kind: 'too-many', limit: 100_000 });
  });

  it('fails by name for a blob that is not there', async () => {
    await origin.commit('main', { 'a.yaml': 'one' });
    await fetchMain();
    await expect(git.readBlobs(repository, [absent], 100)).rejects.toThrow(absent);
  });
});

describe('history', () => {
  it('gives first-parent commits after one up to another, oldest first', async () => {
    const one = await origin.commit('main', { 'a.yaml': '1' }, { message: 'one' });
    const side = await origin.commit('topic', { 'a.yaml': '1', 'b.yaml': '1' }, { message: 'side', parents: [one] });
    const two = await origin.commit('main', { 'a.yaml': '2' }, { message: 'two' });
    const merged = await origin.commit(
      'main',
      { 'a.yaml': '2', 'b.yaml': '1' },
      { message: 'merge', parents: [two, side] },
    );
    await fetchMain();
    const range = await git.firstParentRange(repository, one, merged);
    expect(range).toMatchObject({ kind: 'range', commits: [{ sha: two }, { sha: merged, parents: [two, side] }] });
    expect(await git.firstParentRange(repository, merged, merged)).toEqual({ kind: 'range', commits: [] });
    expect(await git.firstParentRange(repository, merged, one)).toEqual({ kind: 'not-ancestor' });
    expect(await git.firstParentRange(repository, absent, merged)).toEqual({ kind: 'not-ancestor' });
  });

  it('reads a commit with any message, also none', async () => {
    const message = 'Revert "x"\n\nThis reverts commit abc.\n\u001b[31m `odd` ünï\n';
    const sha = await origin.commit('main', { 'a.yaml': '1' }, { message });
    const empty = await origin.commit('main', { 'a.yaml': '2' }, { message: '' });
    await fetchMain();
    expect(await git.commit(repository, sha)).toEqual({
      sha,
      tree: origin.git('rev-parse', `${sha}^{tree}`),
      parents: [],
      message,
      committedAt: '2025-10-09T10:53:20+02:00',
    });
    expect(await git.commit(repository, empty)).toMatchObject({ message: '', parents: [sha] });
  });

  it('lets no replacement of an object through', async () => {
    const one = await origin.commit('main', { 'a.yaml': '1' }, { message: 'one' });
    const two = await origin.commit('main', { 'a.yaml': '2' }, { message: 'two' });
    await fetchMain();
    execFileSync('git', ['--git-dir', join(data, 'hub', '4711.git'), 'replace', two, one]);
    expect(await git.commit(repository, two)).toMatchObject({ message: 'two' });
  });
});

it('repacks after many fetches and loses nothing', async () => {
  const commits: Sha[] = [];
  for (let n = 0; n < 54; n += 1) {
    commits.push(await origin.commit('main', { 'a.yaml': `${n}` }));
    await fetchMain();
  }
  const packs = (await readdir(join(data, 'hub', '4711.git', 'objects', 'pack'))).filter((name) =>
    name.endsWith('.pack'),
  );
  expect(packs.length).toBeLessThan(20);
  const [first] = commits;
  expect(await filesOf(first ?? absent)).toEqual({ 'a.yaml': '0' });
});

it('keeps repositories apart by forge and id, and refuses an id that leads elsewhere', async () => {
  await origin.commit('main', { 'a.yaml': 'one' });
  for (const id of ['../evil', '.', 'a/b', '']) {
    const bad = { forge: 'hub', id, fullName: 'x/y' };
    await expect(git.fetch(bad, origin.remote, { branch: 'main', commits: [] }, never)).rejects.toThrow(RangeError);
  }
  expect(await readdir(data)).toEqual([]);
});
