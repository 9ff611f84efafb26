import { expect, it } from 'vitest';
import { live, object } from '../test-support.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { withoutNoise } from './normalise.ts';

it('leaves out what the server keeps for itself, and our mark', () => {
  const declared = object('ConfigMap', 'a', { data: { k: 'v' } });
  const stored = {
    ...live(declared),
    status: { phase: 'x' },
    metadata: {
      ...live(declared).metadata,
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 30,
      selfLink: '/x',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
  };
  expect(withoutNoise(stored)).toEqual(declared);
});

it('keeps the labels, annotations, finalizers and owners of others', () => {
  const metadata = {
    labels: { app: 'a' },
    annotations: { note: 'b' },
    finalizers: ['x/y'],
    ownerReferences: [{ uid: '1' }],
  };
  const declared = object('ConfigMap', 'a', { metadata });
  expect(withoutNoise(live(declared))).toEqual(declared);
});

it('reads stringData as the data the server will store, which it wins over', () => {
  const written = object('Secret', 'a', { data: { p: 'b2xk', q: 'cQ==' }, stringData: { p: 'new' } });
  expect(withoutNoise(written)).toEqual(object('Secret', 'a', { data: { p: 'bmV3', q: 'cQ==' } }));
});

it('leaves stringData alone where it is not that of a Secret, or no map', () => {
  const other = object('Thing', 'a', { stringData: { p: 'x' } });
  const broken = object('Secret', 'a', { stringData: 'x' });
  expect(withoutNoise(other)).toEqual(other);
  expect(withoutNoise(broken)).toEqual(broken);
});

it('writes one text for one value', () => {
  expect(canonicalJson({ b: 1, a: [{ d: null, c: 'x' }], u: undefined })).toBe('{"a":[{"c":"x","d":null}],"b":1}');
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
