/** Lets Fairlead sign in to a playground cluster as it does in a real one: as a ServiceAccount, by token. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../../domain/json.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { kubeconfigText } from './kubeconfig.ts';
import type { ControlPlane } from './start-control-plane.ts';

const NAMESPACE = 'fairlead';
const TOKEN_SECONDS = 7 * 24 * 3600;

/**
 * Makes the ServiceAccount `fairlead/<name>` with the ClusterRole cluster-admin and a kubeconfig with a token of a week.
 * Called again for the same name it makes a new token. Returns the path of the kubeconfig, in the control plane's folder.
 */
export async function serviceAccountKubeconfig(controlPlane: ControlPlane, name = 'fairlead'): Promise<string> {
  const api = apiClient(controlPlane);
  try {
    const token = await accountToken(api, name);
    const file = join(controlPlane.dir, `kubeconfig-${name}`);
    await writeFile(file, kubeconfigText({ ...controlPlane, token }, name), { mode: 0o600 });
    return file;
  } finally {
    await api.close();
  }
}

async function accountToken(api: ApiClient, name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await api.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `fairlead-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
  });
  const answer: unknown = JSON.parse(
    await api.create(`${accounts}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    }),
  );
  const status = isJsonObject(answer) ? answer['status'] : undefined;
  if (!isJsonObject(status) || typeof status['token'] !== 'string') throw new Error('the API server gave no token');
  return status['token'];
}
