import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { readClusterEntry } from './kubeconfig.ts';

const config = (name: string, extra: object = {}) => ({
  clusters: [{ name, cluster: { server: `https://${name}/`, 'certificate-authority': 'ca.crt' } }],
  users: [{ name, user: { tokenFile: 'token' } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
  ...extra,
});

async function folderWith(files: Record<string, unknown>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-kubeconfig-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  return folder;
}

it('relative paths are relative to the file', async () => {
  const folder = await folderWith({ config: config('a', { 'current-context': 'a' }) });
  const entry = await readClusterEntry({ kubeconfig: join(folder, 'config') });
  expect(entry).toMatchObject({
    cluster: { server: 'https://a', caFile: join(folder, 'ca.crt') },
    tokenFile: join(folder, 'token'),
  });
});

it('KUBECONFIG may name several files; a context is chosen by name', async () => {
  const folder = await folderWith({ one: config('a'), two: config('b', { 'current-context': 'b' }) });
  const env = { KUBECONFIG: `${join(folder, 'one')}:${join(folder, 'two')}` };
  expect((await readClusterEntry({}, env)).cluster.server).toBe('https://b');
  expect((await readClusterEntry({ context: 'a' }, env)).cluster.server).toBe('https://a');
  await expect(readClusterEntry({ context: 'c' }, env)).rejects.toThrow('no context "c"');
});

it('in a cluster, the pod’s own account is used', async () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  expect(await readClusterEntry({ inCluster: true }, env)).toMatchObject({
    cluster: { server: 'https://[fd00::1]:443' },
    tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
  });
  await expect(readClusterEntry({ inCluster: true }, {})).rejects.toThrow('not running in a cluster');
});
