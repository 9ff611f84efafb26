import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { object } from '../test-support.ts';
import { computeReadiness } from './compute-readiness.ts';

/** `state: detail` of an object of generation 2. */
function readiness(kind: string, apiVersion: string, rest: JsonObject): string {
  const { state, detail } = computeReadiness(object(kind, 'a', { metadata: { generation: 2 }, ...rest }, apiVersion));
  return detail === '' ? state : `${state}: ${detail}`;
}
const condition = (type: string, status: string, more: JsonObject = {}) => ({ type, status, ...more });
const when = (...conditions: readonly JsonObject[]) => ({ conditions });

describe('any object', () => {
  const thing = (status: JsonObject, metadata: JsonObject = {}) =>
    readiness('Thing', 'example.com/v1', { metadata: { generation: 2, ...metadata }, status });

  it.each<[string, JsonObject, string]>([
    ['without any evidence', {}, 'assumed'],
    ['Ready', when(condition('Ready', 'True')), 'ready'],
    ['not Ready', when(condition('Ready', 'False', { message: 'waits for DNS' })), 'progressing: waits for DNS'],
    ['of unknown readiness', when(condition('Ready', 'Unknown')), 'progressing: is not ready'],
    [
      'reconciling, though Ready',
      when(condition('Ready', 'True'), condition('Reconciling', 'True')),
      'progressing: is reconciling',
    ],
    ['stalled', when(condition('Stalled', 'True', { message: 'no quota' })), 'failed: no quota'],
    [
      'reconciling before stalled',
      when(condition('Stalled', 'True'), condition('Reconciling', 'True')),
      'progressing: is reconciling',
    ],
    ['not stalled', when(condition('Stalled', 'False'), condition('Ready', 'True')), 'ready'],
    [
      'seen in an older generation',
      { observedGeneration: 1, ...when(condition('Ready', 'True')) },
      'progressing: its controller has not seen the change yet',
    ],
    ['with conditions that are no list', { conditions: 'x' }, 'assumed'],
    ['with conditions of rubbish', { conditions: [null, 'x', { type: 1 }] }, 'assumed'],
  ])('%s', (_, status, expected) => {
    expect(thing(status)).toBe(expected);
  });

  it('being deleted', () => {
    expect(thing(when(condition('Ready', 'True')), { deletionTimestamp: '2026-01-01T00:00:00Z' })).toBe(
      'terminating: is being deleted',
    );
  });

  it('without a generation to compare with', () => {
    expect(thing({ observedGeneration: 1, ...when(condition('Ready', 'True')) }, { generation: undefined })).toBe(
      'ready',
    );
  });
});

describe('a Deployment', () => {
  const all = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 };
  const good = { ...all, ...when(condition('Available', 'True')) };
  const of = (status: JsonObject, spec: JsonObject = { replicas: 3 }) =>
    readiness('Deployment', 'apps/v1', { spec, status });

  it.each<[string, JsonObject, string]>([
    ['done', good, 'ready'],
    ['not seen', {}, 'progressing: its controller has not seen it yet'],
    ['creating', { ...good, replicas: 1 }, 'progressing: 1 of 3 pods are created'],
    ['updating', { ...good, updatedReplicas: 2 }, 'progressing: 2 of 3 pods are updated'],
    ['waiting', { ...good, availableReplicas: 0 }, 'progressing: 0 of 3 pods are available'],
    ['without counts', { observedGeneration: 2 }, 'progressing: 0 of 3 pods are created'],
    ['ending old pods', { ...good, replicas: 4 }, 'progressing: 1 old pod is still there'],
    [
      'not available',
      { ...all, ...when(condition('Available', 'False', { message: 'too few' })) },
      'progressing: too few',
    ],
    ['of which nobody says that it is available', all, 'progressing: is not available'],
    [
      'without progress',
      {
        ...all,
        updatedReplicas: 1,
        ...when(condition('Progressing', 'False', { reason: 'ProgressDeadlineExceeded', message: 'timed out' })),
      },
      'failed: timed out',
    ],
  ])('%s', (_, status, expected) => {
    expect(of(status)).toBe(expected);
  });

  it('of one pod by default, and of none', () => {
    expect(of({ ...good, replicas: 0 }, {})).toBe('progressing: 0 of 1 pods is created');
    expect(of({ observedGeneration: 2, ...when(condition('Available', 'True')) }, { replicas: 0 })).toBe('ready');
  });

  it('of another group has rules of its own', () => {
    expect(readiness('Deployment', 'example.com/v1', {})).toBe('assumed');
  });
});

