import { gzipSync } from 'node:zlib';

import { expect, it } from 'vitest';

import { decodeInventory, encodeInventory } from './inventory-codec.ts';

const entry = (name: string) => ({
  ref: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name },
  uid: `uid-${name}`,
});

it('comes back as it was; the order of entries makes no difference', async () => {
  const stored = { environmentKey: 'f/1/prod', entries: [entry('a'), entry('b')] };
  const text = await encodeInventory(stored);
  expect(await decodeInventory(text)).toEqual({ known: true, value: stored });
  expect(await encodeInventory({ ...stored, entries: [entry('b'), entry('a')] })).toBe(text);
});

const packed = (value: unknown) => gzipSync(JSON.stringify(value)).toString('base64');

it.each([
  ['nothing', ''],
  ['no gzip', 'AAAA'],
  ['no JSON', gzipSync('{').toString('base64')],
  ['another version', packed({ version: 2, environment: 'e', entries: [] })],
  ['no environment', packed({ version: 1, entries: [] })],
  ['no entries', packed({ version: 1, environment: 'e' })],
  ['a short row', packed({ version: 1, environment: 'e', entries: [['', 'v1', 'ConfigMap', 'shop', 'a']] })],
  ['a row without name', packed({ version: 1, environment: 'e', entries: [['', 'v1', 'ConfigMap', 'shop', '', 'u']] })],
  ['a number as uid', packed({ version: 1, environment: 'e', entries: [['', 'v1', 'ConfigMap', 'shop', 'a', 7]] })],
  ['a cut end', packed({ version: 1, environment: 'e', entries: [] }).slice(0, 40)],
])('%s is malformed, never empty', async (_, text) => {
  expect(await decodeInventory(text)).toMatchObject({ known: false, why: 'malformed' });
});
