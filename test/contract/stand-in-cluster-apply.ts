/** Server-side apply: who owns what, conflicts, and what goes when nobody applies it any more. */
import { describe, expect, it } from 'vitest';
import {
  applyType,
  at,
  configMap,
  deployment,
  mergeType,
  object,
  owners,
  strategicType,
  type Ask,
  type JsonMap,
} from './stand-in-cluster-steps.ts';

const core = '/api/v1/namespaces/t1';
const apps = '/apis/apps/v1/namespaces/t1';

export function applyCases(ask: Ask): void {
  const apply = (path: string, body: JsonMap, manager = 'm1', query = '') =>
    ask('PATCH', `${path}?fieldManager=${manager}${query}`, body, applyType);

  describe('server-side apply', () => {
    it('creates, and changes nothing the second time', async () => {
      const made = await apply(`${core}/configmaps/twice`, configMap('twice', { a: '1', b: '2' }));
      expect(made.status).toBe(201);
      expect(owners(made.body)).toEqual({ 'm1 Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } } });
      const again = await apply(`${core}/configmaps/twice`, configMap('twice', { a: '1', b: '2' }));
      expect(again.status).toBe(200);
      expect(at(again.body, 'metadata', 'resourceVersion')).toBe(at(made.body, 'metadata', 'resourceVersion'));
    });

    it('refuses to take a field from another manager, and takes it when forced', async () => {
      const path = `${core}/configmaps/contested`;
      await apply(path, configMap('contested', { a: '1', b: '2' }));
      const one = await apply(path, configMap('contested', { a: '2' }), 'm2');
      expect(one).toMatchObject({
        status: 409,
        body: {
          reason: 'Conflict',
          message: 'Apply failed with 1 conflict: conflict with "m1": .data.a',
          details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.data.a' }] },
        },
      });
      const two = await apply(path, configMap('contested', { a: '2', b: '3' }), 'm2');
      expect(two.body['message']).toBe('Apply failed with 2 conflicts: conflicts with "m1":\n- .data.a\n- .data.b');
      const forced = await apply(path, configMap('contested', { a: '2' }), 'm2', '&force=true');
      expect(forced.body['data']).toEqual({ a: '2', b: '2' });
      expect(owners(forced.body)).toEqual({
        'm1 Apply': { 'f:data': { 'f:b': {} } },
        'm2 Apply': { 'f:data': { 'f:a': {} } },
      });
    });

    it('lets two managers own the same value', async () => {
      const path = `${core}/configmaps/shared`;
      await apply(path, configMap('shared', { a: '1' }));
      const second = await apply(path, configMap('shared', { a: '1' }), 'm2');
      expect(second.status).toBe(200);
      const left = await apply(path, configMap('shared', {}), 'm1');
      expect(left.body['data']).toEqual({ a: '1' });
    });

    it('removes what the manager applies no more and nobody else owns', async () => {
      const path = `${core}/configmaps/pruned`;
      await apply(path, configMap('pruned', { a: '1', b: '2' }));
      await ask('PATCH', `${path}?fieldManager=kubectl-edit`, { data: { c: '3' } }, mergeType);
      const left = await apply(path, configMap('pruned', { b: '2' }));
      expect(left.body['data']).toEqual({ b: '2', c: '3' });
    });

    it('names an updater with its version', async () => {
      const path = `${core}/configmaps/edited`;
      await apply(path, configMap('edited', { a: '1' }));
      const edited = await ask('PATCH', `${path}?fieldManager=kubectl-edit`, { data: { a: '9' } }, mergeType);
      expect(owners(edited.body)).toEqual({ 'kubectl-edit Update': { 'f:data': { 'f:a': {} } } });
      const conflict = await apply(path, configMap('edited', { a: '1' }));
      expect(conflict.body['message']).toBe(
        'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a',
      );
    });

    it('stores nothing in a dry run', async () => {
      const dry = await apply(`${core}/configmaps/dry`, configMap('dry', { a: '1' }), 'm1', '&dryRun=All');
      expect(dry.status).toBe(201);
      expect((await ask('GET', `${core}/configmaps/dry`)).status).toBe(404);
    });

    it('says which field the type does not have, wherever it stands', async () => {
      const top = await apply(
        `${core}/configmaps/x`,
        { ...configMap('x', {}), datum: 1 },
        'm1',
        '&fieldValidation=Strict',
      );
      expect(top.status).toBe(500);
      expect(top.body['message']).toBe(
        'failed to create typed patch object (/x; /v1, Kind=ConfigMap): .datum: field not declared in schema',
      );
      const deep = await apply(`${apps}/deployments/x`, deployment('x', {}, { imagee: 'y' }));
      expect(deep.body['message']).toBe(
        'failed to create typed patch object (/x; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="web"].imagee: field not declared in schema',
      );
      const twice = await apply(`${apps}/deployments/x`, deployment('x', {}, { env: [{ name: 'A' }, { name: 'A' }] }));
      expect(twice.body['message']).toContain('.env: duplicate entries for key [name="A"]');
      const sort = await apply(`${apps}/deployments/x`, deployment('x', { replicas: '3' }));
      expect(sort.body['message']).toContain('.spec.replicas: expected numeric (int or float), got string');
    });

    it('merges containers, ports and variables by their keys', async () => {
      const path = `${apps}/deployments/keyed`;
      const mine = { env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] };
      const first = await apply(path, deployment('keyed', {}, mine));
      const fields = at(
        owners(first.body)['m1 Apply'],
        'f:spec',
        'f:template',
        'f:spec',
        'f:containers',
        'k:{"name":"web"}',
      );
      expect(fields).toEqual({
        '.': {},
        'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
        'f:image': {},
        'f:name': {},
        'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
      });
      const sidecar = { name: 'keyed' };
      const theirs = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: sidecar,
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: {
            spec: {
              containers: [
                { name: 'web', env: [{ name: 'B', value: '2' }] },
                { name: 'side', image: 's:1' },
              ],
            },
          },
        },
      };
      const merged = await apply(path, theirs, 'm2');
      expect(merged.status).toBe(200);
      const containers = at(merged.body, 'spec', 'template', 'spec', 'containers');
      expect(containers).toMatchObject([
        { name: 'web', image: 'nginx:1.27', env: [{ name: 'A' }, { name: 'B' }] },
        { name: 'side', image: 's:1' },
      ]);
      const gone = await apply(path, { ...theirs, spec: { selector: { matchLabels: { app: 'web' } } } }, 'm2');
      expect(at(gone.body, 'spec', 'template', 'spec', 'containers')).toMatchObject([
        { name: 'web', env: [{ name: 'A' }] },
      ]);
    });

    it('leaves a field to the manager that took it', async () => {
      const path = `${apps}/deployments/scaled`;
      await apply(path, deployment('scaled', { replicas: 3 }));
      const edit = {
        spec: { replicas: 5, template: { spec: { containers: [{ name: 'web', image: 'nginx:1.28' }] } } },
      };
      await ask('PATCH', `${path}?fieldManager=kubectl-edit`, edit, strategicType);
      const refused = await apply(path, deployment('scaled', { replicas: 3 }));
      expect(at(refused.body, 'details', 'causes')).toMatchObject([
        { field: '.spec.replicas', message: 'conflict with "kubectl-edit" using apps/v1' },
        { field: '.spec.template.spec.containers[name="web"].image' },
      ]);
      const forced = await apply(path, deployment('scaled'), 'm1', '&force=true');
      expect(forced.body).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: 3 } });
      expect(owners(forced.body)['kubectl-edit Update']).toEqual({ 'f:spec': { 'f:replicas': {} } });
    });

    it('gives what nobody is recorded to own to before-first-apply', async () => {
      const path = `${core}/configmaps/unowned`;
      await ask('POST', `${core}/configmaps`, configMap('unowned', { a: '1' }));
      await ask('PATCH', path, { metadata: { managedFields: [{}] } }, mergeType);
      const refused = await apply(path, configMap('unowned', { a: '2' }));
      expect(refused.body['message']).toBe(
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
      );
    });

    it('keeps status and spec to their own endpoints', async () => {
      const path = `${apps}/deployments/split`;
      await apply(path, deployment('split'));
      const both = { ...deployment('split', { replicas: 9 }), status: { readyReplicas: 2, replicas: 3 } };
      const reported = await apply(`${path}/status`, both, 'controller');
      expect(reported.body).toMatchObject({
        spec: { replicas: 1 },
        status: { readyReplicas: 2, replicas: 3 },
        metadata: { generation: 1 },
      });
      expect(owners(reported.body)['controller Apply/status']).toEqual({
        'f:status': { 'f:readyReplicas': {}, 'f:replicas': {} },
      });
      const ignored = await apply(path, { ...deployment('split'), status: { replicas: 7 } });
      expect(ignored.body).toMatchObject({ status: { replicas: 3 } });
    });

    it('demands manager, kind and name', async () => {
      const path = `${core}/configmaps/named`;
      const nameless = await ask('PATCH', path, configMap('named', {}), applyType);
      expect(nameless).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'fieldManager' }] } } });
      expect((await apply(path, configMap('other', {}))).body['message']).toBe(
        'the name of the object (other) does not match the name on the URL (named)',
      );
      expect((await apply(path, object('v1', 'Secret', 'named'))).body['message']).toBe(
        'invalid object type: /v1, Kind=Secret',
      );
      const elsewhere = { ...configMap('named', {}), metadata: { name: 'named', namespace: 'other' } };
      expect((await apply(path, elsewhere)).status).toBe(400);
    });

    it('needs the namespace to be there', async () => {
      const reply = await apply('/api/v1/namespaces/nowhere/configmaps/a', configMap('a', {}));
      expect(reply).toMatchObject({
        status: 404,
        body: { message: 'namespaces "nowhere" not found', details: { kind: 'namespaces' } },
      });
    });

    it('keeps what stringData once wrote', async () => {
      const path = `${core}/secrets/plain`;
      const made = await apply(path, object('v1', 'Secret', 'plain', { stringData: { a: 'b' } }));
      expect(made.body).toMatchObject({ data: { a: 'Yg==' }, type: 'Opaque' });
      expect(owners(made.body)).toEqual({ 'm1 Apply': { 'f:stringData': { 'f:a': {} } } });
      const other = await apply(path, object('v1', 'Secret', 'plain', { stringData: { z: 'c' } }));
      expect(other.body['data']).toEqual({ a: 'Yg==', z: 'Yw==' });
    });

    it('treats finalizers as a set', async () => {
      const path = `${core}/configmaps/final`;
      const withFinalizer = (name: string) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'final', finalizers: [name] },
      });
      await apply(path, withFinalizer('x.io/a'));
      const both = await apply(path, withFinalizer('x.io/b'), 'm2');
      expect(at(both.body, 'metadata', 'finalizers')).toEqual(['x.io/a', 'x.io/b']);
      expect(owners(both.body)['m2 Apply']).toEqual({ 'f:metadata': { 'f:finalizers': { 'v:"x.io/b"': {} } } });
      await ask('PATCH', path, { metadata: { finalizers: null } }, mergeType);
    });
  });
}
