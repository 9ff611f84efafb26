/** The cluster port's contract against every real thing at hand, and what only a real API server has: RBAC, admission, ApplySets of kubectl. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ClusterConnection, connectCluster } from '../../src/adapters/kubernetes/connect.ts';
import { applySetId } from '../../src/domain/inventory.ts';
import { type KubernetesObject, refOf } from '../../src/domain/kubernetes.ts';
import { ensureBinaries } from '../../src/playground/control-plane/ensure-binaries.ts';
import { controlPlaneForTests } from '../e2e/control-plane-for-tests.ts';
import { clusterContract } from './cluster-contract.ts';
import { configMap, inNamespace } from './cluster-objects.ts';
import { eventually } from './eventually.ts';
import * as kinds from './kinds.ts';
import { testLease } from './leases.ts';
import { tunnelProxy } from './tunnel-proxy.ts';

const controlPlane = await controlPlaneForTests('cluster contract', { controllers: true });
const kubectl = await ensureBinaries(['kubectl'], () => undefined);
const never = new AbortController().signal;

describe.skipIf(controlPlane.unavailable)('a real API server', () => {
  let admin: ClusterConnection;
  let nobody: ClusterConnection;

  beforeAll(async () => {
    const kubeconfig = await readFile(controlPlane.get().kubeconfig, 'utf8');
    admin = await connectCluster({ kubeconfig });
    nobody = await connectCluster({ kubeconfig: impersonating(kubeconfig, 'nobody'), limits: { backoffMs: 10 } });
    await apply(inNamespace('', 'v1', 'Namespace', 'guarded'), kinds.namespaceKind);
  });
  afterAll(async () => {
    await admin.close();
    await nobody.close();
  });

  function apply(object: KubernetesObject, type: typeof kinds.configMapKind) {
    return admin.writer.apply(testLease, object, { type, force: false }, never);
  }
  function dryRun(connection: ClusterConnection, object: KubernetesObject, type: typeof kinds.configMapKind) {
    return connection.reader.dryRunApply(object, { type, force: false }, never);
  }

  clusterContract('kube-apiserver', { kubeconfig: () => readFile(controlPlane.get().kubeconfig, 'utf8') });

  it('a certificate that nobody vouches for is said once and not tried again', async () => {
    const config = await readFile(controlPlane.get().kubeconfig, 'utf8');
    const without = JSON.stringify(load(config), (key, value: unknown) =>
      key === 'certificate-authority-data' ? undefined : value,
    );
    const stranger = await connectCluster({ kubeconfig: without });
    const found = await stranger.reader.readInventory({ environmentKey: 'e', name: 'n', namespace: 'default' }, never);
    await stranger.close();
    expect(found).toMatchObject({ known: false, why: 'unreachable', detail: expect.stringContaining('not trusted') });
    expect(stranger.reader.requests()).toBe(1);
  });

  it('goes through the proxy that the kubeconfig names', async () => {
    const proxy = await tunnelProxy();
    const kubeconfig = through(proxy.url, await readFile(controlPlane.get().kubeconfig, 'utf8'));
    const connection = await connectCluster({ kubeconfig });
    const answers = await Promise.all(Array.from({ length: 20 }, () => connection.reader.identity(never)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ known: true })));
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(controlPlane.get().url).host]));
    await connection.close();
    await proxy.stop();
  });

  it('does not stay on a connection that died without a word', async () => {
    const proxy = await tunnelProxy();
    const connection = await connectCluster({
      kubeconfig: through(proxy.url, await readFile(controlPlane.get().kubeconfig, 'utf8')),
      limits: { requestMs: 1_000 },
    });
    expect(await connection.reader.identity(never)).toMatchObject({ known: true });
    proxy.freeze();
    expect(await connection.reader.identity(never)).toMatchObject({ known: false, why: 'timeout' });
    expect(await connection.reader.identity(never)).toMatchObject({ known: true });
    await connection.close();
    await proxy.stop();
  });

  it('what RBAC forbids is unknown, never absent or denied', async () => {
    const object = configMap('guarded', 'a');
    const wanted = { ref: refOf(object), type: kinds.configMapKind };
    const forbidden = { known: false, why: 'forbidden', detail: expect.stringContaining('cannot') };
    expect(await dryRun(nobody, object, kinds.configMapKind)).toMatchObject({
      kind: 'unavailable',
      because: forbidden,
    });
    const more = ['b', 'c'].map((name) => ({ ...wanted, ref: { ...wanted.ref, name } }));
    expect(await nobody.reader.observe([wanted], never)).toMatchObject({ unread: [{ because: forbidden }] });
    expect(await nobody.reader.observe([wanted, ...more], never)).toMatchObject({ unread: [{ because: forbidden }] });
    const inventory = { environmentKey: 'f/1/e', name: 'inv', namespace: 'guarded' };
    expect(await nobody.reader.readInventory(inventory, never)).toMatchObject(forbidden);
    expect(await nobody.reader.identity(never)).toMatchObject(forbidden);
    expect(await nobody.reader.count(kinds.configMapKind, 5, never)).toMatchObject(forbidden);
    expect(await nobody.writer.delete(testLease, wanted, 'uid', never)).toMatchObject({
      kind: 'unavailable',
      because: forbidden,
    });
  });

  it('what admission refuses is denied, in the policy’s words', async () => {
    await apply(policy(), kinds.policyKind);
    await apply(policyBinding(), kinds.policyBindingKind);
    const refused = configMap('guarded', 'a', { forbidden: 'x' });
    const outcome = await eventually(
      () => dryRun(admin, refused, kinds.configMapKind),
      ({ kind }) => kind === 'denied',
    );
    expect(outcome).toMatchObject({ kind: 'denied', detail: expect.stringContaining('no forbidden key') });
  });

  it('a full quota is denied', async () => {
    const quota = { ...inNamespace('', 'v1', 'ResourceQuota', 'full', 'guarded'), spec: { hard: { services: '0' } } };
    await apply(quota, kinds.quotaKind);
    const service = { ...inNamespace('', 'v1', 'Service', 's', 'guarded'), spec: { ports: [{ port: 80 }] } };
    const outcome = await eventually(
      () => dryRun(admin, service, kinds.serviceKind),
      ({ kind }) => kind === 'denied',
    );
    expect(outcome).toMatchObject({ kind: 'denied', detail: expect.stringContaining('exceeded quota') });
  });

  it('a pod that violates the namespace’s security level is denied', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'strict', labels } }, kinds.namespaceKind);
    const pod = {
      ...inNamespace('', 'v1', 'Pod', 'p', 'strict'),
      spec: { containers: [{ name: 'app', image: 'app' }] },
    };
    const outcome = await eventually(
      () => dryRun(admin, pod, kinds.podKind),
      ({ kind }) => kind === 'denied',
    );
    expect(outcome).toMatchObject({ kind: 'denied', detail: expect.stringContaining('violates PodSecurity') });
  });

  it('a webhook that does not answer makes the outcome unknown', async () => {
    await apply(deadWebhook(), kinds.webhookKind);
    const account = inNamespace('', 'v1', 'ServiceAccount', 'a', 'guarded');
    const outcome = await eventually(
      () => dryRun(admin, account, kinds.accountKind),
      ({ kind }) => kind === 'unavailable',
    );
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      because: { why: 'unreachable', detail: expect.stringContaining('failed calling webhook') },
    });
  });

  it('a namespace on its way out is terminating', async () => {
    const namespace = inNamespace('', 'v1', 'Namespace', 'leaving');
    const applied = await apply(namespace, kinds.namespaceKind);
    const uid = applied.kind === 'applied' ? (applied.object.metadata.uid ?? '') : '';
    const stuck = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 's', namespace: 'leaving', finalizers: ['a.test/b'] },
    };
    await apply(stuck, kinds.configMapKind);
    const wanted = { ref: refOf(namespace), type: kinds.namespaceKind };
    expect(await admin.writer.delete(testLease, wanted, uid, never)).toEqual({ kind: 'deleted' });
    expect(await dryRun(admin, configMap('leaving', 'late'), kinds.configMapKind)).toMatchObject({
      kind: 'terminating',
    });
    const inventory = { environmentKey: 'f/1/e', name: 'inv', namespace: 'leaving' };
    const empty = { applySetId: applySetId(inventory), entries: [], exists: true };
    expect(await admin.writer.writeInventory(testLease, inventory, empty, never)).toMatchObject({ kind: 'denied' });
  });

  it('names its ApplySets as kubectl does, and kubectl keeps its hands off ours', async () => {
    const manifest = join(controlPlane.get().dir, 'applyset.yaml');
    await writeFile(manifest, JSON.stringify(configMap('guarded', 'member')));
    const prune = (parent: string) => {
      if (kubectl.kind === 'unavailable') throw new Error(kubectl.why);
      const args = [
        'apply',
        '--server-side',
        '-n',
        'guarded',
        '--prune',
        `--applyset=configmaps/${parent}`,
        '-f',
        manifest,
      ];
      const env = { KUBECONFIG: controlPlane.get().kubeconfig, KUBECTL_APPLYSET: 'true' };
      return execa(kubectl.path('kubectl'), args, { env });
    };
    await prune('theirs');
    const parent = { ref: refOf(configMap('guarded', 'theirs')), type: kinds.configMapKind };
    const labels = [...(await admin.reader.observe([parent], never)).objects.values()][0]?.metadata.labels;
    expect(labels?.['applyset.kubernetes.io/id']).toBe(applySetId({ name: 'theirs', namespace: 'guarded' }));

    const ours = { environmentKey: 'f/1/e', name: 'ours', namespace: 'guarded' };
    const inventory = { applySetId: applySetId(ours), entries: [], exists: true };
    expect(await admin.writer.writeInventory(testLease, ours, inventory, never)).toEqual({ kind: 'written' });
    await expect(prune('ours')).rejects.toThrow('managed by tooling "fairlead"');
  });
});

/** The same kubeconfig, acting as a user who may do nothing. */
function impersonating(kubeconfig: string, user: string): string {
  const config = load(kubeconfig);
  return JSON.stringify(config, (key, value: unknown) =>
    key === 'user' && typeof value === 'object' ? { ...value, as: user } : value,
  );
}

/** The same kubeconfig, by way of a proxy. */
function through(proxyUrl: string, kubeconfig: string): string {
  return JSON.stringify(load(kubeconfig), (key, value: unknown) =>
    key === 'cluster' && typeof value === 'object' ? { ...value, 'proxy-url': proxyUrl } : value,
  );
}

function policy(): KubernetesObject {
  const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }];
  const expression = '!has(object.data) || !("forbidden" in object.data)';
  return {
    ...inNamespace('admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicy', 'no-forbidden'),
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules },
      validations: [{ expression, message: 'no forbidden key' }],
    },
  };
}

function policyBinding(): KubernetesObject {
  return {
    ...inNamespace('admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicyBinding', 'no-forbidden'),
    spec: { policyName: 'no-forbidden', validationActions: ['Deny'] },
  };
}

function deadWebhook(): KubernetesObject {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['serviceaccounts'] };
  const webhook = {
    name: 'dead.fairlead.test',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 1,
    clientConfig: { url: 'https://127.0.0.1:1/' },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'guarded' } },
    rules: [rule],
  };
  return {
    ...inNamespace('admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration', 'dead'),
    webhooks: [webhook],
  };
}
