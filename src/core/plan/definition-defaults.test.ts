import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { withDefaultsToCome } from './definition-defaults.ts';

const teapot = (spec: JsonObject): KubernetesObject => ({
  apiVersion: 'example.org/v1',
  kind: 'Teapot',
  metadata: { name: 'brown', namespace: 'shop' },
  spec,
});

function definition(properties: JsonObject, version = 'v1'): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'teapots.example.org' },
    spec: { group: 'example.org', names: { kind: 'Teapot' }, versions: [{ name: version, schema }] },
  };
}

const filled = (spec: JsonObject, properties: JsonObject) =>
  withDefaultsToCome(teapot(spec), [definition(properties)])['spec'];

describe('defaults of a definition', () => {
  it('fill in what is missing, at any depth, and leave what is there', () => {
    const properties = {
      cups: { type: 'integer', default: 4 },
      lid: { type: 'object', properties: { colour: { type: 'string', default: 'brown' } } },
      handles: { type: 'array', items: { type: 'object', properties: { side: { type: 'string', default: 'left' } } } },
      notes: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { by: { type: 'string', default: '?' } } },
      },
    };
    expect(filled({ lid: {}, handles: [{}, { side: 'right' }], notes: { a: {} } }, properties)).toEqual({
      cups: 4,
      lid: { colour: 'brown' },
      handles: [{ side: 'left' }, { side: 'right' }],
      notes: { a: { by: '?' } },
    });
    expect(filled({ cups: 0 }, properties)).toEqual({ cups: 0 });
  });

  it('do not make a map that is not there, but fill one that is a default itself', () => {
    const inner = { type: 'object', properties: { colour: { default: 'brown' } } };
    expect(filled({}, { lid: inner })).toEqual({});
    expect(filled({}, { lid: { ...inner, default: {} } })).toEqual({ lid: { colour: 'brown' } });
  });

  it('replace a null only where null is not allowed', () => {
    expect(filled({ cups: null }, { cups: { default: 4 } })).toEqual({ cups: 4 });
    expect(filled({ cups: null }, { cups: { default: 4, nullable: true } })).toEqual({ cups: null });
  });

  it('give the very same object when nothing is filled in, for another version, another kind, or no schema', () => {
    const object = teapot({ cups: 4, list: [{ a: 1 }] });
    const properties = { cups: { default: 2 }, list: { items: { properties: { a: { default: 2 } } } } };
    expect(withDefaultsToCome(object, [definition(properties)])).toBe(object);
    expect(withDefaultsToCome(object, [definition({ other: { default: 1 } }, 'v2')])).toBe(object);
    expect(withDefaultsToCome({ ...object, kind: 'Kettle' }, [definition({ other: { default: 1 } })])).toMatchObject({
      kind: 'Kettle',
      spec: object['spec'],
    });
    expect(withDefaultsToCome(object, [])).toBe(object);
    expect(
      withDefaultsToCome(object, [{ ...definition({}), spec: { group: 'example.org', names: { kind: 'Teapot' } } }]),
    ).toBe(object);
  });

  it('leave apiVersion, kind and metadata alone', () => {
    const odd = definition({});
    const properties = { metadata: { properties: { labels: { default: { a: 'b' } } } }, extra: { default: true } };
    const versions = [{ name: 'v1', schema: { openAPIV3Schema: { properties } } }];
    const spec = { group: 'example.org', names: { kind: 'Teapot' }, versions };
    const object = teapot({});
    expect(withDefaultsToCome(object, [{ ...odd, spec }])).toEqual({ ...object, extra: true });
  });
});
