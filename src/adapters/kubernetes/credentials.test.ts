import { expect, it } from 'vitest';

import { Credentials } from './credentials.ts';

const cluster = { name: 'c', server: 'https://c', skipTLSVerify: false };
const identity = (user: object, tokenFile?: string) =>
  new Credentials({
    cluster,
    user: { name: 'u', ...user },
    ...(tokenFile === undefined ? {} : { tokenFile }),
  }).identity();

it('a token, a password, another’s name', async () => {
  expect(await identity({ token: 't' })).toMatchObject({ headers: { authorization: 'Bearer t' } });
  expect(await identity({ username: 'a', password: 'b' })).toMatchObject({ headers: { authorization: 'Basic YTpi' } });
  expect(await identity({ token: 't', impersonateUser: 'root' })).toMatchObject({
    headers: { 'impersonate-user': 'root' },
  });
  expect(await identity({})).toMatchObject({ headers: {}, tls: { rejectUnauthorized: true } });
});

it('a certificate, as data', async () => {
  const data = (text: string) => Buffer.from(text).toString('base64');
  expect(await identity({ certData: data('CERT'), keyData: data('KEY') })).toMatchObject({
    tls: { cert: 'CERT', key: 'KEY' },
  });
});

it('a valid OIDC id token is used as it is', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part({ exp: 4_102_444_800 })}.x`;
  const config = {
    'id-token': token,
    'client-id': 'x',
    'client-secret': 'x',
    'refresh-token': 'x',
    'idp-issuer-url': 'https://x',
  };
  expect(await identity({ authProvider: { name: 'oidc', config } })).toMatchObject({
    headers: { authorization: `Bearer ${token}` },
  });
});

it('says what is missing', async () => {
  await expect(identity({ authProvider: { name: 'gcp', config: {} } })).rejects.toThrow('use an exec plugin');
  await expect(identity({}, '/nowhere/token')).rejects.toThrow('cannot read the credential file /nowhere/token');
  await expect(identity({ exec: { command: '/nowhere/plugin' } })).rejects.toThrow(
    'credential plugin of user "u" failed',
  );
});
