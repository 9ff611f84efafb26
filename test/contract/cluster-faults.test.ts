/** The Kubernetes adapter against servers that fail: what it says must be true, bounded in time and memory, and never "absent". */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it, onTestFinished } from 'vitest';

import { connectCluster, type ClusterConnection } from '../../src/adapters/kubernetes/connect.ts';
import type { ClusterLimits } from '../../src/adapters/kubernetes/limits.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes.ts';
import {
  type Answerer,
  configMapNamed,
  type FaultServer,
  faultServer,
  json,
  kubeconfigFor,
  status,
} from './fault-server.ts';
import { configMapKind, secretKind } from './kinds.ts';
import { testLease } from './leases.ts';

const quick: Partial<ClusterLimits> = { backoffMs: 5, requestMs: 300, totalMs: 3_000 };
const never = new AbortController().signal;
const open: (FaultServer | { close(): Promise<void> })[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await ('close' in one ? one.close() : one[Symbol.asyncDispose]());
});

async function against(
  answer: Answerer,
  limits: Partial<ClusterLimits> = {},
): Promise<ClusterConnection & { server: FaultServer }> {
  const server = await faultServer(answer);
  open.push(server);
  const connection = await connectCluster({ kubeconfig: server.kubeconfig, limits: { ...quick, ...limits } });
  open.push(connection);
  return { ...connection, server };
}

function wanted(...names: string[]) {
  return names.map((name) => ({
    ref: { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name },
    type: configMapKind,
  }));
}
const inventory = { environmentKey: 'forge/1/prod', name: 'inventory', namespace: 'shop' };
const object = configMapNamed('a') as KubernetesObject;
const options = { type: configMapKind, force: false };

describe('asking again', () => {
  it('waits as long as Retry-After says, then gets through', async () => {
    const { reader, server } = await against((_, response, count) =>
      count === 1
        ? json(response, 429, status(429, 'TooManyRequests', 'too many'), { 'retry-after': '1' })
        : json(response, 200, configMapNamed('a')),
    );
    const started = performance.now();
    const seen = await reader.observe(wanted('a'), never);
    expect([...seen.objects.keys()]).toEqual(['/ConfigMap/shop/a']);
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
    expect(server.seen).toHaveLength(2);
    expect(reader.requests()).toBe(2);
  });

  it('does not wait longer than its whole time', async () => {
    const { reader, server } = await against((_, response) =>
      json(response, 429, status(429, 'TooManyRequests', 'too many'), { 'retry-after': '3600' }),
    );
    const seen = await reader.observe(wanted('a'), never);
    expect(seen.unread).toMatchObject([{ namespace: 'shop', because: { known: false, why: 'throttled' } }]);
    expect(server.seen).toHaveLength(1);
  });

  it.each([502, 503, 504])('asks again after a %i, a bounded number of times', async (code) => {
    const { reader, server } = await against((_, response) => json(response, code, status(code, 'Whatever', 'down')));
    const outcome = await reader.dryRunApply(object, options, never);
    expect(outcome).toMatchObject({ kind: 'unavailable', because: { why: code === 504 ? 'timeout' : 'unreachable' } });
    expect(server.seen).toHaveLength(4);
  });

  it('asks again when the connection is cut', async () => {
    const { writer } = await against((request, response, count) =>
      count === 1 ? request.socket.destroy() : json(response, 201, configMapNamed('a')),
    );
    expect(await writer.apply(testLease, object, options, never)).toMatchObject({ kind: 'applied', created: true });
  });

  it('asks again when the answer breaks off half-way', async () => {
    const { reader } = await against((request, response, count) => {
      if (count > 1) return json(response, 200, configMapNamed('a'));
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"half":');
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect((await reader.observe(wanted('a'), never)).objects.size).toBe(1);
  });

  it('does not ask again what would be refused again', async () => {
    const { reader, server } = await against((_, response) =>
      json(
        response,
        500,
        status(
          500,
          '',
          'failed to create typed patch object (shop/a; /v1, Kind=ConfigMap): .datum: field not declared in schema',
        ),
      ),
    );
    expect(await reader.dryRunApply(object, options, never)).toMatchObject({
      kind: 'invalid',
      causes: [{ field: 'datum', message: 'field not declared in schema' }],
    });
    expect(server.seen).toHaveLength(1);
  });

  it('gives up on a server nobody listens at', async () => {
    const { reader, server } = await against(() => {});
    await server[Symbol.asyncDispose]();
    open.splice(open.indexOf(server), 1);
    expect(await reader.identity(never)).toMatchObject({ known: false, why: 'unreachable' });
  });
});

describe('time', () => {
  it('says timeout when nothing is answered, and does not wait again', async () => {
    const { reader, server } = await against(() => {});
    const started = performance.now();
    expect(await reader.readInventory(inventory, never)).toMatchObject({ known: false, why: 'timeout' });
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(server.seen).toHaveLength(1);
  });

  it('says timeout when an answer never ends', async () => {
    const { reader } = await against((_, response) => {
      response.writeHead(200);
      response.write('{');
    });
    expect(await reader.readInventory(inventory, never)).toMatchObject({ known: false, why: 'timeout' });
  });

  it('takes a deadline of the caller for what it is', async () => {
    const { reader } = await against(() => {}, { requestMs: 10_000 });
    expect(await reader.readInventory(inventory, AbortSignal.timeout(50))).toMatchObject({
      known: false,
      why: 'timeout',
    });
  });

  it('stops with the reason of the caller, also while it waits to ask again', async () => {
    const { reader } = await against((_, response) => json(response, 503, status(503, 'X', 'down')), {
      backoffMs: 60_000,
      totalMs: 200_000,
    });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('shutting down')), 50);
    await expect(reader.readInventory(inventory, stop.signal)).rejects.toThrow('shutting down');
  });

  it('keeps at most the agreed number of requests in flight', async () => {
    let now = 0;
    let most = 0;
    const { reader } = await against((_, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        json(response, 200, configMapNamed('a'));
      }, 10);
    });
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => reader.dryRunApply(object, options, never)));
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
    expect(most).toBe(8);
  });
});

