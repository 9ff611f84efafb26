/** Texts of API servers that the contract suite cannot provoke on one server: webhooks, other versions, odd conflicts. */
import { expect, it } from 'vitest';

import type { ResourceType } from '../../domain/kubernetes.ts';
import type { Refusal } from './api-answer.ts';
import type { StatusCause } from './schema.ts';
import { outcomeOfRefusal } from './sort-refusal.ts';

const deployment: ResourceType = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: [],
};

function refusal(
  code: number,
  message: string,
  causes: readonly Partial<StatusCause>[] = [],
  about = { kind: '', name: '' },
): Refusal {
  const complete = causes.map((cause) => ({ reason: '', message: '', field: '', ...cause }));
  return {
    kind: 'refused',
    request: 'PATCH /x',
    code,
    status: { reason: '', message, causes: complete, about, retryAfterSeconds: 0 },
    genuine: true,
    retryAfter: 0,
  };
}

it.each([
  [400, 'admission webhook "v.k.io" denied the request: no latest tag'],
  [403, 'admission webhook "v.k.io" denied the request: no latest tag'],
  [500, 'admission webhook "v.k.io" denied the request: no latest tag'],
  [400, 'admission webhook "v.k.io" does not support dry run'],
  [
    403,
    'roles.rbac.authorization.k8s.io "x" is forbidden: user "f" is attempting to grant RBAC permissions not currently held',
  ],
  [403, 'pods "p" is forbidden: violates PodSecurity "restricted:latest": privileged'],
])('admission: %i %s is denied, whatever its code', (code, message) => {
  expect(outcomeOfRefusal(refusal(code, message), deployment)).toEqual({ kind: 'denied', detail: message });
});

it.each([
  [401, 'Unauthorized', 'forbidden'],
  [
    403,
    'deployments.apps "d" is forbidden: User "f" cannot patch resource "deployments" in API group "apps"',
    'forbidden',
  ],
  [429, 'too many requests', 'throttled'],
  [500, 'Internal error occurred: failed calling webhook "v.k.io": context deadline exceeded', 'unreachable'],
  [503, 'the server is currently unable to handle the request', 'unreachable'],
  [504, 'request did not complete within the allotted timeout', 'timeout'],
  [409, 'Operation cannot be fulfilled: the object has been modified', 'unreachable'],
])('%i %s is unknown', (code, message, why) => {
  const outcome = outcomeOfRefusal(refusal(code, message), deployment);
  expect(outcome).toMatchObject({
    kind: 'unavailable',
    because: { why, detail: `PATCH /x answered ${code}: ${message}` },
  });
});

it('groups conflicts by manager, whatever else is said of it', () => {
  const conflict = (message: string, field: string) => ({ reason: 'FieldManagerConflict', message, field });
  const causes = [
    conflict('conflict with "kubectl-edit" using apps/v1', '.spec.replicas'),
    conflict('conflict with "hpa" with subresource "scale" using apps/v1 at 2026-11-01T00:00:00Z', '.spec.replicas'),
    conflict('conflict with "kubectl-edit" using apps/v1', '.spec.template.spec.containers[name="c"].image'),
    conflict('conflict with "we\\"ird"', '.spec.paused'),
  ];
  expect(outcomeOfRefusal(refusal(409, 'Apply failed with 4 conflicts', causes), deployment)).toMatchObject({
    kind: 'conflict',
    conflicts: [
      { manager: 'kubectl-edit', fields: ['spec.replicas', 'spec.template.spec.containers[c].image'] },
      { manager: 'hpa', fields: ['spec.replicas'] },
      { manager: 'we"ird', fields: ['spec.paused'] },
    ],
  });
});

it('reads several schema errors and strict decoding errors', () => {
  const several =
    'failed to create typed patch object (shop/d; apps/v1, Kind=Deployment): errors:\n  .spec.replcas: field not declared in schema\n  .spec.template.spec.containers[name="c"].imag: field not declared in schema\n';
  expect(outcomeOfRefusal(refusal(500, several.trimEnd()), deployment)).toMatchObject({
    kind: 'invalid',
    causes: [
      { field: 'spec.replcas', message: 'field not declared in schema' },
      { field: 'spec.template.spec.containers[c].imag', message: 'field not declared in schema' },
    ],
  });
  const strict = 'strict decoding error: unknown field "spec.foo", duplicate field "spec.replicas"';
  expect(outcomeOfRefusal(refusal(400, strict), deployment)).toMatchObject({
    kind: 'invalid',
    causes: [
      { field: 'spec.foo', message: 'unknown field' },
      { field: 'spec.replicas', message: 'duplicate field' },
    ],
    detail: 'spec.foo: unknown field; spec.replicas: duplicate field',
  });
});

it('a bare 422, and one whose identity differs, are no proof of an immutable field', () => {
  expect(
    outcomeOfRefusal(refusal(422, 'the server rejected our request due to an error in our request'), deployment),
  ).toMatchObject({
    kind: 'invalid',
    causes: [{ field: '' }],
  });
  const uid = { field: 'metadata.uid', message: 'Invalid value: "abc": field is immutable' };
  expect(outcomeOfRefusal(refusal(422, 'invalid', [uid, uid]), deployment)).toMatchObject({
    kind: 'invalid',
    causes: [{ field: 'metadata.uid' }],
  });
});

it('a missing namespace is told from a missing kind, and from any other thing that is missing', () => {
  const missing = (name: string, kind: string) => refusal(404, `${kind} "${name}" not found`, [], { kind, name });
  expect(outcomeOfRefusal(missing('shop', 'namespaces'), deployment).kind).toBe('namespace-missing');
  expect(outcomeOfRefusal(refusal(404, 'the server could not find the requested resource'), deployment).kind).toBe(
    'kind-unknown',
  );
  expect(outcomeOfRefusal(missing('x', 'priorityclasses'), deployment).kind).toBe('invalid');
  expect(outcomeOfRefusal({ ...missing('shop', 'namespaces'), genuine: false }, deployment).kind).toBe('unavailable');
});
