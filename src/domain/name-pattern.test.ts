import { expect, test } from 'vitest';
import { matchesKind, matchesPattern } from './name-pattern.ts';

test.each([
  ['shop', 'shop', true],
  ['shop', 'shop-a', false],
  ['shop-*', 'shop-a', true],
  ['shop-*', 'shop', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['*-a', 'b-a', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*bc*c', 'abc', false],
  ['a*b', 'ab-', false],
  ['a.c', 'abc', false],
  ['', '', true],
  ['', 'a', false],
  ['**', 'a', true],
])('%j covers %j: %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test('a hostile pattern takes no time', () => {
  const started = performance.now();
  expect(matchesPattern(`${'a*'.repeat(5_000)}b`, 'a'.repeat(50_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});

test.each([
  ['*', 'Secret', '', true],
  ['Deployment', 'Deployment', 'apps', true],
  ['Deployment', 'Deployment', 'evil.example.com', false],
  ['Service', 'Service', 'serving.knative.dev', false],
  ['Ingress', 'Ingress', 'networking.k8s.io', true],
  ['Gateway', 'Gateway', 'gateway.networking.k8s.io', true],
  ['Cluster', 'Cluster', 'cluster.x-k8s.io', false],
  ['*.monitoring.coreos.com', 'PrometheusRule', 'monitoring.coreos.com', true],
  ['*.monitoring.coreos.com', 'PrometheusRule', 'evil.monitoring.coreos.com', false],
  ['*.monitoring.coreos.com', 'Deployment', 'apps', false],
  ['Certificate.cert-manager.io', 'Certificate', 'cert-manager.io', true],
  ['Certificate.cert-manager.io', 'Issuer', 'cert-manager.io', false],
  ['Cluster*', 'ClusterRole', 'rbac.authorization.k8s.io', true],
  ['', 'Secret', '', false],
])('kind pattern %j covers %s of %j: %s', (pattern, kind, group, expected) => {
  expect(matchesKind(pattern, kind, group)).toBe(expected);
});
