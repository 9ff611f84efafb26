import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { isProvenNoop } from './proven-noop.ts';

const sent: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout', namespace: 'shop', labels: { app: 'checkout' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'checkout' } },
    template: {
      spec: {
        containers: [
          { name: 'a', image: 'a:1', ports: [{ containerPort: 80 }], args: ['--x', '--y'] },
          { name: 'b', image: 'b:1', emptyThing: {} },
        ],
      },
    },
  },
};

const fields: JsonObject = {
  'f:metadata': { 'f:labels': { 'f:app': {} } },
  'f:spec': {
    'f:replicas': {},
    'f:selector': {},
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"a"}': {
            '.': {},
            'f:name': {},
            'f:image': {},
            'f:args': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
          'k:{"name":"b"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:emptyThing': {} },
        },
      },
    },
  },
};

/** As the server stores it: defaults, others' fields, our entry. `change` edits the JSON text, to say what is different. */
function live(change: (text: string) => string = (text) => text, owned: JsonObject = fields): KubernetesObject {
  const stored = {
    ...sent,
    metadata: {
      ...sent.metadata,
      labels: { app: 'checkout', other: 'theirs' },
      uid: 'u',
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          subresource: 'status',
          fieldsV1: { 'f:status': {} },
        },
        { manager: 'fairlead', operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: owned },
      ],
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'checkout' } },
      progressDeadlineSeconds: 600,
      template: {
        spec: {
          restartPolicy: 'Always',
          containers: [
            {
              name: 'a',
              image: 'a:1',
              ports: [{ containerPort: 80, protocol: 'TCP' }],
              args: ['--x', '--y'],
              tty: false,
            },
            { name: 'sidecar', image: 'injected' },
            { name: 'b', image: 'b:1', emptyThing: {} },
          ],
        },
      },
    },
    status: { replicas: 2 },
  };
  const changed: KubernetesObject = JSON.parse(change(JSON.stringify(stored)));
  return changed;
}

describe('isProvenNoop', () => {
  it('is proved past defaults, fields of others and injected items', () => {
    expect(isProvenNoop(sent, live())).toBe(true);
  });

  it.each([
    ['a value differs', (text: string) => text.replace('"replicas":2', '"replicas":3')],
    ['a value in a list item differs', (text: string) => text.replace('"image":"a:1"', '"image":"a:2"')],
    ['a list held whole differs', (text: string) => text.replace('"--x","--y"', '"--y","--x"')],
    ['an atomic map has more in it', (text: string) => text.replace('"matchLabels":{', '"matchLabels":{"x":"y",')],
    ['an item is gone', (text: string) => text.replace('{"name":"b",', '{"name":"z",')],
    ['a key member differs', (text: string) => text.replace('"protocol":"TCP"', '"protocol":"UDP"')],
    [
      'it is being deleted',
      (text: string) => text.replace('"uid":"u"', '"uid":"u","deletionTimestamp":"2026-11-21T00:00:00Z"'),
    ],
    ['another manager applied it', (text: string) => text.replace('"manager":"fairlead"', '"manager":"flux"')],
    ['our entry is of an update', (text: string) => text.replace('"operation":"Apply"', '"operation":"Update"')],
    [
      'our entry is of another version',
      (text: string) => text.replace('"apiVersion":"apps/v1","fieldsType"', '"apiVersion":"apps/v1beta1","fieldsType"'),
    ],
    [
      'the items stand in another order',
      (text: string) =>
        text
          .replace('"name":"a","image":"a:1"', '"name":"b","image":"b:1","emptyThing":{}')
          .replace(/("name":"sidecar".*?)"name":"b","image":"b:1","emptyThing":\{\}/, '$1"name":"a","image":"a:1"'),
    ],
  ])('is not proved when %s', (_what, change) => {
    expect(isProvenNoop(sent, live(change))).toBe(false);
  });

  it('is not proved when a field is no longer declared: applying would remove it', () => {
    const { replicas: _gone, ...spec } = { ...(sent['spec'] as JsonObject) };
    expect(isProvenNoop({ ...sent, spec }, live())).toBe(false);
  });

  it('is not proved when a field is newly declared, even with the value it has: applying would make it ours', () => {
    const spec = { ...(sent['spec'] as JsonObject), progressDeadlineSeconds: 600 };
    expect(isProvenNoop({ ...sent, spec }, live())).toBe(false);
  });

  it('is not proved where fields are held by index', () => {
    const held = JSON.parse(JSON.stringify(fields).replace('k:{\\"name\\":\\"a\\"}', 'i:0')) as JsonObject;
    expect(isProvenNoop(sent, live(undefined, held))).toBe(false);
  });
});
