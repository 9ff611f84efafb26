/** The real control plane itself: it serves, rolls out, fails as a bad image does, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { Agent, request } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { ensureBinaries } from '../../src/playground/control-plane/ensure-binaries.ts';
import { serviceAccountKubeconfig } from '../../src/playground/control-plane/service-account.ts';
import { startControlPlane, toolsFor } from '../../src/playground/control-plane/start-control-plane.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';

const cluster = await controlPlaneForTests('control plane', { controllers: true });
const tools = await ensureBinaries([...toolsFor({ controllers: true }), 'kubectl'], () => undefined);

function path(name: Parameters<Extract<typeof tools, { kind: 'ready' }>['path']>[0]): string {
  if (tools.kind === 'unavailable') throw new Error(tools.why);
  return tools.path(name);
}

/** What kubectl prints; rejects when it fails. */
async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  return (await execa(path('kubectl'), ['--kubeconfig', kubeconfig, ...args], { timeout: 20_000 })).stdout;
}

/** Command lines of running processes that contain `text`. */
async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-A', '-ww', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.includes(text));
}

describe.skipIf(cluster.unavailable)('a control plane with controllers', () => {
  it('says which Kubernetes it is', async () => {
    const versions = await kubectl(cluster.get().kubeconfig, 'version', '--output=json');
    expect(JSON.parse(versions)).toMatchObject({ serverVersion: { gitVersion: 'v1.36.3' } });
  });

  it('rolls a Deployment out within seconds, and deletes a namespace with all in it', async () => {
    const { kubeconfig } = cluster.get();
    await kubectl(kubeconfig, 'create', 'namespace', 'rollout');
    await kubectl(kubeconfig, '-n', 'rollout', 'create', 'deployment', 'web', '--image=nginx:1.29', '--replicas=3');
    await kubectl(kubeconfig, '-n', 'rollout', 'rollout', 'status', 'deployment/web', '--timeout=10s');
    await kubectl(kubeconfig, 'delete', 'namespace', 'rollout', '--timeout=15s');
    const left = await kubectl(kubeconfig, 'get', 'deployments,pods', '--all-namespaces', '--output=name');
    expect(left).not.toContain('web');
  });

  it('completes a Job', async () => {
    const { kubeconfig } = cluster.get();
    await kubectl(kubeconfig, 'create', 'job', 'migrate', '--image=migrate:1');
    await kubectl(kubeconfig, 'wait', '--for=condition=complete', 'job/migrate', '--timeout=10s');
  });

  it('leaves a pod whose image does not exist waiting, as a kubelet would', async () => {
    const { kubeconfig } = cluster.get();
    await kubectl(kubeconfig, 'create', 'deployment', 'broken', '--image=registry.example/app:does-not-exist');
    const waiting = '{.items[*].status.containerStatuses[*].state.waiting.reason}';
    const reason = (): Promise<string> =>
      kubectl(kubeconfig, 'get', 'pods', '--selector=app=broken', `--output=jsonpath=${waiting}`);
    await vi.waitFor(async () => expect(await reason()).toMatch(/^(ErrImagePull|ImagePullBackOff)$/), 10_000);
    await vi.waitFor(async () => expect(await reason()).toBe('ImagePullBackOff'), 10_000);
    const ready = await kubectl(kubeconfig, 'get', 'deployment/broken', '--output=jsonpath={.status.readyReplicas}');
    expect(ready).toBe('');

    await kubectl(kubeconfig, 'set', 'image', 'deployment/broken', 'app=registry.example/app:1.0');
    await kubectl(kubeconfig, 'rollout', 'status', 'deployment/broken', '--timeout=10s');
  });

  it('keeps its node alive, which the controller-manager would give up after a minute', async () => {
    const { kubeconfig } = cluster.get();
    const lease = ['--namespace=kube-node-lease', 'get', 'lease/playground', '--output=jsonpath={.spec.renewTime}'];
    await vi.waitFor(async () => expect(await kubectl(kubeconfig, ...lease)).toMatch(/^\d{4}-/), 10_000);
  });

  it('gives Fairlead a ServiceAccount of its own that may do everything', async () => {
    const kubeconfig = await serviceAccountKubeconfig(cluster.get());
    expect(await kubectl(kubeconfig, 'auth', 'whoami')).toContain('system:serviceaccount:fairlead:fairlead');
    expect(await kubectl(kubeconfig, 'auth', 'can-i', '*', '*')).toBe('yes');
    // Asking again is not an error: a restarted playground does.
    expect(await serviceAccountKubeconfig(cluster.get())).toBe(kubeconfig);
  });

  it('asks for permission, as every real cluster does', async () => {
    const { url, caPem } = cluster.get();
    const anonymous = new Agent({ connect: { ca: caPem } });
    const { statusCode, body } = await request(`${url}/api/v1/namespaces`, { dispatcher: anonymous });
    await body.dump();
    await anonymous.close();
    expect(statusCode).toBe(403);
  });
});

