/** From somebody's repository, in whatever form, to the same trees told again on a forge. */
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initBare } from '../git-http/bare-repository.ts';
import { git } from '../git-http/run-git.ts';
import { commitChanges } from '../git-http/write-commit.ts';
import { chooseCommits } from './choose-commits.ts';
import { manifestsOf } from './manifests.ts';
import { startGitHub } from '../github/start-github.ts';
import { configurationFile, pushRetold } from './retell.ts';
import { cloneSource } from './source.ts';

const who = { name: '', email: '', date: '2026-11-01T10:00:00Z' };
const crlf = 'a: 1\r\n';
let folder = '';
let origin = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-retell-'));
  origin = join(folder, 'origin.git');
  await mkdir(origin);
  await initBare(origin, 'nothing-here');
  const files = {
    'deploy/a.yaml': crlf,
    'deploy/.hidden/b.yaml': 'a: 1',
    'deploy/link.yaml': { mode: '120000' as const, content: 'a.yaml' },
    vendored: { mode: '160000' as const, commit: '1'.repeat(40) },
    '.gitattributes': '*.yaml text eol=lf\n',
    [configurationFile]: 'theirs',
  };
  await commitChanges(origin, 'refs/heads/trunk', undefined, files, {
    message: 'start',
    author: { ...who, name: 'A', email: 'a@b.c' },
    committer: { ...who, name: 'A', email: 'a@b.c' },
  });
});
afterAll(() => rm(folder, { recursive: true }));

it('clones a repository or a bundle whose HEAD names nothing', async () => {
  const head = (await git(origin, ['rev-parse', 'refs/heads/trunk'])).text.trim();
  expect(await cloneSource(origin, join(folder, 'clone-1.git'))).toBe(head);
  const bundle = join(folder, 'some.bundle');
  await git(origin, ['bundle', 'create', '--quiet', bundle, 'refs/heads/trunk']);
  expect(await cloneSource(bundle, join(folder, 'clone-2.git'))).toBe(head);
});

it('says what cannot be cloned', async () => {
  await expect(cloneSource(join(folder, 'nowhere'), join(folder, 'clone-3.git'))).rejects.toThrow(
    /nowhere cannot be cloned: /,
  );
  await expect(cloneSource('--upload-pack=touch x', join(folder, 'clone-4.git'))).rejects.toThrow('cannot be cloned');
});

it('pushes the whole tree with our configuration, on top of what is there', async () => {
  const history = join(folder, 'history.git');
  const head = await cloneSource(origin, history);
  const [commit] = await chooseCommits(history, head, { path: 'deploy', render: 'plain', count: 1 });
  const github = await startGitHub({ webhookSecret: 'a-secret-of-enough-length' });
  try {
    const { fullName, head: base } = await github.createRepository({
      owner: 'o',
      name: 'r',
      files: { [configurationFile]: 'base' },
    });
    github.addUser('player', { [fullName]: 'write' });
    const remote = { url: `${github.gitUrl}/${fullName}.git`, token: github.tokenFor('player') };
    const onto = { base: 'main', branch: 'replay-001', configuration: 'ours' };
    const told = await pushRetold(history, remote, commit ?? { sha: '', message: '', author: who }, onto);
    expect(await github.head(fullName, 'replay-001')).toBe(told);
    expect(await github.file(fullName, configurationFile, 'replay-001')).toBe('ours');
    expect(await github.file(fullName, 'deploy/a.yaml', 'replay-001')).toBe(crlf);
    const { directory } = github.repository(fullName);
    const [line] = (await git(directory, ['rev-list', '--parents', '-1', told])).text.trim().split('\n');
    expect(line).toBe(`${told} ${base}`);
    const names = (await git(directory, ['ls-tree', '-r', '--name-only', told])).text.trim().split('\n').sort();
    expect(names).toEqual([
      '.fairlead.yaml',
      '.gitattributes',
      'deploy/.hidden/b.yaml',
      'deploy/a.yaml',
      'deploy/link.yaml',
      'vendored',
    ]);
  } finally {
    await github.stop();
  }
});

it('lays the manifests out byte for byte, without what is hidden', async () => {
  const history = join(folder, 'files.git');
  const head = await cloneSource(origin, history);
  const made = await manifestsOf(history, head, { path: 'deploy', render: 'plain', kustomize: 'none' }, folder);
  if (made.kind !== 'there') throw new Error(made.why);
  expect(await readFile(join(made.target, 'a.yaml'), 'utf8')).toBe(crlf);
  await expect(stat(join(made.target, '.hidden'))).rejects.toThrow('ENOENT');
  const missing = await manifestsOf(
    history,
    head,
    { path: 'deploy', render: 'kustomize', kustomize: '/nowhere/kustomize' },
    folder,
  );
  expect(missing).toMatchObject({ kind: 'not-built' });
});
