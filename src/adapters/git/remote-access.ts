/** Where git goes and with what header: checked, handed over outside argv and URL, and taken out of every error text. */
import type { GitRemote } from '../../ports/forge.ts';
import type { Protocol } from './git-process.ts';

export interface RemoteAccess {
  readonly url: string;
  /** Git configuration that holds the headers; goes through the environment only. */
  readonly config: readonly (readonly [string, string])[];
  /** Takes every secret of this remote out of a text. */
  readonly scrub: (text: string) => string;
}

/** Says what is wrong with a remote, without its secrets, or how to reach it. */
export function remoteAccess(
  remote: GitRemote,
  protocols: readonly Protocol[],
): RemoteAccess | { readonly problem: string } {
  const url = URL.parse(remote.url);
  if (url === null || hasControl(remote.url)) return { problem: 'the repository URL is malformed' };
  if (!protocols.some((protocol) => url.protocol === `${protocol}:`)) {
    return {
      problem: `the repository URL begins with ${url.protocol}, but git goes over ${protocols.join(', ')} only`,
    };
  }
  if (url.username !== '' || url.password !== '') return { problem: 'the repository URL holds credentials' };
  const headers = Object.entries(remote.headers);
  if (headers.some(([name, value]) => !/^[A-Za-z0-9-]+$/u.test(name) || hasControl(value))) {
    return { problem: 'a header for the repository is malformed' };
  }
  const secrets = headers.flatMap(([, value]) => secretsIn(value));
  return {
    url: remote.url,
    config: headers.map(([name, value]) => [`http.${remote.url}.extraHeader`, `${name}: ${value}`] as const),
    scrub: (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text),
  };
}

/** The value, its credential part, and for Basic what that part decodes to: user and password apart. */
function secretsIn(value: string): string[] {
  const credential = value.replace(/^(?:basic|bearer|token)\s+/iu, '');
  const decoded = /^basic\s/iu.test(value) ? Buffer.from(credential, 'base64').toString('utf8') : '';
  const password = decoded.slice(decoded.indexOf(':') + 1);
  return [value, credential, decoded, password, encodeURIComponent(password)]
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length);
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
