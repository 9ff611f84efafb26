/** Somebody else at the cluster: a server-side apply under another manager's name, without any of our code. */
import { load } from 'js-yaml';
import { Agent, request } from 'undici';

import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes.ts';

/** A server-side apply by somebody else. */
export async function foreignApply(kubeconfig: string, manager: string, object: KubernetesObject): Promise<void> {
  const { namespace, name } = object.metadata;
  const root = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const path = `${root}/namespaces/${namespace}/${object.kind.toLowerCase()}s/${name}?force=true&fieldManager=${manager}`;
  const { server, ca, token } = accessIn(kubeconfig);
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  const answer = await request(`${server}${path}`, {
    method: 'PATCH',
    dispatcher,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(object),
  });
  const text = await answer.body.text();
  await dispatcher.close();
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text}`);
}

/** What is needed to talk to the first cluster of a kubeconfig (its text) as its first user. */
export function accessIn(kubeconfig: string): { server: string; ca: string | undefined; token: string } {
  const config = load(kubeconfig);
  const first = (key: string, inner: string): JsonObject => {
    const list = isJsonObject(config) ? config[key] : undefined;
    const entry: unknown = Array.isArray(list) ? list[0] : undefined;
    const value = isJsonObject(entry) ? entry[inner] : undefined;
    return isJsonObject(value) ? value : {};
  };
  const cluster = first('clusters', 'cluster');
  const data = cluster['certificate-authority-data'];
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    server: text(cluster['server']),
    ca: typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : undefined,
    token: text(first('users', 'user')['token']),
  };
}