describe('size', () => {
  it('stops reading beyond the limit and says so', async () => {
    const { reader } = await against(
      (_, response) => json(response, 200, configMapNamed('a', { big: 'x'.repeat(3e6) })),
      {
        responseBytes: 1024 * 1024,
      },
    );
    const seen = await reader.observe(wanted('a'), never);
    expect(seen.unread[0]?.because).toMatchObject({
      why: 'malformed',
      detail: expect.stringContaining('larger than 1 MB'),
    });
    expect(seen.objects.size).toBe(0);
  });

  it('does not unpack a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(200e6, 0x20));
    const { reader } = await against(
      (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(bomb);
      },
      { responseBytes: 1024 * 1024, requestMs: 10_000 },
    );
    const before = process.memoryUsage().rss;
    const seen = await reader.observe(wanted('a'), never);
    expect(seen.unread[0]?.because.detail).toContain('larger than 1 MB');
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it('asks for smaller pages where a page is too large, and misses nothing', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `cm-${index}`);
    const { reader, server } = await against(
      (request, response) => {
        const query = new URL(request.url ?? '', 'http://x').searchParams;
        const from = Number(query.get('continue') ?? 0);
        const until = from + Number(query.get('limit'));
        const items = names
          .slice(from, until)
          .map((name) => ({ metadata: { name, namespace: 'shop' }, data: { a: 'x'.repeat(100_000) } }));
        json(response, 200, {
          kind: 'ConfigMapList',
          apiVersion: 'v1',
          metadata: until < names.length ? { continue: String(until) } : {},
          items,
        });
      },
      { pageBytes: 1024 * 1024, pageSize: 500 },
    );
    const seen = await reader.observe(wanted('cm-0', 'cm-15', 'cm-29', 'absent'), never);
    expect(seen.unread).toEqual([]);
    expect([...seen.objects.keys()].sort()).toEqual([
      '/ConfigMap/shop/cm-0',
      '/ConfigMap/shop/cm-15',
      '/ConfigMap/shop/cm-29',
    ]);
    expect(seen.objects.get('/ConfigMap/shop/cm-0')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(server.seen[0]).toContain('limit=500');
  });

  it('begins a LIST anew when its continue token has expired, and reports when it expires for ever', async () => {
    let expire = 1;
    const { reader } = await against((request, response) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      const first = query.get('continue') === null;
      if (!first && expire > 0) {
        expire -= 1;
        return json(response, 410, status(410, 'Expired', 'The provided continue parameter is too old'));
      }
      // `a` was there at first and is gone when the LIST begins anew.
      const item = { metadata: { name: first ? (expire > 0 ? 'a' : 'c') : 'b', namespace: 'shop' } };
      json(response, 200, { kind: 'ConfigMapList', metadata: first ? { continue: 'more' } : {}, items: [item] });
    });
    const found = await reader.observe(wanted('a', 'b', 'c'), never);
    expect([...found.objects.keys()].sort()).toEqual(['/ConfigMap/shop/b', '/ConfigMap/shop/c']);
    expire = 100;
    const seen = await reader.observe(wanted('a', 'b', 'c'), never);
    expect(seen.objects.size).toBe(0);
    expect(seen.unread).toHaveLength(1);
  });
});