describe('a StatefulSet', () => {
  const good = {
    observedGeneration: 2,
    replicas: 3,
    readyReplicas: 3,
    updatedReplicas: 3,
    currentRevision: 'b',
    updateRevision: 'b',
  };
  const of = (status: JsonObject, strategy: JsonObject = {}) =>
    readiness('StatefulSet', 'apps/v1', { spec: { replicas: 3, updateStrategy: strategy }, status });
  const partition = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };

  it.each<[string, JsonObject, JsonObject, string]>([
    ['done', good, {}, 'ready'],
    ['updating', { ...good, currentRevision: 'a', updatedReplicas: 1 }, {}, 'progressing: 1 of 3 pods are updated'],
    ['not ready', { ...good, readyReplicas: 2 }, {}, 'progressing: 2 of 3 pods are ready'],
    ['shrinking', { ...good, replicas: 5 }, {}, 'progressing: 2 old pods are still there'],
    ['partly updated, as wanted', { ...good, currentRevision: 'a', updatedReplicas: 1 }, partition, 'ready'],
    [
      'partly updated, not yet',
      { ...good, currentRevision: 'a', updatedReplicas: 0 },
      partition,
      'progressing: 0 of 1 pods are updated',
    ],
    ['updated by hand', { ...good, currentRevision: 'a', updatedReplicas: 0 }, { type: 'OnDelete' }, 'ready'],
    ['not seen', {}, {}, 'progressing: its controller has not seen it yet'],
  ])('%s', (_, status, strategy, expected) => {
    expect(of(status, strategy)).toBe(expected);
  });
});

describe('other kinds', () => {
  const daemons = {
    observedGeneration: 2,
    desiredNumberScheduled: 2,
    currentNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
    numberReady: 2,
  };
  const crash = { state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } } };

  it.each<[string, string, JsonObject, string]>([
    ['DaemonSet', 'apps/v1', { status: daemons }, 'ready'],
    [
      'DaemonSet',
      'apps/v1',
      { status: { ...daemons, updatedNumberScheduled: 1 } },
      'progressing: 1 of 2 pods are updated',
    ],
    [
      'DaemonSet',
      'apps/v1',
      { spec: { updateStrategy: { type: 'OnDelete' } }, status: { ...daemons, updatedNumberScheduled: 1 } },
      'ready',
    ],
    ['DaemonSet', 'apps/v1', { status: { observedGeneration: 2, desiredNumberScheduled: 0 } }, 'ready'],
    [
      'ReplicaSet',
      'apps/v1',
      { spec: { replicas: 2 }, status: { replicas: 2, readyReplicas: 1 } },
      'progressing: 1 of 2 pods are ready',
    ],
    [
      'ReplicaSet',
      'apps/v1',
      { spec: { replicas: 0 }, status: { replicas: 1 } },
      'progressing: 1 old pod is still there',
    ],
    ['Pod', 'v1', { status: { phase: 'Running', ...when(condition('Ready', 'True')) } }, 'ready'],
    [
      'Pod',
      'v1',
      { status: { phase: 'Running', ...when(condition('Ready', 'False')) } },
      'progressing: the pod is not ready',
    ],
    [
      'Pod',
      'v1',
      { status: { phase: 'Running', containerStatuses: [{ state: { running: {} } }, crash] } },
      'failed: CrashLoopBackOff: back-off 10s',
    ],
    [
      'Pod',
      'v1',
      { status: { phase: 'Pending', initContainerStatuses: [crash] } },
      'failed: CrashLoopBackOff: back-off 10s',
    ],
    ['Pod', 'v1', { status: { phase: 'Succeeded' } }, 'ready'],
    ['Pod', 'v1', { status: { phase: 'Failed', message: 'evicted' } }, 'failed: evicted'],
    ['Pod', 'v1', {}, 'progressing: the pod is not ready'],
    ['Job', 'batch/v1', { status: when(condition('Complete', 'True')) }, 'ready'],
    ['Job', 'batch/v1', { status: { active: 1 } }, 'progressing: is running'],
    [
      'Job',
      'batch/v1',
      { status: when(condition('Failed', 'True', { message: 'backoff limit' })) },
      'failed: backoff limit',
    ],
    [
      'Job',
      'batch/v1',
      { status: when(condition('Complete', 'False'), condition('Failed', 'False')) },
      'progressing: is running',
    ],
    ['Job', 'batch/v1', { spec: { suspend: true } }, 'assumed: is suspended'],
    ['PersistentVolumeClaim', 'v1', { status: { phase: 'Bound' } }, 'ready'],
    ['PersistentVolumeClaim', 'v1', { status: { phase: 'Pending' } }, 'assumed: is not bound to a volume yet'],
    ['PersistentVolumeClaim', 'v1', { status: { phase: 'Lost' } }, 'failed: has lost its volume'],
    [
      'CustomResourceDefinition',
      'apiextensions.k8s.io/v1',
      { status: when(condition('Established', 'True')) },
      'ready',
    ],
    ['CustomResourceDefinition', 'apiextensions.k8s.io/v1', {}, 'progressing: is not established yet'],
    [
      'CustomResourceDefinition',
      'apiextensions.k8s.io/v1',
      { status: when(condition('NamesAccepted', 'False', { message: 'taken' })) },
      'failed: taken',
    ],
    ['Namespace', 'v1', { status: { phase: 'Active' } }, 'ready'],
    ['Namespace', 'v1', {}, 'progressing: is not active yet'],
    ['APIService', 'apiregistration.k8s.io/v1', { status: when(condition('Available', 'False')) }, 'assumed'],
    ['ConfigMap', 'v1', { data: {} }, 'assumed'],
    ['Service', 'v1', { spec: { type: 'LoadBalancer' } }, 'assumed'],
  ])('%s of %s %j', (kind, apiVersion, rest, expected) => {
    expect(readiness(kind, apiVersion, rest)).toBe(expected);
  });
});
