import { describe, expect, it } from 'vitest';

import type { ResolvedObject } from '../../domain/desired.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { checkByDefinition } from './by-definition.ts';

const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 9 },
                  colour: { type: 'string', enum: ['red', 'blue'] },
                  port: { 'x-kubernetes-int-or-string': true },
                  note: { type: 'string', nullable: true },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  parts: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  pod: {
                    type: 'object',
                    'x-kubernetes-embedded-resource': true,
                    properties: { spec: { type: 'object' } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

function findingsFor(spec: JsonObject, apiVersion = 'example.com/v1'): readonly string[] {
  const type = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true, verbs: [] };
  const widget: KubernetesObject = { apiVersion, kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec };
  const resolved = (object: KubernetesObject, declaredByCrd: boolean): ResolvedObject => ({
    desired: { object, source: { file: 'all.yaml', line: 3 } },
    type,
    declaredByCrd,
  });
  const found = checkByDefinition([resolved(definition, false), resolved(widget, true)], ({ line }) => line + 1);
  return found.map(({ code, detail, file, line }) => `${code} ${file}:${line} ${detail}`);
}

describe('checkByDefinition', () => {
  it('lets a valid object pass', () => {
    const spec = { size: 3, colour: 'red', port: 'http', note: null, labels: { a: 'b' }, parts: [{ name: 'x' }] };
    expect(findingsFor({ ...spec, free: { any: [1] }, pod: { apiVersion: 'v1', kind: 'Pod', spec: {} } })).toEqual([]);
  });

  it('says what is wrong, each with its line', () => {
    const spec = { colour: 'green', port: 1.5, labels: { a: 1 }, parts: [{ nme: 'x' }], sze: 3 };
    expect(findingsFor(spec)).toMatchInlineSnapshot(`
      [
        "definition-invalid all.yaml:4 spec.size: is required",
        "definition-invalid all.yaml:4 spec.colour: must be one of "red", "blue"",
        "definition-invalid all.yaml:4 spec.port: must be an integer or a string",
        "definition-invalid all.yaml:4 spec.labels.a: must be of type string",
        "definition-invalid all.yaml:4 spec.parts[0].nme: is not a field of its definition",
        "definition-invalid all.yaml:4 spec.sze: is not a field of its definition",
      ]
    `);
  });

  it('checks bounds, and leaves nulls to the server, which drops them', () => {
    expect(findingsFor({ size: 0 })[0]).toContain('spec.size: must be at least 1');
    expect(findingsFor({ size: 10 })[0]).toContain('spec.size: must be at most 9');
    expect(findingsFor({ size: 3, colour: null })).toEqual([]);
  });

  it('says nothing about a version the definition does not have: the server will', () => {
    expect(findingsFor({ sze: 1 }, 'example.com/v2')).toEqual([]);
  });
});
