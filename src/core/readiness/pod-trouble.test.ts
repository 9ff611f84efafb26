import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../domain/kubernetes.ts';
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
