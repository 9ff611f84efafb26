/** Custom kinds: served once established, checked, pruned and defaulted by their own schema. And a group that does not answer. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  applyType,
  at,
  mergeType,
  object,
  owners,
  strategicType,
  type Ask,
  type JsonMap,
} from './stand-in-cluster-steps.ts';

const foos = '/apis/x.example.com/v1/namespaces/t1/foos';
const unchecked =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

const spec = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1 },
    mode: { type: 'string', default: 'fast', enum: ['fast', 'slow'] },
    items: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, v: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    plain: { type: 'array', items: { type: 'string' } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    port: { 'x-kubernetes-int-or-string': true },
    fixed: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed is immutable' }] },
  },
};
const status = { type: 'object', properties: { ready: { type: 'boolean' } } };
const definition = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'foos.x.example.com', {
  spec: {
    group: 'x.example.com',
    scope: 'Namespaced',
    names: { plural: 'foos', kind: 'Foo', shortNames: ['fo'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } } },
      },
    ],
  },
});

export function customKindCases(ask: Ask): void {
  const apply = (name: string, body: JsonMap, manager = 'm1') =>
    ask(
      'PATCH',
      `${foos}/${name}?fieldManager=${manager}&force=true`,
      { apiVersion: 'x.example.com/v1', kind: 'Foo', metadata: { name }, ...body },
      applyType,
    );
  const foo = (name: string, body: JsonMap) => object('x.example.com/v1', 'Foo', name, { spec: body });
  const causes = (body: unknown) =>
    (at(body, 'details', 'causes') as object[]).map(
      (cause) => `${String(at(cause, 'field'))}: ${String(at(cause, 'message'))}`,
    );

  describe('custom kinds', () => {
    beforeAll(async () => {
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.x.example.com';
      await ask('PATCH', `${path}?fieldManager=m1`, definition, applyType);
      for (let tries = 0; tries < 100; tries++) {
        if ((await ask('GET', foos)).status === 200) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error('the custom kind is not served');
    });

    it('are established and discovered', async () => {
      const found = await ask('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.x.example.com');
      expect(at(found.body, 'status', 'conditions')).toMatchObject([
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ]);
      expect(at(found.body, 'spec', 'names')).toMatchObject({ singular: 'foo', listKind: 'FooList' });
      expect((await ask('GET', '/apis/x.example.com/v1')).body).toMatchObject({
        resources: [{ name: 'foos', kind: 'Foo', namespaced: true }, { name: 'foos/status' }],
      });
    });

    it('merge by their schema and take its defaults', async () => {
      const first = await apply('a', {
        spec: {
          size: 1,
          items: [{ name: 'a', v: '1' }],
          tags: ['t'],
          plain: ['p'],
          free: { a: { b: 1 } },
          port: 'http',
        },
      });
      expect(first.status).toBe(201);
      expect(at(first.body, 'spec', 'mode')).toBe('fast');
      expect(owners(first.body)['m1 Apply']).toEqual({
        'f:spec': {
          'f:free': { 'f:a': { '.': {}, 'f:b': {} } },
          'f:items': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:v': {} } },
          'f:plain': {},
          'f:port': {},
          'f:size': {},
          'f:tags': { 'v:"t"': {} },
        },
      });
      const second = await apply(
        'a',
        { spec: { size: 1, items: [{ name: 'b', v: '1' }], tags: ['u'], plain: ['p'] } },
        'm2',
      );
      expect(second.body['spec']).toMatchObject({ items: [{ name: 'a' }, { name: 'b' }], tags: ['t', 'u'] });
    });

    it('name what does not fit', async () => {
      expect((await apply('b', { spec: { size: 1, sise: 2 } })).body['message']).toBe(
        'failed to create typed patch object (/b; x.example.com/v1, Kind=Foo): .spec.sise: field not declared in schema',
      );
      // The real server walks its fields in no fixed order.
      const wrong = causes((await apply('b', { spec: { size: 0, mode: 'odd' } })).body);
      expect(wrong).toHaveLength(3);
      expect(wrong).toEqual(
        expect.arrayContaining([
          'spec.mode: Unsupported value: "odd": supported values: "fast", "slow"',
          'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
          unchecked,
        ]),
      );
      expect(causes((await apply('b', { spec: {} })).body)).toEqual(['spec.size: Required value', unchecked]);
    });

    it('prune unknown fields, with a warning or an error', async () => {
      const dropped = await ask('POST', foos, foo('c', { size: 3, unk: 1 }));
      expect(dropped.body['spec']).toEqual({ mode: 'fast', size: 3 });
      expect(dropped.warnings.join()).toContain('unknown field \\"spec.unk\\"');
      expect((await ask('POST', `${foos}?fieldValidation=Strict`, foo('d', { size: 3, unk: 1 }))).body['message']).toBe(
        'Foo in version "v1" cannot be handled as a Foo: strict decoding error: unknown field "spec.unk"',
      );
    });

    it('update only at a version, and not by strategic patches', async () => {
      await ask('POST', foos, foo('e', { size: 3 }));
      expect(await ask('PUT', `${foos}/e`, foo('e', { size: 4 }))).toMatchObject({
        status: 422,
        body: { details: { causes: [{ field: 'metadata.resourceVersion' }] } },
      });
      expect((await ask('PATCH', `${foos}/e`, { spec: { size: 7 } }, strategicType)).status).toBe(415);
      const patched = await ask('PATCH', `${foos}/e`, { spec: { size: 7 } }, mergeType);
      expect(at(patched.body, 'metadata', 'generation')).toBe(2);
      const ready = await ask('PATCH', `${foos}/e/status?fieldManager=ctl`, { status: { ready: true } }, mergeType);
      expect(ready.body).toMatchObject({ status: { ready: true }, metadata: { generation: 2 } });
      expect(owners(ready.body)['ctl Update/status']).toEqual({ 'f:status': { '.': {}, 'f:ready': {} } });
    });

    it('hold to a transition rule', async () => {
      await apply('f', { spec: { size: 1, fixed: 'one' } });
      const changed = await apply('f', { spec: { size: 1, fixed: 'two' } });
      expect(causes(changed.body)[0]).toContain('spec.fixed: Invalid value');
      expect(causes(changed.body)[0]).toContain('fixed is immutable');
    });
  });

  describe('an aggregated group nobody serves', () => {
    it('answers 503 and is stale in discovery', async () => {
      const service = object('apiregistration.k8s.io/v1', 'APIService', 'v1.broken.example.com', {
        spec: {
          group: 'broken.example.com',
          version: 'v1',
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          insecureSkipTLSVerify: true,
          service: { name: 'none', namespace: 't1' },
        },
      });
      await ask('POST', '/apis/apiregistration.k8s.io/v1/apiservices', service);
      let reply = await ask('GET', '/apis/broken.example.com/v1');
      for (let tries = 0; tries < 100 && reply.status !== 503; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        reply = await ask('GET', '/apis/broken.example.com/v1');
      }
      expect(reply).toMatchObject({ status: 503, body: { text: expect.stringContaining('service unavailable') } });
      await ask('DELETE', '/apis/apiregistration.k8s.io/v1/apiservices/v1.broken.example.com');
    });
  });
}
