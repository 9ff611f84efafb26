/**
 * What every cluster behind the port must do, whatever stands behind it: one list of cases, run against a real API server and
 * against the stand-in. Each case works in a namespace of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ClusterConnection, connectCluster } from '../../src/adapters/kubernetes/connect.ts';
import { applySetId, type Inventory } from '../../src/domain/inventory.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { type KubernetesObject, objectKey, refOf, type ResourceType } from '../../src/domain/kubernetes.ts';
import type { ObservedRef } from '../../src/ports/cluster.ts';
import {
  brokenService,
  configMap,
  deployment,
  deploymentSpec,
  immutableCases,
  inNamespace,
  invalidCases,
  job,
  wantedMap,
  widgetCrd,
} from './cluster-objects.ts';
import { eventually } from './eventually.ts';
import { foreignApply } from './foreign-apply.ts';
import * as kinds from './kinds.ts';
import { testLease } from './leases.ts';

export interface ClusterUnderTest {
  /** Text of a kubeconfig that may do everything. */
  kubeconfig(): Promise<string>;
}

const never = new AbortController().signal;
const calm = { force: false };

export function clusterContract(name: string, cluster: ClusterUnderTest): void {
  describe(`cluster contract: ${name}`, () => {
    let admin: ClusterConnection;
    let kubeconfig = '';
    let namespaces = 0;

    beforeAll(async () => {
      kubeconfig = await cluster.kubeconfig();
      admin = await connectCluster({ kubeconfig });
    });
    afterAll(async () => {
      await admin.close();
    });

    async function ownNamespace(): Promise<string> {
      namespaces += 1;
      const namespace = `contract-${namespaces}-${process.pid}`;
      const outcome = await admin.writer.apply(
        testLease,
        inNamespace('', 'v1', 'Namespace', namespace),
        { type: kinds.namespaceKind, ...calm },
        never,
      );
      expect(outcome).toMatchObject({ kind: 'applied', created: true });
      return namespace;
    }
    function apply(object: KubernetesObject, type: ResourceType, force = false) {
      return admin.writer.apply(testLease, object, { type, force }, never);
    }
    function dryRun(object: KubernetesObject, type: ResourceType, force = false) {
      return admin.reader.dryRunApply(object, { type, force }, never);
    }
    function observe(...wanted: ObservedRef[]) {
      return admin.reader.observe(wanted, never);
    }

    describe('what it is', () => {
      it('has an identity that stays', async () => {
        const first = await admin.reader.identity(never);
        expect(first).toMatchObject({ known: true, value: { serverVersion: expect.stringMatching(/^v1\.\d+\.\d+/) } });
        expect(first.known && first.value.uid.length).toBeGreaterThan(10);
        expect(await admin.reader.identity(never)).toEqual(first);
      });

      it('lists the kinds it serves, once each, subresources left out', async () => {
        const found = await admin.reader.discover(never);
        if (!found.known) return expect.fail(found.detail);
        const kind = (wanted: string) =>
          found.value.types.filter((type) => type.kind === wanted && ['', 'apps'].includes(type.group));
        expect(kind('Deployment')).toMatchObject([
          { group: 'apps', version: 'v1', plural: 'deployments', namespaced: true },
        ]);
        expect(kind('Namespace')).toMatchObject([
          { group: '', version: 'v1', plural: 'namespaces', namespaced: false },
        ]);
        expect(kind('ConfigMap')[0]?.verbs).toEqual(expect.arrayContaining(['get', 'list', 'patch', 'delete']));
      });

      it('serves a new kind after its CRD was applied; a group whose server does not answer stops nothing', async () => {
        expect(await apply(widgetCrd(), kinds.crdKind)).toMatchObject({ kind: 'applied' });
        expect(await apply(brokenService(), kinds.apiServiceKind)).toMatchObject({ kind: 'applied' });
        const found = await eventually(
          () => admin.reader.discover(never, { fresh: true }),
          (evidence) =>
            evidence.known &&
            evidence.value.types.some(({ kind }) => kind === 'Widget') &&
            evidence.value.brokenGroups.includes('broken.fairlead.test/v1'),
        );
        const widget = found.known ? found.value.types.find(({ kind }) => kind === 'Widget') : undefined;
        if (widget === undefined) return expect.fail('not served');
        expect(widget).toMatchObject({ group: 'fairlead.test', version: 'v1', plural: 'widgets', namespaced: true });

        const namespace = await ownNamespace();
        const one = { ...inNamespace('fairlead.test', 'v1', 'Widget', 'one', namespace), spec: { size: 1 } };
        const outcome = await eventually(
          () => apply(one, widget),
          ({ kind }) => kind === 'applied',
        );
        expect(outcome).toMatchObject({ kind: 'applied', created: true });
        expect(await admin.reader.count(widget, 10, never)).toEqual({ known: true, value: 1 });
        const wrong = { ...one, spec: { size: 'large' } };
        expect(await dryRun(wrong, widget)).toMatchObject({ kind: 'invalid', causes: [{ field: 'spec.size' }] });
        expect(await dryRun({ ...one, spec: { size: 1, colour: 'red' } }, widget)).toMatchObject({
          kind: 'invalid',
          causes: [{ field: 'spec.colour', message: expect.stringContaining('field not declared in schema') }],
        });
      });
    });

    describe('observing', () => {
      it('finds by name and by list, leaves absent objects out, keeps nothing else', async () => {
        const namespace = await ownNamespace();
        await Promise.all(
          ['a', 'b', 'c', 'other'].map((each) => apply(configMap(namespace, each, { k: each }), kinds.configMapKind)),
        );
        const few = await observe(wantedMap(namespace, 'a'), wantedMap(namespace, 'absent'));
        expect([...few.objects.keys()]).toEqual([`/ConfigMap/${namespace}/a`]);
        const many = await observe(...['a', 'b', 'c', 'absent'].map((each) => wantedMap(namespace, each)));
        expect([...many.objects.keys()].sort()).toEqual(
          ['a', 'b', 'c'].map((each) => `/ConfigMap/${namespace}/${each}`),
        );
        expect(many.objects.get(`/ConfigMap/${namespace}/b`)).toMatchObject({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          data: { k: 'b' },
        });
        expect([...few.unread, ...many.unread]).toEqual([]);
      });

      it('reads page by page', async () => {
        const namespace = await ownNamespace();
        const names = Array.from({ length: 25 }, (_, index) => `cm-${index}`);
        await Promise.all(names.map((each) => apply(configMap(namespace, each), kinds.configMapKind)));
        const paged = await connectCluster({ kubeconfig, limits: { pageSize: 10 } });
        const seen = await paged.reader.observe(
          names.map((each) => wantedMap(namespace, each)),
          never,
        );
        expect(seen.objects.size).toBe(25);
        expect(paged.reader.requests()).toBe(3);
        await paged.close();
      });

      it('takes a missing namespace and a kind that is not served as absent', async () => {
        const thing = { group: 'nowhere.example.com', version: 'v1', kind: 'Thing', namespace: 'default', name: 'x' };
        const seen = await observe(
          wantedMap('no-such-namespace', 'a'),
          wantedMap('no-such-namespace', 'b'),
          wantedMap('no-such-namespace', 'c'),
          { ref: thing, type: kinds.unservedKind },
        );
        expect(seen).toEqual({ objects: new Map(), unread: [] });
      });

      it('finds cluster-scoped objects', async () => {
        const namespace = await ownNamespace();
        const ref = { group: '', version: 'v1', kind: 'Namespace', namespace: '', name: namespace };
        expect((await observe({ ref, type: kinds.namespaceKind })).objects.has(objectKey(ref))).toBe(true);
      });

      it('names that no object can have are absent, and never climb to another resource', async () => {
        const seen = await observe(
          wantedMap('default', '..'),
          wantedMap('default', '../secrets/x'),
          wantedMap('..', 'x'),
        );
        expect(seen).toEqual({ objects: new Map(), unread: [] });
        expect(await dryRun(configMap('default', '..'), kinds.configMapKind)).toMatchObject({ kind: 'invalid' });
      });
    });

    describe('applying', () => {
      it('a dry run answers with defaults and stores nothing', async () => {
        const namespace = await ownNamespace();
        const outcome = await dryRun(deployment(namespace, 'web'), kinds.deploymentKind);
        expect(outcome).toMatchObject({
          kind: 'applied',
          created: true,
          object: { spec: { revisionHistoryLimit: 10 } },
        });
        expect(
          (await observe({ ref: refOf(deployment(namespace, 'web')), type: kinds.deploymentKind })).objects.size,
        ).toBe(0);
      });

      it('creates, changes, and the same twice is the same as once', async () => {
        const namespace = await ownNamespace();
        const first = await apply(configMap(namespace, 'a', { k: '1' }), kinds.configMapKind);
        expect(first).toMatchObject({ kind: 'applied', created: true });
        const again = await apply(configMap(namespace, 'a', { k: '1' }), kinds.configMapKind);
        expect(again).toMatchObject({ kind: 'applied', created: false });
        const version = (outcome: typeof first) =>
          outcome.kind === 'applied' ? outcome.object.metadata.resourceVersion : outcome.kind;
        expect(version(again)).toBe(version(first));
        const changed = await apply(configMap(namespace, 'a', { k: '2' }), kinds.configMapKind);
        expect(changed).toMatchObject({ kind: 'applied', created: false, object: { data: { k: '2' } } });
        const managers = changed.kind === 'applied' ? changed.object.metadata.managedFields : [];
        expect(managers).toMatchObject([{ manager: 'fairlead', operation: 'Apply' }]);
      });

      it('names the manager and fields of a conflict; force takes them over', async () => {
        const namespace = await ownNamespace();
        await foreignApply(kubeconfig, 'kubectl-edit', {
          ...deployment(namespace, 'web'),
          spec: deploymentSpec('two', 3),
        });
        const outcome = await dryRun(deployment(namespace, 'web'), kinds.deploymentKind);
        if (outcome.kind !== 'conflict') return expect.fail(outcome.kind);
        expect(outcome.conflicts).toEqual([
          { manager: 'kubectl-edit', fields: ['spec.replicas', 'spec.template.spec.containers[app].image'] },
        ]);
        expect(await dryRun(deployment(namespace, 'web'), kinds.deploymentKind, true)).toMatchObject({
          kind: 'applied',
          created: false,
          object: { spec: { replicas: 1 } },
        });
      });

      it.each(immutableCases)('says which field cannot change: %s', async (_, type, before, after, fields) => {
        const namespace = await ownNamespace();
        expect(await apply(before(namespace), type)).toMatchObject({ kind: 'applied' });
        const outcome = await dryRun(after(namespace), type, true);
        expect(outcome).toMatchObject({ kind: 'immutable', fields });
        // The server quotes the whole value it refuses, environment variables and all.
        expect(JSON.stringify(outcome)).not.toContain('sesame');
      });

      it('an object with any other fault is invalid, not immutable', async () => {
        const namespace = await ownNamespace();
        await apply(deployment(namespace, 'web'), kinds.deploymentKind);
        const broken = deploymentSpec('', 1, 'other');
        const outcome = await dryRun({ ...deployment(namespace, 'web'), spec: broken }, kinds.deploymentKind, true);
        expect(outcome.kind).toBe('invalid');
      });

      it.each(invalidCases)('says what is invalid and where: %s', async (_, type, object, causes) => {
        const namespace = await ownNamespace();
        expect(await dryRun(object(namespace), type)).toMatchObject({ kind: 'invalid', causes });
        expect(await apply(object(namespace), type)).toMatchObject({ kind: 'invalid', causes });
      });

      it('tells a missing namespace from a missing kind', async () => {
        expect(await dryRun(configMap('no-such-namespace', 'a'), kinds.configMapKind)).toMatchObject({
          kind: 'namespace-missing',
        });
        const thing = inNamespace('nowhere.example.com', 'v1', 'Thing', 'x', 'default');
        expect(await dryRun(thing, kinds.unservedKind)).toMatchObject({ kind: 'kind-unknown' });
      });

      it('passes on warnings', async () => {
        const namespace = await ownNamespace();
        const endpoints = inNamespace('', 'v1', 'Endpoints', 'old', namespace);
        expect(await dryRun(endpoints, kinds.endpointsKind)).toMatchObject({
          kind: 'applied',
          warnings: [expect.stringContaining('deprecated')],
        });
      });

      it('never repeats the values of a Secret', async () => {
        const namespace = await ownNamespace();
        const secret = (members: JsonObject) => ({ ...inNamespace('', 'v1', 'Secret', 's', namespace), ...members });
        await apply(secret({ stringData: { pin: 'sesame' }, type: 'Opaque' }), kinds.secretKind);
        const attempts = [
          secret({ data: { pin: 73_737 } }),
          secret({ data: { pin: 'sesame!' } }),
          secret({ type: 'kubernetes.io/tls', stringData: { pin: 'sesame' } }),
          secret({ stringData: { pin: { sesame: true } } }),
          secret({ datta: { pin: 'sesame' } }),
        ];
        for (const attempt of attempts) {
          const outcome = await dryRun(attempt, kinds.secretKind, true);
          expect(['invalid', 'immutable']).toContain(outcome.kind);
          expect(JSON.stringify(outcome)).not.toMatch(/sesame|73737|c2VzYW1l/);
        }
      });
    });

    describe('deleting', () => {
      it('deletes the object of this uid, and another of the same name not', async () => {
        const namespace = await ownNamespace();
        const outcome = await apply(configMap(namespace, 'a'), kinds.configMapKind);
        const uid = outcome.kind === 'applied' ? (outcome.object.metadata.uid ?? '') : '';
        const wanted = wantedMap(namespace, 'a');
        expect(
          await admin.writer.delete(testLease, wanted, '00000000-0000-4000-8000-000000000000', never),
        ).toMatchObject({ kind: 'not-ours' });
        expect(await admin.writer.delete(testLease, wanted, '', never)).toMatchObject({ kind: 'not-ours' });
        expect((await observe(wanted)).objects.size).toBe(1);
        expect(await admin.writer.delete(testLease, wanted, uid, never)).toEqual({ kind: 'deleted' });
        expect(await admin.writer.delete(testLease, wanted, uid, never)).toEqual({ kind: 'gone' });
        expect((await observe(wanted)).objects.size).toBe(0);
      });

      it('an object of a kind that is served no more is gone', async () => {
        const ref = { group: 'nowhere.example.com', version: 'v1', kind: 'Thing', namespace: 'default', name: 'x' };
        expect(await admin.writer.delete(testLease, { ref, type: kinds.unservedKind }, 'uid', never)).toEqual({
          kind: 'gone',
        });
      });
    });

    describe('inventory', () => {
      it('does not exist, is written, read back, replaced', async () => {
        const namespace = await ownNamespace();
        const ref = { environmentKey: 'forge/7/prod', name: 'fairlead-prod', namespace };
        const id = applySetId(ref);
        expect(await admin.reader.readInventory(ref, never)).toEqual({
          known: true,
          value: { applySetId: id, entries: [], exists: false },
        });
        const entries = [
          { ref: refOf(configMap(namespace, 'a')), uid: 'u-1' },
          { ref: refOf(deployment('elsewhere', 'web')), uid: '' },
        ];
        const inventory: Inventory = { applySetId: id, entries, exists: true };
        expect(await admin.writer.writeInventory(testLease, ref, inventory, never)).toEqual({ kind: 'written' });
        const read = await admin.reader.readInventory(ref, never);
        expect(read).toMatchObject({ known: true, value: { applySetId: id, exists: true } });
        expect(read.known && new Set(read.value.entries)).toEqual(new Set(entries));
        const parent = (await observe(wantedMap(namespace, 'fairlead-prod'))).objects.get(
          `/ConfigMap/${namespace}/fairlead-prod`,
        );
        expect(parent?.metadata).toMatchObject({
          labels: { 'applyset.kubernetes.io/id': id },
          annotations: {
            'applyset.kubernetes.io/tooling': 'fairlead/v1',
            'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Deployment.apps',
            'applyset.kubernetes.io/additional-namespaces': 'elsewhere',
          },
        });
        await admin.writer.writeInventory(testLease, ref, { ...inventory, entries: [] }, never);
        expect(await admin.reader.readInventory(ref, never)).toEqual({
          known: true,
          value: { applySetId: id, entries: [], exists: true },
        });
      });

      it('one that cannot be trusted is malformed, never empty', async () => {
        const namespace = await ownNamespace();
        const ref = { environmentKey: 'forge/7/prod', name: 'inv', namespace };
        await apply(configMap(namespace, 'inv', { hello: 'world' }), kinds.configMapKind);
        expect(await admin.reader.readInventory(ref, never)).toMatchObject({ known: false, why: 'malformed' });
        const inventory: Inventory = { applySetId: applySetId(ref), entries: [], exists: true };
        expect(await admin.writer.writeInventory(testLease, ref, inventory, never)).toEqual({ kind: 'written' });
        expect(await admin.reader.readInventory(ref, never)).toMatchObject({ known: true });
        const foreign = { ...ref, environmentKey: 'forge/8/prod' };
        expect(await admin.reader.readInventory(foreign, never)).toMatchObject({ known: false, why: 'malformed' });
        const damaged = {
          ...inNamespace('', 'v1', 'ConfigMap', 'inv', namespace),
          binaryData: { 'inventory.json.gz': 'AAAA' },
        };
        await foreignApply(kubeconfig, 'vandal', damaged);
        expect(await admin.reader.readInventory(ref, never)).toMatchObject({ known: false, why: 'malformed' });
      });

      it('holds ten thousand objects, says when it is too large, and when its namespace is missing', async () => {
        const namespace = await ownNamespace();
        const ref = { environmentKey: 'forge/7/prod', name: 'large', namespace };
        const inventoryOf = (count: number): Inventory => ({
          applySetId: applySetId(ref),
          exists: true,
          entries: Array.from({ length: count }, (_, index) => ({
            ref: refOf(configMap(namespace, `cm-${index}`)),
            uid: crypto.randomUUID(),
          })),
        });
        expect(await admin.writer.writeInventory(testLease, ref, inventoryOf(10_000), never)).toEqual({
          kind: 'written',
        });
        const read = await admin.reader.readInventory(ref, never);
        expect(read.known && read.value.entries.length).toBe(10_000);
        expect(await admin.writer.writeInventory(testLease, ref, inventoryOf(80_000), never)).toMatchObject({
          kind: 'denied',
          detail: expect.stringContaining('80000 objects'),
        });
        const nowhere = { ...ref, namespace: 'no-such-namespace' };
        expect(await admin.writer.writeInventory(testLease, nowhere, inventoryOf(1), never)).toMatchObject({
          kind: 'namespace-missing',
        });
      });
    });

    describe('rollouts', () => {
      it('finds the pods of the newest ReplicaSet only, and those of a Job', async () => {
        const namespace = await ownNamespace();
        await apply(deployment(namespace, 'web'), kinds.deploymentKind);
        const ref = refOf(deployment(namespace, 'web'));
        await eventually(
          () => admin.reader.related(ref, never),
          (evidence) => evidence.known && evidence.value.total === 1,
        );
        await apply(
          { ...deployment(namespace, 'web'), spec: deploymentSpec('shop/app:does-not-exist', 1) },
          kinds.deploymentKind,
        );
        const images = (pods: readonly KubernetesObject[]) =>
          pods.map((pod) => JSON.stringify(pod['spec']).includes('does-not-exist'));
        const related = await eventually(
          () => admin.reader.related(ref, never),
          (evidence) => evidence.known && evidence.value.total === 1 && images(evidence.value.pods)[0] === true,
        );
        expect(related.known && images(related.value.pods)).toEqual([true]);
        expect(related.known && related.value.pods[0]?.metadata).not.toHaveProperty('managedFields');
        expect(await admin.reader.related(refOf(configMap(namespace, 'a')), never)).toEqual({
          known: true,
          value: { pods: [], total: 0 },
        });
        expect(await admin.reader.related({ ...ref, name: 'absent' }, never)).toEqual({
          known: true,
          value: { pods: [], total: 0 },
        });
        await apply(job(namespace, 'once'), kinds.jobKind);
        const ofJob = await eventually(
          () => admin.reader.related(refOf(job(namespace, 'once')), never),
          (evidence) => evidence.known && evidence.value.total === 1,
        );
        expect(ofJob).toMatchObject({ known: true, value: { total: 1 } });
      });
    });
  });
}
