import { expect, it } from 'vitest';

import { fieldPath } from './field-path.ts';

it.each([
  ['.data.a', 'data.a'],
  ['spec.clusterIPs[0]', 'spec.clusterIPs[0]'],
  ['.spec.template.spec.containers[name="app"].image', 'spec.template.spec.containers[app].image'],
  ['.spec.ports[containerPort=80,protocol="TCP"].name', 'spec.ports[80/TCP].name'],
  ['.metadata.finalizers["foo.io/bar"]', 'metadata.finalizers[foo.io/bar]'],
  ['.x[name="a]b\\"c"].y', 'x[a]b"c].y'],
  ['data[tls.crt]', 'data[tls.crt]'],
  ['metadata.annotations[a.b/c]', 'metadata.annotations[a.b/c]'],
  ['', ''],
])('%s → %s', (server, ours) => {
  expect(fieldPath(server)).toBe(ours);
});

it('is not slowed down by a hostile path', () => {
  const started = performance.now();
  fieldPath(`.a${'["'.repeat(20_000)}`);
  fieldPath(`.a[${'x="'.repeat(20_000)}`);
  expect(performance.now() - started).toBeLessThan(500);
});