describe.skipIf(cluster.unavailable)('control planes', () => {
  it('run side by side, and one that is stopped leaves no process, no folder and the others alone', async () => {
    const options = { controllers: false, path, log: () => undefined };
    const [one, other] = await Promise.all([startControlPlane(options), startControlPlane(options)]);
    expect(one.pids().size).toBe(3);
    await kubectl(one.kubeconfig, 'create', 'configmap', 'only-here');
    await expect(kubectl(other.kubeconfig, 'get', 'configmap', 'only-here')).rejects.toThrow('not found');

    await one.stop();
    expect(await processesWith(one.dir)).toEqual([]);
    expect(existsSync(one.dir)).toBe(false);
    await expect(one.ended).resolves.toBeUndefined();
    expect(await kubectl(other.kubeconfig, 'get', 'namespace', 'default', '--output=name')).toBe('namespace/default');
    await other.stop();
  });

  it('take a Pod without controllers, where nobody makes service accounts', async () => {
    const bare = await startControlPlane({ controllers: false, path, log: () => undefined });
    try {
      await expect(kubectl(bare.kubeconfig, 'run', 'web', '--image=nginx:1.29')).resolves.toContain('created');
    } finally {
      await bare.stop();
    }
  });

  it('say why they did not start, with what the process printed, and leave nothing', async () => {
    const apiServerFlags = ['--no-such-flag'];
    const started = startControlPlane({ controllers: false, path, apiServerFlags, log: () => undefined });
    await expect(started).rejects.toThrow(/kube-apiserver ended: code 1[^]*unknown flag: --no-such-flag/);
    expect((await processesWith('--no-such-flag')).filter((line) => line.includes('kube-apiserver'))).toEqual([]);
  });
});

describe.skipIf(cluster.unavailable)('the cluster program', () => {
  const program = join(import.meta.dirname, '../../src/playground/control-plane/main.ts');

  /** Starts it, and gives the folder of its cluster once it is up. */
  async function startProgram(): Promise<{ owner: ReturnType<typeof spawn>; dir: string }> {
    const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const line of createInterface({ input: owner.stdout })) {
      const kubeconfig = /^export KUBECONFIG=(.*)$/.exec(line)?.[1];
      if (kubeconfig !== undefined) return { owner, dir: dirname(kubeconfig) };
    }
    throw new Error('it ended without a kubeconfig');
  }

  it('stops everything on Ctrl-C and ends well', async () => {
    const { owner, dir } = await startProgram();
    expect((await processesWith(dir)).length).toBeGreaterThanOrEqual(5);
    owner.kill('SIGINT');
    const [code] = await once(owner, 'exit');
    expect(code).toBe(0);
    expect(await processesWith(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  }, 60_000);

  it('leaves nothing behind even when it is killed', async () => {
    const { owner, dir } = await startProgram();
    owner.kill('SIGKILL');
    await vi.waitFor(async () => expect(await processesWith(dir)).toEqual([]), 10_000);
    await vi.waitFor(() => expect(existsSync(dir)).toBe(false), 10_000);
  }, 60_000);
});
