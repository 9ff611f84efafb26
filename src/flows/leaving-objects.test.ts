import { expect, test } from 'vitest';
import type { Discovery, ObjectRef, ResourceType } from '../domain/kubernetes.ts';
import { leavingEntries } from './leaving-objects.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: ['get', 'list', 'patch', 'delete'],
};
const ref = (group: string, version: string, kind: string): ObjectRef => ({
  group,
  version,
  kind,
  namespace: 'shop',
  name: 'one',
});
const entry = (group: string, version: string, kind: string) => ({ ref: ref(group, version, kind), uid: 'u' });

test('of a group that does not answer nothing is taken as gone', () => {
  const served: Discovery = { types: [configMaps], brokenGroups: ['broken.example.com/v1'] };
  const entries = [
    entry('', 'v1', 'ConfigMap'),
    entry('broken.example.com', 'v1', 'Gauge'),
    entry('removed.example.com', 'v1', 'Widget'),
  ];
  expect(leavingEntries(entries, new Set(), served)).toEqual({
    known: [{ ref: ref('', 'v1', 'ConfigMap'), type: configMaps }],
    unserved: [ref('removed.example.com', 'v1', 'Widget')],
    broken: [
      {
        reason: 'group-unavailable',
        detail: 'the API group broken.example.com/v1 does not answer, and objects of it are to be deleted',
      },
    ],
  });
});