describe('what does not come from an API server', () => {
  const notFound: Answerer = (_, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end('404 page not found\n');
  };

  it('a 404 of something in between never reads as absent', async () => {
    const { reader, writer } = await against(notFound);
    for (const names of [['a'], ['a', 'b', 'c']]) {
      const seen = await reader.observe(wanted(...names), never);
      expect(seen.unread).toMatchObject([{ because: { why: 'malformed' } }]);
    }
    expect(await reader.readInventory(inventory, never)).toMatchObject({ known: false, why: 'malformed' });
    expect(await reader.dryRunApply(object, options, never)).toMatchObject({ kind: 'unavailable' });
    expect(await writer.delete(testLease, wanted('a')[0] ?? expect.fail(), 'uid', never)).toMatchObject({
      kind: 'unavailable',
    });
    expect(await reader.discover(never)).toMatchObject({ known: false });
  });

  it.each([
    ['a login page', '<html>Log in</html>'],
    ['an empty body', ''],
    ['a list where an object is due', '[]'],
    ['an object without a name', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{}}'],
    ['a number', '7'],
  ])('%s with a 200 is malformed, not empty', async (_, body) => {
    const { reader } = await against((__, response) => {
      response.writeHead(200);
      response.end(body);
    });
    for (const names of [['a'], ['a', 'b', 'c']]) {
      expect((await reader.observe(wanted(...names), never)).unread).toMatchObject([{ because: { why: 'malformed' } }]);
    }
    expect(await reader.readInventory(inventory, never)).toMatchObject({ known: false, why: 'malformed' });
    expect(await reader.discover(never)).toMatchObject({ known: false, why: 'malformed' });
    expect(await reader.identity(never)).toMatchObject({ known: false, why: 'malformed' });
    expect(await reader.dryRunApply(object, options, never)).toMatchObject({
      kind: 'unavailable',
      because: { why: 'malformed' },
    });
  });

  it('does not follow redirects', async () => {
    const { reader, server } = await against((_, response) => {
      response.writeHead(302, { location: '/elsewhere' });
      response.end();
    });
    expect(await reader.readInventory(inventory, never)).toMatchObject({ known: false });
    expect(server.seen).toHaveLength(1);
  });
});

describe('words', () => {
  it('keeps warnings, without control characters', async () => {
    const { reader } = await against((_, response) => {
      response.setHeader('warning', ['299 - "v1 Endpoints is \\"deprecated\\""', '299 - "other", 299 - "third"']);
      json(response, 200, configMapNamed('a'));
    });
    expect(await reader.dryRunApply(object, options, never)).toMatchObject({
      kind: 'applied',
      warnings: ['v1 Endpoints is "deprecated"', 'other', 'third'],
    });
  });

  it('strips terminal sequences and caps length', async () => {
    const message = `admission webhook "x" denied the request: \u001b[31mred\u001b]0;title\u0007 \u202eevil\nline ${'y'.repeat(9_000)}`;
    const { reader } = await against((_, response) => json(response, 400, status(400, 'BadRequest', message)));
    const outcome = await reader.dryRunApply(object, options, never);
    if (outcome.kind !== 'denied') return expect.fail(outcome.kind);
    expect(outcome.detail).toMatch(
      /^admission webhook "x" denied the request: red evil line y+ … \(\d+ characters left out\)$/,
    );
    expect(outcome.detail.length).toBeLessThanOrEqual(2_000);
  });

  it.each([
    [
      500,
      'failed to create typed patch object (shop/s; /v1, Kind=Secret): .data.pin: expected string, got &value.valueUnstructured{Value:hunter2}',
    ],
    [400, 'admission webhook "scan" denied the request: weak password "hunter2"'],
    [422, 'Secret "s" is invalid: data[pin]: Invalid value: "hunter2": too weak'],
    [403, 'secrets "s" is forbidden: hunter2'],
    [409, 'Operation cannot be fulfilled: hunter2'],
    [503, 'no such thing as hunter2'],
  ])('never repeats a value of a Secret (%i)', async (code, message) => {
    const cause = { reason: 'FieldValueInvalid', field: 'data[pin]', message: 'Invalid value: "hunter2": too weak' };
    const { reader, writer } = await against((_, response) => {
      response.setHeader('warning', '299 - "hunter2 is weak"');
      json(
        response,
        code,
        status(code, code === 422 ? 'Invalid' : '', message, code === 422 ? { causes: [cause] } : {}),
      );
    });
    const secret: KubernetesObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'shop' } };
    const ref = { ref: { group: '', version: 'v1', kind: 'Secret', namespace: 'shop', name: 's' }, type: secretKind };
    const said = [
      await reader.dryRunApply(secret, { type: secretKind, force: false }, never),
      await writer.delete(testLease, ref, 'uid', never),
      (await reader.observe([ref], never)).unread,
    ];
    expect(said[0]).not.toMatchObject({ kind: 'applied' });
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });
});

