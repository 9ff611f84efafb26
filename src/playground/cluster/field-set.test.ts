import { describe, expect, it } from 'vitest';
import {
  difference,
  fromFieldsV1,
  intersection,
  isEmptySet,
  pathText,
  pathsOf,
  recursiveDifference,
  toFieldsV1,
  union,
} from './field-set.ts';

const fields = {
  'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
  'f:spec': { 'f:containers': { 'k:{"name":"x"}': { '.': {}, 'f:image': {} } }, 'f:set': { 'v:"t"': {} } },
};

describe('FieldsV1', () => {
  it('survives being read and written', () => {
    expect(toFieldsV1(fromFieldsV1(fields))).toEqual(fields);
  });

  it('names paths as errors do', () => {
    expect(pathsOf(fromFieldsV1(fields)).map(pathText)).toEqual([
      '.metadata.labels',
      '.metadata.labels.a',
      '.spec.containers[name="x"]',
      '.spec.containers[name="x"].image',
      '.spec.set[="t"]',
    ]);
  });
});

describe('set algebra', () => {
  const a = fromFieldsV1({ 'f:x': {}, 'f:y': { '.': {}, 'f:z': {} } });
  const b = fromFieldsV1({ 'f:y': {} });

  it('difference takes members, recursive difference what is below them too', () => {
    expect(toFieldsV1(difference(a, b))).toEqual({ 'f:x': {}, 'f:y': { 'f:z': {} } });
    expect(toFieldsV1(recursiveDifference(a, b))).toEqual({ 'f:x': {} });
  });

  it('union and intersection', () => {
    expect(toFieldsV1(union(b, fromFieldsV1({ 'f:w': {} })))).toEqual({ 'f:w': {}, 'f:y': {} });
    expect(toFieldsV1(intersection(a, b))).toEqual({ 'f:y': {} });
    expect(isEmptySet(difference(a, a))).toBe(true);
  });
});
