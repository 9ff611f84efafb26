import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
import { object } from '../test-support.ts';
import { podTrouble } from './pod-trouble.ts';

const pod = (reason: string, message: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'checkout-7d9f', namespace: 'shop' },
  status: {
    containerStatuses: [
      { name: 'checkout', image: 'reg.example/checkout:1.5.0', state: { waiting: { reason, message } } },
    ],
  },
});
const troubleOf = (reason: string, message: string) => podTrouble([pod(reason, message)], () => 0);

const image = 'reg.example/checkout:1.5.0';
const containerd = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;

test.each([
  ['ErrImagePull', containerd],
  ['ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${containerd}`],
  ['ErrImagePull', `Failed to pull image "${image}": ${containerd}`],
])(
  '%s of an image that is not there: the registry’s answer without the repetition, and no use waiting',
  (reason, message) => {
    expect(troubleOf(reason, message)).toEqual({
      pod: 'checkout-7d9f',
      detail: `cannot pull ${image} (${reason}): ${image}: not found`,
      certain: true,
    });
  },
);

test('a registry that does not answer may come back', () => {
  const message = 'failed to do request: Head "https://reg.example/v2/": dial tcp: lookup reg.example: no such host';
  expect(troubleOf('ErrImagePull', message)).toEqual({
    pod: 'checkout-7d9f',
    detail: `cannot pull ${image} (ErrImagePull): ${message}`,
    certain: false,
  });
  expect(troubleOf('ImagePullBackOff', `Back-off pulling image "${image}"`)).toMatchObject({
    detail: `cannot pull ${image} (ImagePullBackOff)`,
    certain: false,
  });
});

test('a name that is none never becomes one', () => {
  expect(troubleOf('InvalidImageName', 'couldn’t parse image name')).toMatchObject({ certain: true });
});

test('a container that crashes is told in the kubelet’s words and given time', () => {
  expect(troubleOf('CrashLoopBackOff', 'back-off 10s restarting failed container')).toEqual({
    pod: 'checkout-7d9f',
    detail: 'container checkout does not start: CrashLoopBackOff: back-off 10s restarting failed container',
    certain: false,
  });
});

test('a container that is being made is no trouble', () => {
  expect(troubleOf('ContainerCreating', '')).toBeUndefined();
});

const container = (reason: string, message: string, more: JsonObject = {}) => ({
  name: 'checkout',
  image: 'checkout:1.4.3',
  state: { waiting: { reason, message } },
  ...more,
});
const aPod = (status: JsonObject, metadata: JsonObject = {}) => object('Pod', 'checkout-7d9f', { metadata, status });
const trouble = (...pods: readonly ReturnType<typeof aPod>[]) => podTrouble(pods, () => 20)?.detail;
const unschedulable = {
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes',
      lastTransitionTime: 'then',
    },
  ],
};

describe('a pod', () => {
  test.each<[string, JsonObject, string | undefined]>([
    [
      'whose image is not there',
      { containerStatuses: [container('ErrImagePull', 'not found')] },
      'cannot pull checkout:1.4.3 (ErrImagePull): not found',
    ],
    [
      'whose image is waited for',
      { containerStatuses: [container('ImagePullBackOff', '')] },
      'cannot pull checkout:1.4.3 (ImagePullBackOff)',
    ],
    [
      'without its Secret',
      { containerStatuses: [container('CreateContainerConfigError', 'secret "x" not found')] },
      'container checkout does not start: CreateContainerConfigError: secret "x" not found',
    ],
    [
      'that keeps ending',
      {
        containerStatuses: [
          container('CrashLoopBackOff', 'back-off 10s', {
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          }),
        ],
      },
      'container checkout does not start: CrashLoopBackOff: back-off 10s; it ended with exit code 137 (OOMKilled)',
    ],
    [
      'whose first container cannot start',
      {
        initContainerStatuses: [container('ErrImagePull', 'x')],
        containerStatuses: [container('PodInitializing', '')],
      },
      'cannot pull checkout:1.4.3 (ErrImagePull): x',
    ],
    ['that no node takes', unschedulable, 'no node takes it: 0/3 nodes'],
    ['that starts', { containerStatuses: [container('ContainerCreating', '')] }, undefined],
    ['that runs', { phase: 'Running', containerStatuses: [{ name: 'c', state: { running: {} } }] }, undefined],
    ['that failed: another takes its place', { phase: 'Failed', message: 'evicted' }, undefined],
    ['of which nothing is known', {}, undefined],
    ['with rubbish for a status', { containerStatuses: ['x', null, { state: 1 }], conditions: 'x' }, undefined],
  ])('%s', (_, status, expected) => {
    expect(trouble(aPod(status))).toBe(expected);
  });

  test('that no node takes yet may still be taken', () => {
    expect(podTrouble([aPod(unschedulable)], () => 14)).toBeUndefined();
  });

  test('that is being deleted is no trouble', () => {
    const status = { containerStatuses: [container('ErrImagePull', 'x')] };
    expect(trouble(aPod(status, { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBeUndefined();
  });

  test('of a Job may crash as often as the Job allows, but must have its image', () => {
    const ownerReferences = [{ kind: 'Job', name: 'migrate', controller: true }];
    expect(
      trouble(aPod({ containerStatuses: [container('CrashLoopBackOff', 'x')] }, { ownerReferences })),
    ).toBeUndefined();
    expect(trouble(aPod({ containerStatuses: [container('ErrImagePull', 'x')] }, { ownerReferences }))).toContain(
      'cannot pull',
    );
  });
});

test('names the first pod in trouble', () => {
  const bad = object('Pod', 'b', { status: { containerStatuses: [container('ErrImagePull', 'x')] } });
  expect(podTrouble([object('Pod', 'a'), bad], () => 0)?.pod).toBe('b');
  expect(podTrouble([], () => 0)).toBeUndefined();
});
