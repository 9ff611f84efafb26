/** The stand-in as a whole: rollouts, deletions, faults and the handle. What it shares with a real server is in the contract suite. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Reference, type StandInCluster, startCluster } from './start-cluster.ts';
import { listAt, numberAt, textAt, treeAt, treesAt, type Tree } from './value.ts';

let cluster: StandInCluster;
beforeEach(async () => {
  cluster = await startCluster({ token: 'secret' });
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
});
afterEach(() => cluster.stop());

async function send(method: string, path: string, body?: Tree, type = 'application/json', token = 'secret') {
  return fetch(`${cluster.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function post(path: string, body: Tree): Promise<void> {
  const response = await send('POST', path, body);
  expect(response.status).toBe(201);
}

async function until(check: () => boolean, milliseconds = 5000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!check()) {
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${check.toString()}`);
    await sleep(20);
  }
}

function reference(group: string, kind: string, name: string, version = 'v1'): Reference {
  return { group, version, kind, namespace: 'shop', name };
}

const pods = () => cluster.list({ group: '', version: 'v1', kind: 'Pod' }, 'shop');

function workload(kind: string, name: string, image: string, spec: Tree = {}): Tree {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template, ...spec },
  };
}

function statusOf(kind: string, name: string, group = 'apps'): Tree | undefined {
  return treeAt(cluster.get(reference(group, kind, name)), 'status');
}

function condition(kind: string, name: string, type: string, group = 'apps'): Tree | undefined {
  return treesAt(statusOf(kind, name, group), 'conditions').find((each) => each['type'] === type);
}

describe('rollouts', () => {
  const deployments = '/apis/apps/v1/namespaces/shop/deployments';

  it('a Deployment becomes available, and its pods are replaced when the image changes', async () => {
    await post(deployments, workload('Deployment', 'checkout', 'checkout:1', { replicas: 3 }));
    await until(() => condition('Deployment', 'checkout', 'Progressing')?.['reason'] === 'NewReplicaSetAvailable');
    expect(statusOf('Deployment', 'checkout')).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      observedGeneration: 1,
    });
    expect(cluster.get(reference('apps', 'Deployment', 'checkout'))).toMatchObject({ metadata: { generation: 1 } });
    const change = { spec: { template: { spec: { containers: [{ name: 'app', image: 'checkout:2' }] } } } };
    await send('PATCH', `${deployments}/checkout`, change, 'application/strategic-merge-patch+json');
    let fewest = 3;
    await until(() => {
      const ready = numberAt(statusOf('Deployment', 'checkout'), 'readyReplicas');
      fewest = Math.min(fewest, ready);
      const done = condition('Deployment', 'checkout', 'Progressing')?.['reason'] === 'NewReplicaSetAvailable';
      return done && numberAt(statusOf('Deployment', 'checkout'), 'observedGeneration') === 2;
    });
    // A quarter of three, rounded down: no pod may be missing on the way.
    expect(fewest).toBe(3);
    const images = pods().flatMap((pod) =>
      treesAt(treeAt(pod, 'spec'), 'containers').map((each) => textAt(each, 'image')),
    );
    expect(images).toEqual(['checkout:2', 'checkout:2', 'checkout:2']);
  });

  it('an image that cannot be pulled leaves the old pods and says why', async () => {
    await post(
      deployments,
      workload('Deployment', 'checkout', 'checkout:1', { replicas: 2, progressDeadlineSeconds: 1 }),
    );
    await until(() => numberAt(statusOf('Deployment', 'checkout'), 'readyReplicas') === 2);
    const image = 'checkout:does-not-exist';
    cluster.edit(reference('apps', 'Deployment', 'checkout'), {
      spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
    });
    const waiting = () =>
      pods().flatMap((pod) =>
        treesAt(treeAt(pod, 'status'), 'containerStatuses').map((each) => treeAt(each, 'state', 'waiting')),
      );
    await until(() => waiting().some((each) => each?.['reason'] === 'ErrImagePull'));
    expect(waiting().find((each) => each?.['reason'] === 'ErrImagePull')?.['message']).toBe(
      'Failed to pull image "checkout:does-not-exist": not found',
    );
    await until(() => waiting().some((each) => each?.['reason'] === 'ImagePullBackOff'));
    await until(() => condition('Deployment', 'checkout', 'Progressing')?.['reason'] === 'ProgressDeadlineExceeded');
    expect(numberAt(statusOf('Deployment', 'checkout'), 'readyReplicas')).toBe(2);
    expect(condition('Deployment', 'checkout', 'Available')?.['status']).toBe('True');
  });

  it('StatefulSets, DaemonSets, Jobs and claims come to rest', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const extra = { replicas: 2, serviceName: 'db', volumeClaimTemplates: [claim] };
    await post('/apis/apps/v1/namespaces/shop/statefulsets', workload('StatefulSet', 'db', 'db:1', extra));
    await post('/apis/apps/v1/namespaces/shop/daemonsets', workload('DaemonSet', 'agent', 'agent:1'));
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'migrate:1' }] } } };
    await post('/apis/batch/v1/namespaces/shop/jobs', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate' },
      spec,
    });
    await until(() => numberAt(statusOf('StatefulSet', 'db'), 'readyReplicas') === 2);
    await until(() => numberAt(statusOf('DaemonSet', 'agent'), 'numberReady') === 1);
    await until(() => condition('Job', 'migrate', 'Complete', 'batch')?.['status'] === 'True');
    await until(() => textAt(statusOf('PersistentVolumeClaim', 'data-db-1', ''), 'phase') === 'Bound');
    expect(pods().map((pod) => textAt(treeAt(pod, 'metadata'), 'name'))).toEqual(
      expect.arrayContaining(['db-0', 'db-1']),
    );
  });
});

describe('deletion', () => {
  it('of a Deployment takes its ReplicaSets and pods along', async () => {
    await post('/apis/apps/v1/namespaces/shop/deployments', workload('Deployment', 'web', 'web:1', { replicas: 2 }));
    await until(() => numberAt(statusOf('Deployment', 'web'), 'readyReplicas') === 2);
    await send('DELETE', '/apis/apps/v1/namespaces/shop/deployments/web');
    await until(() => pods().length === 0);
    expect(cluster.list({ group: 'apps', version: 'v1', kind: 'ReplicaSet' })).toEqual([]);
  });

  it('of a Namespace takes its content along, and the name can be used again', async () => {
    await post('/api/v1/namespaces/shop/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    await send('DELETE', '/api/v1/namespaces/shop');
    await until(() => cluster.get({ ...reference('', 'Namespace', 'shop'), namespace: '' }) === undefined);
    expect(cluster.list({ group: '', version: 'v1', kind: 'ConfigMap' })).toEqual([]);
    await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  });

  it('of a custom definition takes its instances along and ends serving the kind', async () => {
    const schema = { openAPIV3Schema: { type: 'object' } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const spec = { group: 'x.example.com', scope: 'Namespaced', names: { plural: 'foos', kind: 'Foo' }, versions };
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await post(path, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'foos.x.example.com' },
      spec,
    });
    await sleep(100);
    await post('/apis/x.example.com/v1/namespaces/shop/foos', {
      apiVersion: 'x.example.com/v1',
      kind: 'Foo',
      metadata: { name: 'a' },
    });
    await send('DELETE', `${path}/foos.x.example.com`);
    await sleep(200);
    expect((await send('GET', '/apis/x.example.com/v1/namespaces/shop/foos')).status).toBe(404);
  });

  it('in the foreground waits for the dependents', async () => {
    await post('/apis/apps/v1/namespaces/shop/deployments', workload('Deployment', 'web', 'web:1'));
    await until(() => pods().length === 1);
    await send('DELETE', '/apis/apps/v1/namespaces/shop/deployments/web?propagationPolicy=Foreground');
    expect(listAt(treeAt(cluster.get(reference('apps', 'Deployment', 'web')), 'metadata'), 'finalizers')).toEqual([
      'foregroundDeletion',
    ]);
    await until(() => cluster.get(reference('apps', 'Deployment', 'web')) === undefined);
    expect(cluster.list({ group: 'apps', version: 'v1', kind: 'ReplicaSet' })).toEqual([]);
  });
});

describe('faults', () => {
  const path = '/api/v1/namespaces/shop/configmaps';

  it('throttle, refuse and fail as often as asked', async () => {
    cluster.faults.add({ path: /configmaps/, effect: { kind: 'status', status: 429, retryAfterSeconds: 2 }, times: 1 });
    const throttled = await send('GET', path);
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '2']);
    expect((await send('GET', path)).status).toBe(200);
    cluster.faults.add({ method: 'POST', path: /configmaps/, effect: { kind: 'status', status: 503 } });
    expect((await send('POST', path, {})).status).toBe(503);
    expect((await send('GET', path)).status).toBe(200);
    cluster.faults.clear();
    await post(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
  });

  it('delay, drop and hang', async () => {
    cluster.faults.add({ path: /delayed/, effect: { kind: 'delay', milliseconds: 150 } });
    const begun = Date.now();
    await send('GET', `${path}/delayed`);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(140);
    cluster.faults.add({ path: /dropped/, effect: { kind: 'drop' } });
    await expect(send('GET', `${path}/dropped`)).rejects.toThrow();
    cluster.faults.add({ path: /hanging/, effect: { kind: 'hang' } });
    const hanging = fetch(`${cluster.url}${path}/hanging`, { signal: AbortSignal.timeout(200) });
    await expect(hanging).rejects.toThrow();
  });
});

describe('the handle', () => {
  it('demands its token', async () => {
    expect((await send('GET', '/api/v1/namespaces', undefined, 'application/json', 'wrong')).status).toBe(401);
    expect((await fetch(`${cluster.url}/api/v1/namespaces`)).status).toBe(401);
    expect((await fetch(`${cluster.url}/readyz`)).status).toBe(200);
  });

  it('counts requests and edits as kubectl does', async () => {
    await post('/api/v1/namespaces/shop/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { x: '1' },
    });
    cluster.requests.clear();
    await send('GET', '/api/v1/namespaces/shop/configmaps/a');
    expect(cluster.requests.all()).toEqual([{ method: 'GET', url: '/api/v1/namespaces/shop/configmaps/a' }]);
    const edited = cluster.edit(reference('', 'ConfigMap', 'a'), { data: { x: '2' } });
    expect(
      treesAt(treeAt(edited, 'metadata'), 'managedFields').map((each) => [each['manager'], each['operation']]),
    ).toEqual(expect.arrayContaining([['kubectl-edit', 'Update']]));
  });

  it('breaks a group and heals it', async () => {
    const read = async () => {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      const response = await fetch(`${cluster.url}/apis`, { headers: { authorization: 'Bearer secret', accept } });
      return JSON.stringify(await response.json());
    };
    cluster.breakGroup('metrics.k8s.io/v1beta1');
    expect(await read()).toContain(
      '{"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}',
    );
    expect((await send('GET', '/apis/metrics.k8s.io/v1beta1')).status).toBe(503);
    cluster.breakGroup('metrics.k8s.io/v1beta1', false);
    expect(await read()).not.toContain('metrics.k8s.io');
  });

  it('names the cluster by its kube-system namespace', () => {
    expect(cluster.kubeSystemUid).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(cluster.kubeconfig)).toMatchObject({ clusters: [{ cluster: { server: cluster.url } }] });
  });
});
