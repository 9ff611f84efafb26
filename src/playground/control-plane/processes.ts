/**
 * The command lines of a control plane's processes and the files they read. Pure: nothing is started here.
 *
 * There is no PKI of our own: kube-apiserver makes a throw-away CA for its serving certificate when none is given, and people
 * sign in with tokens. etcd listens on Unix sockets in a folder only we can enter, so it takes no port and needs no secrets.
 */
import type { Json } from '../../domain/json.ts';

/** The files in a control plane's folder. */
export const FILES = {
  tokens: 'tokens.csv',
  serviceAccountKey: 'service-accounts.pem',
  kubeconfig: 'kubeconfig',
  ca: 'ca.crt',
  stages: 'kwok.yaml',
  /** Written by kube-apiserver: its certificate, followed by that of the CA it made. */
  certificates: 'pki/apiserver.crt',
} as const;

/** The name of the only Node. */
export const NODE_NAME = 'playground';

/** etcd's own peers must have the form host:port; as a Unix address that is the name of a socket in the working folder. */
const PEER = 'unix://peer:1';

export function etcdArguments(dir: string): string[] {
  return [
    `--data-dir=${dir}/etcd`,
    `--listen-client-urls=unix://${dir}/etcd.sock`,
    // Told to other members, of which there are none.
    '--advertise-client-urls=http://localhost:1',
    `--listen-peer-urls=${PEER}`,
    `--initial-advertise-peer-urls=${PEER}`,
    `--initial-cluster=default=${PEER}`,
    // Survives a killed process, not a power cut; a throw-away cluster need not wait for the disk.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/**
 * @param serviceAccounts whether the ServiceAccount admission plugin is on, as in every real cluster. Without a
 *   controller-manager nobody makes the account `default`, and the plugin would refuse every Pod.
 */
export function apiServerArguments(
  dir: string,
  port: number,
  serviceAccounts: boolean,
  more: readonly string[],
): string[] {
  return [
    `--etcd-servers=unix://${dir}/etcd.sock`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${dir}/pki`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${dir}/${FILES.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${dir}/${FILES.serviceAccountKey}`,
    `--service-account-signing-key-file=${dir}/${FILES.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // The endpoint of the Service `kubernetes` cannot be a loopback address; nothing here would use it.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    ...(serviceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...more,
  ];
}

export function controllerManagerArguments(dir: string): string[] {
  return [
    `--kubeconfig=${dir}/${FILES.kubeconfig}`,
    `--root-ca-file=${dir}/${FILES.ca}`,
    `--service-account-private-key-file=${dir}/${FILES.serviceAccountKey}`,
    '--use-service-account-credentials=false',
    '--leader-elect=false',
    '--secure-port=0',
    // Its default of 20 requests a second would make rollouts wait for nothing.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ];
}

export function schedulerArguments(dir: string): string[] {
  return [`--kubeconfig=${dir}/${FILES.kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
}

export function kwokArguments(dir: string): string[] {
  return [
    `--kubeconfig=${dir}/${FILES.kubeconfig}`,
    '--manage-all-nodes=true',
    `--config=${dir}/${FILES.stages}`,
    // An address of those kept for documentation: nothing can be reached there.
    '--node-ip=192.0.2.1',
    // The Node's heartbeat. Off by default, and then the controller-manager gives the Node up after a minute.
    '--node-lease-duration-seconds=40',
  ];
}

/** kube-apiserver's static token file: one user of the group that may do everything. */
export function tokenFile(token: string): string {
  return `${token},admin,admin,"system:masters"\n`;
}

/** The one Node; kwok makes it Ready. Large enough that nothing has to wait for room. */
export const NODE: Json = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: NODE_NAME,
    labels: {
      'kubernetes.io/hostname': NODE_NAME,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
    },
  },
  status: {
    allocatable: { cpu: '1000', memory: '1Ti', 'ephemeral-storage': '1Ti', pods: '10000' },
    nodeInfo: {
      kubeletVersion: 'kwok',
      architecture: 'amd64',
      operatingSystem: 'linux',
      bootID: '',
      containerRuntimeVersion: '',
      kernelVersion: '',
      kubeProxyVersion: '',
      machineID: '',
      osImage: '',
      systemUUID: '',
    },
    capacity: { cpu: '1000', memory: '1Ti', 'ephemeral-storage': '1Ti', pods: '10000' },
  },
};
