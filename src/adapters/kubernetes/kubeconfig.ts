/**
 * Where a cluster is and who we are there, from a kubeconfig or from the pod we run in. Contexts and entries are parsed by
 * @kubernetes/client-node, of which only the light modules are imported: its root costs ~60 MB for typed clients nobody uses here.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

import {
  type Cluster,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { load } from 'js-yaml';

import { parseKubeconfig } from './schema.ts';

/** Which cluster to talk to, as the operator says it. */
export interface ClusterTarget {
  /** Path of a kubeconfig, or its text. Without it and without `inCluster`: `$KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Context in it; its current context where not given. */
  readonly context?: string;
  /** Use the ServiceAccount of the pod we run in. */
  readonly inCluster?: boolean;
}

export interface ClusterEntry {
  readonly cluster: Cluster;
  readonly user: User;
  /** `tokenFile` of the user, which client-node does not read. Read anew as it is rotated. */
  readonly tokenFile?: string;
}

/** The kubeconfig cannot be used; the message says why and never quotes what it holds. */
export class ClusterConfigError extends Error {
  override readonly name = 'ClusterConfigError';
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Reads and picks; throws `ClusterConfigError`. */
export async function readClusterEntry(
  target: ClusterTarget,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ClusterEntry> {
  if (target.inCluster === true) return inClusterEntry(env);
  const files = await kubeconfigTexts(target, env);
  const parsed = files.map(parseOne);
  const contextName = target.context ?? parsed.find((file) => file.currentContext !== undefined)?.currentContext;
  if (contextName === undefined)
    throw new ClusterConfigError('the kubeconfig has no current context: name one with `context`');
  const context = parsed.flatMap((file) => file.contexts).find(({ name }) => name === contextName);
  if (context === undefined) throw new ClusterConfigError(`the kubeconfig has no context "${contextName}"`);
  const cluster = parsed.flatMap((file) => file.clusters).find(({ name }) => name === context.cluster);
  if (cluster === undefined) throw new ClusterConfigError(`context "${contextName}" names a cluster that is not there`);
  const owner = parsed.find((file) => file.users.some(({ name }) => name === context.user));
  const user = owner?.users.find(({ name }) => name === context.user);
  if (user === undefined) throw new ClusterConfigError(`context "${contextName}" names a user that is not there`);
  const tokenFile = owner?.tokenFiles.get(user.name);
  return { cluster, user, ...(tokenFile === undefined ? {} : { tokenFile }) };
}

interface KubeconfigText {
  readonly text: string;
  /** Relative paths in it are relative to this. */
  readonly folder: string;
}

async function kubeconfigTexts(target: ClusterTarget, env: NodeJS.ProcessEnv): Promise<readonly KubeconfigText[]> {
  const given = target.kubeconfig;
  if (given !== undefined && (given.includes('\n') || given.trimStart().startsWith('{'))) {
    return [{ text: given, folder: process.cwd() }];
  }
  const fromEnv = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const paths = given === undefined ? (fromEnv.length > 0 ? fromEnv : [join(homedir(), '.kube', 'config')]) : [given];
  return Promise.all(
    paths.map(async (path) => {
      try {
        return { text: await readFile(path, 'utf8'), folder: dirname(resolve(path)) };
      } catch (error) {
        throw new ClusterConfigError(`cannot read the kubeconfig ${path}`, { cause: error });
      }
    }),
  );
}

function parseOne({ text, folder }: KubeconfigText) {
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  try {
    const config = parseKubeconfig(load(text));
    const clusters = newClusters(config.clusters);
    const users = newUsers(config.users);
    for (const cluster of clusters) if (cluster.caFile) cluster.caFile = absolute(cluster.caFile);
    for (const user of users) {
      if (user.certFile) user.certFile = absolute(user.certFile);
      if (user.keyFile) user.keyFile = absolute(user.keyFile);
    }
    const tokenFiles = new Map([...config.tokenFiles].map(([name, path]) => [name, absolute(path)]));
    return {
      clusters,
      users,
      contexts: newContexts(config.contexts),
      currentContext: config.currentContext,
      tokenFiles,
    };
  } catch (error) {
    // A parser quotes the line it stumbled over, and that line may be a key or a token: only the bare fact is told.
    throw new ClusterConfigError('the kubeconfig is not valid: an entry is malformed or incomplete', { cause: error });
  }
}

function inClusterEntry(env: NodeJS.ProcessEnv): ClusterEntry {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (host === undefined || port === undefined) {
    throw new ClusterConfigError(
      'not running in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
    );
  }
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    cluster: { name: 'in-cluster', server, caFile: `${accountFolder}/ca.crt`, skipTLSVerify: false },
    user: { name: 'in-cluster' },
    tokenFile: `${accountFolder}/token`,
  };
}
