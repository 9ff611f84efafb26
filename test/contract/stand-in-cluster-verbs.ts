/** The other verbs, errors, discovery, lists and watches. */
import { describe, expect, it } from 'vitest';
import { applyType, at, configMap, jsonPatchType, mergeType, owners, type Ask } from './stand-in-cluster-steps.ts';

const maps = '/api/v1/namespaces/t1/configmaps';
const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function verbCases(ask: Ask): void {
  describe('create, update, patch, delete', () => {
    it('creates once', async () => {
      const made = await ask('POST', maps, configMap('once', { x: '1' }));
      expect(made.status).toBe(201);
      expect(owners(made.body)).toEqual({ 'contract Update': { 'f:data': { '.': {}, 'f:x': {} } } });
      expect(await ask('POST', maps, configMap('once', {}))).toMatchObject({
        status: 409,
        body: { reason: 'AlreadyExists', message: 'configmaps "once" already exists' },
      });
    });

    it('names what is wrong with a name', async () => {
      const bad = await ask('POST', maps, configMap('Bad_Name', {}));
      expect(bad).toMatchObject({
        status: 422,
        body: { reason: 'Invalid', details: { causes: [{ field: 'metadata.name', reason: 'FieldValueInvalid' }] } },
      });
      expect(bad.body['message']).toContain(
        'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of',
      );
      const none = await ask('POST', maps, { kind: 'ConfigMap', apiVersion: 'v1' });
      expect(none.body['message']).toBe(
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      );
    });

    it('refuses, warns of or drops unknown fields as asked', async () => {
      const odd = { ...configMap('odd', {}), metadata: { name: 'odd', lables: {} }, foo: 1 };
      const strict = await ask('POST', `${maps}?fieldValidation=Strict`, odd);
      expect(strict).toMatchObject({
        status: 400,
        body: {
          message:
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.lables", unknown field "foo"',
        },
      });
      const warned = await ask('POST', `${maps}?fieldValidation=Warn`, odd);
      expect(warned.status).toBe(201);
      expect(warned.warnings.join()).toContain('unknown field \\"foo\\"');
    });

    it('updates against the version it was read at', async () => {
      await ask('POST', maps, configMap('put', { x: '1' }));
      const stale = { ...configMap('put', { x: '2' }), metadata: { name: 'put', resourceVersion: '1' } };
      expect(await ask('PUT', `${maps}/put`, stale)).toMatchObject({
        status: 409,
        body: { reason: 'Conflict', message: `Operation cannot be fulfilled on configmaps "put": ${modified}` },
      });
      const done = await ask('PUT', `${maps}/put`, configMap('put', { x: '2' }));
      const same = await ask('PUT', `${maps}/put`, configMap('put', { x: '2' }));
      expect(at(same.body, 'metadata', 'resourceVersion')).toBe(at(done.body, 'metadata', 'resourceVersion'));
    });

    it('patches by JSON patch and merge patch', async () => {
      await ask('POST', maps, configMap('patched', { x: '1' }));
      const replaced = await ask(
        'PATCH',
        `${maps}/patched`,
        [{ op: 'replace', path: '/data/x', value: '5' }],
        jsonPatchType,
      );
      expect(replaced.body['data']).toEqual({ x: '5' });
      const failed = await ask(
        'PATCH',
        `${maps}/patched`,
        [{ op: 'test', path: '/data/x', value: '6' }],
        jsonPatchType,
      );
      expect(failed).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      const merged = await ask('PATCH', `${maps}/patched`, { data: { x: null, y: '1' } }, mergeType);
      expect(merged.body['data']).toEqual({ y: '1' });
      expect((await ask('PATCH', `${maps}/patched`, {}, 'text/plain')).status).toBe(415);
      expect((await ask('PATCH', `${maps}/nowhere`, {}, mergeType)).status).toBe(404);
    });

    it('deletes only under its preconditions', async () => {
      const made = await ask('POST', maps, configMap('doomed', {}));
      const uid = String(at(made.body, 'metadata', 'uid'));
      const options = (preconditions: object) => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
      const wrong = await ask('DELETE', `${maps}/doomed`, options({ uid: 'other' }));
      expect(wrong).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
      expect(wrong.body['message']).toContain(
        `the UID in the precondition (other) does not match the UID in record (${uid})`,
      );
      const right = await ask('DELETE', `${maps}/doomed`, options({ uid }));
      expect(right).toMatchObject({
        status: 200,
        body: { status: 'Success', details: { name: 'doomed', kind: 'configmaps', uid } },
      });
      expect((await ask('GET', `${maps}/doomed`)).body['message']).toBe('configmaps "doomed" not found');
    });

    it('keeps an object with a finalizer until it is gone', async () => {
      await ask('POST', maps, { ...configMap('held', {}), metadata: { name: 'held', finalizers: ['x.io/hold'] } });
      const deleted = await ask('DELETE', `${maps}/held`);
      expect(deleted.body['kind']).toBe('ConfigMap');
      expect(at(deleted.body, 'metadata', 'deletionTimestamp')).toBeTypeOf('string');
      await ask('PATCH', `${maps}/held`, { metadata: { finalizers: null } }, mergeType);
      expect((await ask('GET', `${maps}/held`)).status).toBe(404);
    });

    it('takes nothing new into a namespace that is going', async () => {
      await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaving' } });
      const gone = await ask('DELETE', '/api/v1/namespaces/leaving');
      expect(gone.body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
      const late = await ask(
        'PATCH',
        '/api/v1/namespaces/leaving/configmaps/x?fieldManager=m',
        configMap('x', {}),
        applyType,
      );
      expect(late).toMatchObject({
        status: 403,
        body: {
          message:
            'configmaps "x" is forbidden: unable to create new content in namespace leaving because it is being terminated',
          details: { causes: [{ reason: 'NamespaceTerminating' }] },
        },
      });
    });
  });

  describe('reading', () => {
    it('pages through a list', async () => {
      for (const name of ['page-a', 'page-b', 'page-c'])
        await ask('POST', maps, { ...configMap(name, {}), metadata: { name, labels: { page: 'yes', name } } });
      const names = (body: unknown) => (at(body, 'items') as object[]).map((item) => at(item, 'metadata', 'name'));
      const first = await ask('GET', `${maps}?limit=2&labelSelector=page%3Dyes`);
      expect(names(first.body)).toEqual(['page-a', 'page-b']);
      expect(at(first.body, 'items', 0, 'kind')).toBeUndefined();
      const token = encodeURIComponent(String(at(first.body, 'metadata', 'continue')));
      const second = await ask('GET', `${maps}?limit=2&labelSelector=page%3Dyes&continue=${token}`);
      expect(names(second.body)).toEqual(['page-c']);
      expect(at(second.body, 'metadata', 'continue')).toBeUndefined();
      const some = await ask(
        'GET',
        `${maps}?labelSelector=${encodeURIComponent('page,name in (page-a,page-c),name!=page-c')}`,
      );
      expect(names(some.body)).toEqual(['page-a']);
      const byName = await ask('GET', `/api/v1/configmaps?fieldSelector=metadata.name%3Dpage-b`);
      expect(names(byName.body)).toEqual(['page-b']);
    });

    it('refuses selectors it does not know', async () => {
      const field = await ask('GET', `${maps}?fieldSelector=foo%3Da`);
      expect(field.body['message']).toBe(
        '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
      );
      expect((await ask('GET', `${maps}?labelSelector=a%20in`)).status).toBe(400);
    });

    it('watches from a version on', async () => {
      const made = await ask('POST', maps, configMap('watched', {}));
      const from = String(at(made.body, 'metadata', 'resourceVersion'));
      await ask('PATCH', `${maps}/watched`, { data: { x: '1' } }, mergeType);
      await ask('DELETE', `${maps}/watched`);
      const watch = `${maps}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dwatched&resourceVersion=${from}`;
      const seen = at((await ask('GET', watch)).body, 'events') as object[];
      expect(seen.map((event) => at(event, 'type'))).toEqual(['MODIFIED', 'DELETED']);
      expect(at(seen[0], 'object', 'data')).toEqual({ x: '1' });
    });

    it('tells an unknown kind, group and version apart', async () => {
      expect(await ask('GET', '/api/v1/namespaces/t1/nonesuch')).toMatchObject({
        status: 404,
        body: { message: 'the server could not find the requested resource', reason: 'NotFound' },
      });
      expect(await ask('GET', '/apis/apps/v2/deployments')).toMatchObject({
        status: 404,
        body: { reason: 'NotFound' },
      });
      expect((await ask('GET', '/apis/none.io/v1/foos')).body['text']).toContain('404 page not found');
      expect(await ask('POST', '/api/v1/configmaps', configMap('x', {}))).toMatchObject({
        status: 405,
        body: { reason: 'MethodNotAllowed' },
      });
    });

    it('says what it is', async () => {
      expect((await ask('GET', '/version')).body).toMatchObject({ gitVersion: 'v1.36.3' });
      const group = await ask('GET', '/apis/apps/v1');
      const kinds = (at(group.body, 'resources') as object[]).map((resource) => at(resource, 'name'));
      expect(kinds).toEqual(expect.arrayContaining(['deployments', 'deployments/status', 'statefulsets']));
    });

    it('warns of deprecated kinds', async () => {
      const reply = await ask('GET', '/api/v1/namespaces/t1/endpoints');
      expect(reply.warnings.join()).toContain(
        'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
      );
    });
  });
}
