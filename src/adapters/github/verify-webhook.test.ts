import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verifyGitHub } from './verify-webhook.ts';

const body = Buffer.from('{"zen":"é \\u00e9"}');
const secret = 'a secret of decent length';
const sign = (bytes: Uint8Array, key: string, algorithm = 'sha256'): string =>
  `${algorithm}=${createHmac(algorithm, key).update(bytes).digest('hex')}`;

describe('verifyGitHub', () => {
  test("takes GitHub's documented example", () => {
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    };
    expect(verifyGitHub(headers, Buffer.from('Hello, World!'), ["It's a Secret to Everybody"]).kind).toBe('verified');
  });

  test.each([
    ['no signature (H1)', {}],
    ['a wrong one of the same length (H2)', { 'x-hub-signature-256': sign(body, 'another secret') }],
    ['SHA-1 only (H3)', { 'x-hub-signature': sign(body, secret, 'sha1') }],
    ['SHA-1 in the wrong header', { 'x-hub-signature-256': sign(body, secret, 'sha1') }],
    ['bytes made anew from the JSON (H4)', { 'x-hub-signature-256': sign(Buffer.from('{"zen": "é é"}'), secret) }],
    ['upper-case digits', { 'x-hub-signature-256': sign(body, secret).toUpperCase() }],
    ['no digits', { 'x-hub-signature-256': 'sha256=' }],
    ['a repeated header', { 'x-hub-signature-256': [sign(body, secret), sign(body, secret)] }],
    ['the signature of an empty secret', { 'x-hub-signature-256': sign(body, '') }],
  ])('refuses %s', (_what, headers) => {
    expect(verifyGitHub(headers, body, [secret]).kind).toBe('refused');
  });

  test('takes both secrets during rotation and no third (H8)', () => {
    const by = (key: string) =>
      verifyGitHub({ 'x-hub-signature-256': sign(body, key) }, body, ['old one', 'new one']).kind;
    expect([by('old one'), by('new one'), by('third one')]).toEqual(['verified', 'verified', 'refused']);
  });

  test.each([[[]], [['']]])('with %j for secrets nothing is verified (H9)', (secrets) => {
    const headers = { 'x-hub-signature-256': sign(body, ''), 'x-github-hook-installation-target-id': '999' };
    expect(verifyGitHub(headers, body, secrets).kind).toBe('refused');
  });

  test('says why without the signature or the secret', () => {
    const header = sign(body, 'another secret');
    const verification = verifyGitHub({ 'x-hub-signature-256': header }, body, [secret]);
    expect(JSON.stringify(verification)).not.toContain(header.slice(7));
    expect(JSON.stringify(verification)).not.toContain(secret);
  });
});
