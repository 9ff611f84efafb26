import { expect, it } from 'vitest';
import { applySet, deployment, live, object } from '../test-support.ts';
import { isOurs, marked, withOthersFields } from './marks.ts';
import { stagesOf } from './stages.ts';

const [git, there] = [deployment('a', 'a:1', { replicas: 1 }), live(deployment('a', 'a:9', { replicas: 5 }))];
const rules = (...fields: string[]) => fields.map((field) => ({ field }));

it('marks an object and leaves its other labels', () => {
  const labelled = object('ConfigMap', 'a', { metadata: { labels: { app: 'x' } } });
  expect(marked(labelled, applySet).metadata.labels).toEqual({ app: 'x', 'applyset.kubernetes.io/part-of': applySet });
});

it('takes an object for ours only with our label and our entry', () => {
  const entry = { manager: 'fairlead', operation: 'Apply' };
  const ours = live(git, { fields: [entry] });
  expect(isOurs(ours, applySet)).toBe(true);
  expect(isOurs(ours, 'applyset-other-v1')).toBe(false);
  expect(isOurs(live(git, { fields: [{ ...entry, operation: 'Update' }] }), applySet)).toBe(false);
  expect(isOurs(live(git, { fields: [{ ...entry, manager: 'kubectl' }] }), applySet)).toBe(false);
  expect(isOurs(live(git, { marked: false, fields: [entry] }), applySet)).toBe(false);
});

it('sends fields that are left to others as they are in the cluster', () => {
  expect(withOthersFields(git, there, rules('spec.replicas'))).toEqual(deployment('a', 'a:1', { replicas: 5 }));
});

it('does so inside lists: what the plan does not show must not be written', () => {
  const sent = withOthersFields(git, there, rules('spec.template.spec.containers[a].image'));
  expect(sent).toEqual(deployment('a', 'a:9', { replicas: 1 }));
});

it('does so for names that are quoted', () => {
  const of = (value: string) => object('Ingress', 'a', { metadata: { annotations: { 'x.io/y': value, z: value } } });
  expect(
    withOthersFields(of('git'), live(of('live')), rules('metadata.annotations."x.io/y"')).metadata.annotations,
  ).toEqual({
    'x.io/y': 'live',
    z: 'git',
  });
});

it('does not send a field that others took away', () => {
  const of = (annotations: Record<string, string>) => object('Ingress', 'a', { metadata: { annotations } });
  expect(withOthersFields(of({ a: '1', b: '1' }), live(of({ b: '1' })), rules('metadata.annotations.a'))).toEqual(
    of({ b: '1' }),
  );
});

it('sends what Git says where there is nothing to hand back', () => {
  expect(withOthersFields(git, undefined, rules('spec.replicas'))).toEqual(git);
  expect(withOthersFields(git, there, rules('spec.paused', 'spec.template.spec.containers[b].image'))).toEqual(git);
  const added = { ...git, spec: { ...Object(git['spec']), autoscaling: { min: 1 } } };
  expect(withOthersFields(added, there, rules('spec.autoscaling.min'))).toEqual(added);
});

it('keeps to the kind and name of a rule', () => {
  const rule = { field: 'spec.replicas' };
  expect(
    withOthersFields(git, there, [
      { ...rule, kind: 'StatefulSet' },
      { ...rule, name: 'b' },
    ]),
  ).toEqual(git);
  expect(withOthersFields(git, there, [{ ...rule, kind: 'Deployment', name: 'a' }])).not.toEqual(git);
});

it('applies definitions and namespaces first, webhooks last, waves before all', () => {
  const wave = (name: string, value: string) =>
    object('ConfigMap', name, { metadata: { annotations: { 'fairlead.dev/wave': value } } });
  const objects = [
    object('ValidatingWebhookConfiguration', 'v'),
    object('Widget', 'w'),
    object('Deployment', 'd'),
    object('ConfigMap', 'b'),
    object('ConfigMap', 'a'),
    object('StorageClass', 's'),
    wave('late', '1'),
    wave('early', '-1'),
    wave('odd', 'soon'),
    object('Namespace', 'n'),
    object('CustomResourceDefinition', 'c'),
  ];
  const expected = [['early'], ['c', 'n'], ['s'], ['a', 'b', 'odd', 'd', 'w'], ['v'], ['late']];
  for (const order of [objects, [...objects].reverse()]) {
    expect(stagesOf(order, (one) => one).map((stage) => stage.map(({ metadata }) => metadata.name))).toEqual(expected);
  }
});
