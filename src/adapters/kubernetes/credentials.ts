/** Who we are to the cluster: headers and TLS material, read anew as tokens and certificates are rotated. */
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';

import type { Authenticator } from '@kubernetes/client-node/dist/auth.js';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';

import { type ClusterEntry, ClusterConfigError } from './kubeconfig.ts';

export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** Files are read again after this long: a projected ServiceAccount token lives about an hour and is replaced well before. */
const rereadMs = 60_000;

/** Credentials of one connection. `renew` forgets what is remembered: asked for after a 401. */
export class Credentials {
  readonly #entry: ClusterEntry;
  #authenticator: Authenticator | undefined;
  #kept: { readonly at: number; readonly identity: Identity } | undefined;

  constructor(entry: ClusterEntry) {
    this.#entry = entry;
  }

  /** Rejects when a file is missing or a credential plugin fails; the message names it and holds no secret. */
  async identity(): Promise<Identity> {
    const now = performance.now();
    if (this.#kept !== undefined && now - this.#kept.at < rereadMs) return this.#kept.identity;
    const identity = await this.#read();
    this.#kept = { at: now, identity };
    return identity;
  }

  renew(): void {
    this.#kept = undefined;
    this.#authenticator = undefined;
  }

  async #read(): Promise<Identity> {
    const { cluster, user, tokenFile } = this.#entry;
    const headers: Record<string, string> = {};
    if (user.impersonateUser) headers['impersonate-user'] = user.impersonateUser;
    const fromPlugin: RequestOptions & { headers: Record<string, string> } = { headers: {} };
    this.#authenticator ??= await authenticatorFor(this.#entry);
    if (this.#authenticator !== undefined) await this.#authenticate(this.#authenticator, fromPlugin);
    const token = user.token || (tokenFile === undefined ? undefined : (await fileText(tokenFile)).trim());
    if (token) headers['authorization'] = `Bearer ${token}`;
    else if (fromPlugin.headers['Authorization'] !== undefined)
      headers['authorization'] = fromPlugin.headers['Authorization'];
    else if (user.username) {
      headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
    }
    const ca = await pem(cluster.caFile, cluster.caData);
    const cert = pemOf(fromPlugin.cert) ?? (await pem(user.certFile, user.certData));
    const key = pemOf(fromPlugin.key) ?? (await pem(user.keyFile, user.keyData));
    const tls: TlsMaterial = {
      rejectUnauthorized: !cluster.skipTLSVerify,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
    };
    return { headers, tls };
  }

  async #authenticate(authenticator: Authenticator, options: RequestOptions): Promise<void> {
    try {
      await authenticator.applyAuthentication(withExecInfo(this.#entry), options);
    } catch (error) {
      // The plugin's own output is not repeated: it may hold what it was about to print, a token.
      throw new ClusterConfigError(`the credential plugin of user "${this.#entry.user.name}" failed`, { cause: error });
    }
  }
}

async function authenticatorFor({ user }: ClusterEntry): Promise<Authenticator | undefined> {
  const exec = new ExecAuth();
  if (exec.isAuthProvider(user)) return exec;
  if (!user.authProvider) return undefined;
  // Imported only where a kubeconfig asks for it: it brings all of client-node with it, ~60 MB.
  const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
  const oidc = new OpenIDConnectAuth();
  if (oidc.isAuthProvider(user)) return oidc;
  throw new ClusterConfigError(
    `user "${user.name}" needs an auth-provider that kubectl dropped in 1.26: use an exec plugin`,
  );
}

/** Plugins read the API version they shall answer in from KUBERNETES_EXEC_INFO, which client-node leaves out. */
function withExecInfo({ user }: ClusterEntry) {
  if (!user.exec) return user;
  const info = { apiVersion: user.exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const env = [...(user.exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
  return { ...user, exec: { ...user.exec, env } };
}

async function pem(file: string | undefined, data: string | undefined): Promise<string | undefined> {
  if (file) return fileText(file);
  return data ? Buffer.from(data, 'base64').toString('utf8') : undefined;
}

function pemOf(value: RequestOptions['cert'] | RequestOptions['key']): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function fileText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ClusterConfigError(`cannot read the credential file ${path}`, { cause: error });
  }
}
