/** Which commits are played, over repositories made here with git. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initBare } from '../git-http/bare-repository.ts';
import { commitChanges, type FileChanges } from '../git-http/write-commit.ts';
import { git } from '../git-http/run-git.ts';
import { chooseCommits, subjectOf } from './choose-commits.ts';

const who = { name: 'Ada', email: 'ada@example.org', date: '2026-11-01T10:00:00Z' };
let folder = '';
let head: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-history-'));
  head = undefined;
  await initBare(folder, 'main');
});
afterEach(() => rm(folder, { recursive: true }));

async function commit(message: string, files: FileChanges): Promise<string> {
  const made = await commitChanges(folder, 'refs/heads/main', head, files, { message, author: who, committer: who });
  head = made;
  return made;
}

async function chosen(path: string, render: 'plain' | 'kustomize' = 'plain', count = 15): Promise<readonly string[]> {
  const commits = await chooseCommits(folder, head ?? '', { path, render, count });
  return commits.map(subjectOf);
}

describe('a plain directory', () => {
  it('takes the last commits that touch it, oldest first', async () => {
    await commit('one', { 'deploy/a.yaml': '1' });
    await commit('elsewhere', { 'README.md': 'x', 'deployment/b.yaml': '1' });
    await commit('two', { 'deploy/sub/b.yaml': '1' });
    await commit('three', { 'deploy/a.yaml': null });
    expect(await chosen('deploy')).toEqual(['one', 'two', 'three']);
    expect(await chosen('deploy', 'plain', 2)).toEqual(['two', 'three']);
    expect(await chosen('.')).toEqual(['one', 'elsewhere', 'two', 'three']);
    expect(await chosen('nowhere')).toEqual([]);
  });

  it('counts a merge by what it brought to the first parent, and not the commits it brought', async () => {
    const start = await commit('start', { 'deploy/a.yaml': '1' });
    const side = await commitChanges(
      folder,
      'refs/heads/side',
      start,
      { 'deploy/a.yaml': '2' },
      { message: 'on the side', author: who, committer: who },
    );
    await commit('elsewhere', { 'README.md': 'x' });
    const tree = (await git(folder, ['rev-parse', `${side}^{tree}`])).text.trim();
    const env = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((one) => [
        [`GIT_${one}_NAME`, 'Ada'],
        [`GIT_${one}_EMAIL`, 'a@b.c'],
      ]),
    );
    const merged = await git(folder, ['commit-tree', tree, '-p', head ?? '', '-p', side, '-m', 'the merge'], { env });
    head = merged.text.trim();
    expect(await chosen('deploy')).toEqual(['start', 'the merge']);
  });

  it('reads messages and paths whatever is in them', async () => {
    await commit('subject\n\nbody with\n\nparagraphs\n', { 'deploy/ä "quoted"\tname.yaml': '1' });
    await commit('', { 'deploy/b.yaml': '1' });
    const commits = await chooseCommits(folder, head ?? '', { path: 'deploy', render: 'plain', count: 9 });
    expect(commits.map(({ message }) => message)).toEqual(['subject\n\nbody with\n\nparagraphs', '']);
    expect(commits.map(subjectOf)).toEqual(['subject', '(no message)']);
    expect(commits[0]?.author.name).toBe('Ada');
  });
});

describe('a kustomization', () => {
  it('is touched by what it reads outside its directory, through bases of bases and single files', async () => {
    await commit('start', {
      'overlays/prod/kustomization.yaml':
        'resources: [../../bases/app]\nconfigMapGenerator:\n- {name: c, files: [key=../../shared/c.conf]}\n',
      'bases/app/kustomization.yaml': 'resources: [deployment.yaml, ../common]\n',
      'bases/app/deployment.yaml': 'a: 1',
      'bases/common/kustomization.yml': 'resources: [namespace.yaml]\n',
      'bases/common/namespace.yaml': 'a: 1',
      'bases/other/service.yaml': 'a: 1',
      'shared/c.conf': '1',
    });
    await commit('base', { 'bases/app/deployment.yaml': 'a: 2' });
    await commit('base of the base', { 'bases/common/namespace.yaml': 'a: 2' });
    await commit('file', { 'shared/c.conf': '2' });
    await commit('not read', { 'bases/other/service.yaml': 'a: 2', 'shared/d.conf': '2' });
    expect(await chosen('overlays/prod', 'kustomize')).toEqual(['start', 'base', 'base of the base', 'file']);
  });

  it('follows what it read then, not what it reads now', async () => {
    await commit('start', {
      'app/kustomization.yaml': 'resources: [../old]\n',
      'old/kustomization.yaml': 'resources: [a.yaml]\n',
      'old/a.yaml': '1',
    });
    await commit('old base', { 'old/a.yaml': '2' });
    await commit('moved', {
      'app/kustomization.yaml': 'resources: [../new]\n',
      'new/kustomization.yaml': 'resources: [a.yaml]\n',
      'new/a.yaml': '2',
    });
    await commit('nobody reads it any more', { 'old/a.yaml': '3' });
    expect(await chosen('app', 'kustomize')).toEqual(['start', 'old base', 'moved']);
  });

  it('is touched by a file appearing that it named already, and survives YAML that is none', async () => {
    await commit('start', { 'app/kustomization.yaml': 'resources: [../base/late.yaml]\n' });
    await commit('appears', { 'base/late.yaml': 'a: 1' });
    await commit('broken', { 'app/kustomization.yaml': 'resources: [\n' });
    expect(await chosen('app', 'kustomize')).toEqual(['start', 'appears', 'broken']);
  });
});
