/**
 * docs/install-github.md, followed to the letter against the stand-in GitHub and a real control plane: accounts → App → operator file → server →
 * repository → first plan → first deployment. The addresses differ from the page's, and nothing else.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { operatorTemplate } from '../../src/cli/setup/operator-template.ts';
import { ensureBinaries } from '../../src/playground/control-plane/ensure-binaries.ts';
import type { GitHub } from '../../src/playground/github/handle.ts';
import { startGitHub } from '../../src/playground/github/start-github.ts';
import { formOf, submit } from './browser.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';
import { commandsOf, fileOf } from './install-page.ts';

const cluster = await controlPlaneForTests('installing by the page', { controllers: true });
const binaries = await ensureBinaries(['kubectl'], () => undefined);
const root = join(import.meta.dirname, '../..');
const repo = 'acme/shop';

describe.skipIf(cluster.unavailable)('installing by the page', () => {
  let folder: string;
  let github: GitHub;
  let port: number;
  let server: ChildProcess | undefined;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-install-'));
    github = await startGitHub({ webhookSecret: 'a secret the stand-in made up', permissions: {} });
    port = await freePort();
    await symlink(join(root, 'deploy'), at('deploy'));
    await mkdir(at('bin'));
    if (binaries.kind === 'ready') await symlink(binaries.path('kubectl'), at('bin/kubectl'));
    // `npx` without npm's seconds; the GitHub of this test; any free port for the page of the manifest flow.
    const npx = `#!/bin/sh\nshift\n[ "$1" = setup ] && set -- "$@" --github-url ${github.url} --port 0\nexec '${process.execPath}' '${root}/src/cli/fairlead.ts' "$@"\n`;
    await writeFile(at('bin/npx'), npx);
    await chmod(at('bin/npx'), 0o755);
  });
  afterAll(async () => {
    server?.kill('SIGKILL');
    await github.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  const surroundings = () => ({
    cwd: folder,
    env: { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`, KUBECONFIG: cluster.get().kubeconfig },
  });
  const commands = (step: number) =>
    commandsOf(step).replaceAll('https://fairlead.example.com', `http://127.0.0.1:${port}`);
  const sh = (script: string) =>
    execa('sh', ['-euc', script], { ...surroundings(), reject: false, all: true, timeout: 60_000 });
  const start = (step: number) =>
    spawn('sh', ['-euc', `exec ${commands(step).replace(/^#.*\n/, '')}`], {
      ...surroundings(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('makes the accounts (step 2)', async () => {
    const made = await sh(commands(2));
    expect(made.all).toContain('serviceaccount/fairlead created');
    expect(made.exitCode).toBe(0);
    expect((await stat(at('prod.kubeconfig'))).mode & 0o777).toBe(0o600);
  });

  it('and the one for planning can do dry runs only', async () => {
    const create = 'kubectl --kubeconfig prod-plan.kubeconfig --namespace shop create configmap x';
    await vi.waitFor(async () => {
      const refused = await sh(create);
      expect(refused.all).toContain('the account fairlead-plan may only do dry runs');
    }, 20_000);
    expect(await sh(`${create} --dry-run=server`)).toMatchObject({ exitCode: 0 });
    expect((await sh('kubectl --namespace shop get configmap x')).all).toContain('not found');
  });

  it('makes the App (step 3)', async () => {
    const setup = start(3);
    const said = linesOf(setup);
    const [, page = ''] = await said.match(/^Open (http:\/\/localhost:\d+\/probot) /m);
    const form = formOf(await (await fetch(page)).text());
    expect(new URL(form.action).origin).toBe(github.url);
    const asked: unknown = JSON.parse(form.fields['manifest'] ?? '');
    expect(asked).toMatchObject({
      ...(parse(await readFile(join(root, 'app.yml'), 'utf8')) as object),
      hook_attributes: { url: `http://127.0.0.1:${port}/webhooks/github` },
    });
    const back = await fetch(await submit(form));
    expect(back.status).toBe(200);
    expect(await once(setup, 'exit')).toEqual([0, null]);
    expect(await readFile(at('private-key.pem'), 'utf8')).toBe(github.appPrivateKeyPem);
    for (const file of ['private-key.pem', 'webhook-secret', 'fairlead.operator.yaml']) {
      expect((await stat(at(file))).mode & 0o777).toBe(0o600);
    }
    expect(said.text()).not.toContain('a secret the stand-in made up');
    expect(said.text()).not.toContain('PRIVATE KEY');
  });

  it('overwrites nothing when it is done again', async () => {
    const again = await sh(commands(3));
    expect(again.all?.replaceAll(folder, '…')).toMatchInlineSnapshot(
      `"…/fairlead.operator.yaml is there already and is not overwritten. Move it away, or give another folder with --out."`,
    );
    expect(again.exitCode).toBe(1);
  });

  it('has an operator file that is the one on the page (step 4)', async () => {
    const onPage = fileOf(
      "# Fairlead's operator file: which forge, which clusters, and which repository may deploy where.",
    );
    const publicUrl = 'https://fairlead.example.com';
    expect(onPage).toBe(
      operatorTemplate({
        appId: '1234567',
        gitHubUrl: 'https://github.com',
        apiUrl: 'https://api.github.com',
        publicUrl,
      }),
    );
    const written = await readFile(at('fairlead.operator.yaml'), 'utf8');
    expect(written).toBe(
      operatorTemplate({
        appId: String(github.appId),
        gitHubUrl: github.url,
        apiUrl: `${github.url}/api/v3`,
        publicUrl: `http://127.0.0.1:${port}`,
      }),
    );
    await writeFile(at('fairlead.operator.yaml'), written.replace('port: 3000', `port: ${port}`));
  });

  it('passes check and doctor once the App is installed (step 4)', async () => {
    const [check = '', doctor = ''] = commands(4)
      .replace(/^#.*\n/, '')
      .trim()
      .split('\n');
    expect((await sh(check)).all).toMatchInlineSnapshot(
      `"fairlead.operator.yaml is fine: 1 forge(s), 1 cluster(s), 1 binding(s)."`,
    );

    const early = await sh(doctor);
    expect(early.exitCode).toBe(1);
    expect(early.all).toContain('✘ github: acme/shop');
    await github.createRepository({ owner: 'acme', name: 'shop' });
    github.addUser('alice', { [repo]: 'write' });
    const fine = await sh(doctor);
    expect(masked(fine.all ?? '')).toMatchInlineSnapshot(`
      "✔ node                        N
      ✔ git                         N
      ✔ kustomize                   N
      ✔ store                       the folder …/data
      ✔ github: App                 fairlead (4711)
      ✔ github: permissions         all that app.yml asks for
      ✔ github: events              pull_request, push, issue_comment, check_run, check_suite
      ✔ github: webhook             http://fairlead.example.com/webhooks/github
      ✔ github: deliveries          none yet
      ✔ github: acme/shop           installed
      ✔ prod                        Kubernetes v1.36.3
      ✔ prod: acme/shop             may list, create, patch, delete 3 kind(s) in shop
      ✔ prod (planning)             Kubernetes v1.36.3
      ✔ prod (planning): acme/shop  may list, create, patch 3 kind(s) in shop"
    `);
    expect(fine.exitCode).toBe(0);
  });

  it('serves (step 5)', async () => {
    server = start(5);
    await linesOf(server).match(/^fairlead listens on /m);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    // The manifest flow is not here (H110).
    for (const path of ['/probot', '/probot/setup?code=x', '/']) {
      expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404);
    }
  });

  it('plans and deploys the first pull request (steps 6 and 7)', async () => {
    const settings = fileOf('# .fairlead.yaml');
    await writeFile(at('.fairlead.yaml'), settings);
    expect((await sh('npx fairlead check .fairlead.yaml')).all).toBe('.fairlead.yaml is fine: prod.');
    const alice = github.as('alice');
    const first = await alice.openPullRequest({ repo, branch: 'fairlead', files: { '.fairlead.yaml': settings } });
    expect(await conclusion(first.head, 'fairlead')).toBe('success');
    await alice.merge(repo, first.number);

    const manifest = fileOf('# deploy/prod/settings.yaml');
    const files = { 'deploy/prod/settings.yaml': manifest };
    const pull = await alice.openPullRequest({ repo, branch: 'settings', files });
    expect(await conclusion(pull.head, 'fairlead')).toBe('success');
    expect(await conclusion(pull.head, 'fairlead/prod')).toBe('success');
    await vi.waitFor(() => expect(github.comments(repo, pull.number)).toHaveLength(1), 10_000);
    const [comment] = github.comments(repo, pull.number);
    expect(comment?.body).toContain('settings');
    expect(masked(comment?.body.split('\n')[0] ?? '')).toMatchInlineSnapshot(
      `"**Merging this changes \`prod\`** — 1 created."`,
    );

    await alice.merge(repo, pull.number);
    await vi.waitFor(async () => {
      const found = await sh('kubectl --namespace shop get configmap settings --output "jsonpath={.data.greeting}"');
      expect(found.all).toBe('hello');
    }, 30_000);
  });

  it('rolls a Deployment out and prunes it with these accounts', async () => {
    const alice = github.as('alice');
    const web = 'deploy/prod/web.yaml';
    const added = await alice.openPullRequest({ repo, branch: 'web', files: { [web]: deployment } });
    expect(await conclusion(added.head, 'fairlead/prod')).toBe('success');
    expect(await conclusion(await alice.merge(repo, added.number), 'fairlead/prod')).toBe('success');
    const ready = await sh('kubectl --namespace shop get deployment web --output "jsonpath={.status.readyReplicas}"');
    expect(ready.all).toBe('2');

    const removed = await alice.openPullRequest({ repo, branch: 'no-web', files: { [web]: null } });
    expect(await conclusion(removed.head, 'fairlead/prod')).toBe('success');
    expect(await conclusion(await alice.merge(repo, removed.number), 'fairlead/prod')).toBe('success');
    expect((await sh('kubectl --namespace shop get deployment web')).all).toContain('not found');
  });

  it('hears from doctor what an account may not do', async () => {
    const operatorFile = await readFile(at('fairlead.operator.yaml'), 'utf8');
    await writeFile(at('more.yaml'), operatorFile.replace('Service]', 'Service, Role, Namespace]'));
    const doctor = await sh('npx fairlead doctor --config more.yaml');
    expect(doctor.exitCode).toBe(1);
    expect(
      doctor.all
        ?.split('\n')
        .filter((line) => /✘|→/.test(line))
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "✘ prod: acme/shop             may not create, patch, delete namespaces in the whole cluster; list, create, patch, delete roles.rbac.authorization.k8s.io in shop
                                    → Grant it to this account (deploy/cluster-accounts.yaml), or take the kinds and namespaces out of the binding.
      ✘ prod (planning): acme/shop  may not create, patch namespaces in the whole cluster; list, create, patch roles.rbac.authorization.k8s.io in shop
                                    → Grant it to this account (deploy/cluster-accounts.yaml), or take the kinds and namespaces out of the binding."
    `);
  });

  it('is well after it', async () => {
    const doctor = await sh('npx fairlead doctor');
    expect(doctor.all).not.toContain('✘');
    expect(doctor.all).toContain('github: deliveries');
    server?.kill('SIGTERM');
    if (server !== undefined) expect(await once(server, 'exit')).toEqual([0, null]);
  });

  it('has manifests for a cluster that the API server takes', async () => {
    const dryRun = await sh('kubectl apply --dry-run=server -f deploy/fairlead.yaml');
    expect(dryRun.all).toMatchInlineSnapshot(`
      "persistentvolumeclaim/fairlead created (server dry run)
      deployment.apps/fairlead created (server dry run)
      service/fairlead created (server dry run)
      ingress.networking.k8s.io/fairlead created (server dry run)"
    `);
    expect(dryRun.exitCode).toBe(0);
  });

  async function conclusion(sha: string, name: string): Promise<string | null> {
    return vi.waitFor(() => {
      const run = github.checks(repo, sha).find((one) => one.name === name && one.status === 'completed');
      if (run === undefined) throw new Error(`no check ${name} yet`);
      return run.conclusion;
    }, 30_000);
  }

  function masked(text: string): string {
    return text
      .replaceAll(folder, '…')
      .replaceAll(`127.0.0.1:${port}`, 'fairlead.example.com')
      .replace(/✔ node( +)\S+/, '✔ node$1N')
      .replace(/✔ git( +)\S+/, '✔ git$1N')
      .replace(/✔ kustomize( +).*/, '✔ kustomize$1N');
  }
});

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - {name: web, image: "nginx:1.29"}
`;

/** What a process prints, as it comes. */
function linesOf(child: ChildProcess): { match(pattern: RegExp): Promise<RegExpExecArray>; text(): string } {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    text: () => text,
    match: (pattern) =>
      vi.waitFor(() => {
        const found = pattern.exec(text);
        if (found === null) throw new Error(`not printed: ${pattern.source}; but: ${text}`);
        return found;
      }, 30_000),
  };
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
