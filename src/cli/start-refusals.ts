/** Why Fairlead does not start: one sentence for each reason, with what, where and how to correct it. No secret stands in any. */
import { gitVersion } from '../adapters/git/git-version.ts';
import { connectCluster } from '../adapters/kubernetes/connect.ts';
import { postgresFailure } from '../adapters/store/probe-store.ts';
import type { ClusterConfig, OperatorConfig } from '../config/operator-config.ts';
import { listen } from '../web/listen.ts';

/** What can be found out before anything is opened. */
export async function startRefusals(config: OperatorConfig, file: string): Promise<readonly string[]> {
  const [git, port] = await Promise.all([gitVersion(), portProblem(config, file)]);
  const clusters = await Promise.all(config.clusters.map((cluster) => clusterProblems(cluster, file)));
  return [
    ...(git.known ? [] : [`${git.detail}. Install git 2.38 or newer and put it on PATH.`]),
    ...clusters.flat(),
    ...port,
  ];
}

/** Listening is the last thing a start does; by then a second Fairlead on one database would have begun to work. */
async function portProblem({ server }: OperatorConfig, file: string): Promise<readonly string[]> {
  try {
    const trial = await listen((_request, response) => response.destroy(), server);
    await trial.close(0);
    return [];
  } catch (error) {
    return [explainListenFailure(error, server.port, portFix(file))];
  }
}

function portFix(file: string): string {
  return `Stop that program, or correct server.host and server.port in ${file}.`;
}

/** Kubeconfigs that hold no usable context. Nothing is sent: a cluster that is away is no reason not to start. */
async function clusterProblems(cluster: ClusterConfig, file: string): Promise<readonly string[]> {
  const { name, kubeconfig, context, inCluster, planKubeconfig } = cluster;
  const own = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    inCluster,
  };
  const targets = planKubeconfig === undefined ? [own] : [own, { kubeconfig: planKubeconfig }];
  const problems: string[] = [];
  for (const target of targets) {
    try {
      await (await connectCluster(target)).close();
    } catch (error) {
      const where = target.kubeconfig === undefined ? '' : ` (${target.kubeconfig})`;
      problems.push(
        `The cluster ${name}${where}: ${messageOf(error)}. Correct the kubeconfig, or the cluster ${name} in ${file}.`,
      );
    }
  }
  return problems;
}

/** What came up while starting. */
export function explainStartFailure(error: unknown, config: OperatorConfig, file: string): string {
  const { store, server } = config;
  const code = codeOf(error);
  if (isListenFailure(error)) {
    return explainListenFailure(error, server.port, portFix(file));
  }
  if (code === 'EACCES' || code === 'ENOTDIR' || code === 'EROFS' || code === 'ENOSPC') {
    const folder = store.kind === 'embedded' ? store.folder : 'data';
    return `The folder ${folder} cannot be written to (${code}). Correct its permissions, or store.folder in ${file}.`;
  }
  const fromPostgres =
    store.kind === 'postgres' && (error instanceof AggregateError || code !== '' || isTimeout(error));
  if (fromPostgres) {
    return `PostgreSQL at ${addressOf(store.url)} cannot be used: ${postgresFailure(error)}. Correct store.url in ${file}, or start PostgreSQL.`;
  }
  return `Fairlead cannot start: ${messageOf(error)}.`;
}

/** `fix` is a sentence. */
export function explainListenFailure(error: unknown, port: number, fix: string): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `Port ${port} is in use by another program. ${fix}`;
    case 'EACCES':
      return `Port ${port} may not be listened on by this user. ${fix}`;
    default:
      return `Port ${port} cannot be listened on: ${messageOf(error)}. ${fix}`;
  }
}

function isListenFailure(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'bind');
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout|terminated/i.test(error.message);
}

/** Host, port and database only. */
function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