describe('discovery', () => {
  it('falls back to asking each group, and a broken group stops nothing else', async () => {
    const { reader } = await against((request, response) => {
      if (request.url === '/api') return json(response, 200, { kind: 'APIVersions', versions: ['v1'] });
      if (request.url === '/api/v1') {
        const resources = [
          { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get', 'list'] },
          { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
        ];
        return json(response, 200, { kind: 'APIResourceList', groupVersion: 'v1', resources });
      }
      if (request.url === '/apis') {
        const groups = [{ name: 'broken.io', versions: [{ groupVersion: 'broken.io/v1', version: 'v1' }] }];
        return json(response, 200, { kind: 'APIGroupList', groups });
      }
      json(response, 503, status(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'));
    });
    expect(await reader.discover(never)).toEqual({
      known: true,
      value: {
        types: [{ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: ['get', 'list'] }],
        brokenGroups: ['broken.io/v1'],
      },
    });
  });

  it('is remembered, forgotten on request, and a failure is not remembered', async () => {
    let failing = false;
    const { reader, server } = await against((request, response) => {
      if (failing) return json(response, 403, status(403, 'Forbidden', 'User "x" cannot get path "/api"'));
      const resources = [{ resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced', verbs: ['get'] }];
      const items = request.url === '/api' ? [{ metadata: {}, versions: [{ version: 'v1', resources }] }] : [];
      json(response, 200, { kind: 'APIGroupDiscoveryList', items });
    });
    expect(await reader.discover(never)).toMatchObject({ known: true });
    await reader.discover(never);
    expect(server.seen).toHaveLength(2);
    failing = true;
    expect(await reader.discover(never, { fresh: true })).toMatchObject({ known: false, why: 'forbidden' });
    expect(await reader.discover(never)).toMatchObject({ known: false });
  });
});

describe('credentials', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'fairlead-kubeconfig-'));
    onTestFinished(() => rm(path, { recursive: true }));
    return path;
  }
  const withToken =
    (token: () => string): Answerer =>
    (request, response) =>
      request.headers.authorization === `Bearer ${token()}`
        ? json(response, 200, configMapNamed('a'))
        : json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));

  it('reads a rotated token file again when it is refused', async () => {
    const path = join(await folder(), 'token');
    let accepted = 'first';
    const { server } = await against(withToken(() => accepted));
    await writeFile(path, 'first\n');
    const connection = await connectCluster({
      kubeconfig: kubeconfigFor(server.url, { tokenFile: path }),
      limits: quick,
    });
    open.push(connection);
    expect((await connection.reader.observe(wanted('a'), never)).objects.size).toBe(1);
    accepted = 'second';
    await writeFile(path, 'second\n');
    expect((await connection.reader.observe(wanted('a'), never)).objects.size).toBe(1);
    accepted = 'third';
    const seen = await connection.reader.observe(wanted('a'), never);
    expect(seen.unread).toMatchObject([{ because: { why: 'forbidden' } }]);
  });

  it('runs credential plugins and tells them the version, and repeats nothing they print when they fail', async () => {
    const plugin = join(await folder(), 'plugin');
    await writeFile(
      plugin,
      `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1*) ;; *) exit 3;; esac\n` +
        `[ "$1" = ok ] && echo '{"status":{"token":"from-plugin"}}' || { echo "secret-token-9" >&2; exit 1; }\n`,
    );
    await chmod(plugin, 0o755);
    const { server } = await against(withToken(() => 'from-plugin'));
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin };
    const working = await connectCluster({
      kubeconfig: kubeconfigFor(server.url, { exec: { ...exec, args: ['ok'] } }),
      limits: { ...quick, requestMs: 5_000 },
    });
    open.push(working);
    expect((await working.reader.observe(wanted('a'), never)).objects.size).toBe(1);
    const failing = await connectCluster({
      kubeconfig: kubeconfigFor(server.url, { exec: { ...exec, args: ['no'] } }),
      limits: { ...quick, requestMs: 5_000 },
    });
    open.push(failing);
    const { unread } = await failing.reader.observe(wanted('a'), never);
    expect(unread).toMatchObject([{ because: { why: 'forbidden' } }]);
    expect(JSON.stringify(unread)).not.toContain('secret-token-9');
  });

  it.each([
    ['no such file', '/nowhere/kubeconfig', /cannot read the kubeconfig/],
    ['not YAML', 'a: [\nb: "sekrit', /not valid/],
    ['no context', '{}', /no current context/],
    [
      'missing cluster',
      JSON.stringify({ 'current-context': 'x', contexts: [{ name: 'x', context: { cluster: 'c' } }] }),
      /cluster that is not there/,
    ],
    ['strange server', kubeconfigFor('ftp://sekrit', {}), /server must begin with https/],
  ])('says plainly what is wrong with a kubeconfig: %s', async (_, kubeconfig, message) => {
    const error = await connectCluster({ kubeconfig }).then(
      () => expect.fail('it connected'),
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('sekrit');
  });
});
