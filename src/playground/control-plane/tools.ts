/**
 * The binaries a control plane is made of: which version, where it is built from, where its publisher offers it.
 * How they are looked for is in ensure-binaries.ts. Versions are pinned here and in go/<module>/go.mod; the two must agree
 * (tools.test.ts).
 */

export const TOOL_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'kubectl',
  'kustomize',
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

export interface Tool {
  readonly name: ToolName;
  /** With the leading `v`, as Go modules write it. */
  readonly version: string;
  /** Folder below go/ that holds the go.mod and go.sum it is built from. */
  readonly module: 'etcd' | 'kubernetes' | 'kwok' | 'kustomize';
  /** Path of the Go module whose version is `version`. */
  readonly modulePath: string;
  /** Path of the Go package with `main`. */
  readonly package: string;
  /** Go variables to set to a string, so that the binary says its version. */
  readonly versionVariables: Readonly<Record<string, string>>;
  /** What a cold build took on two cores, for the progress line. */
  readonly buildTakes: string;
  /** Arguments that make it print its version. */
  readonly versionArgs: readonly string[];
  /** The oldest version taken from PATH. */
  readonly oldestOnPath: readonly [major: number, minor: number];
  readonly download: Download;
}

/** Where the publisher offers a binary. Functions of Go's GOOS and GOARCH; `sums` is absent where none are published. */
export interface Download {
  readonly url: (os: string, arch: string) => string;
  /** A file that lists SHA-256 sums: either the bare sum, or lines of `sum  name`. */
  readonly sums: ((os: string, arch: string) => string) | 'not-published';
  /** For an archive: the path of the binary in it. */
  readonly inArchive?: (os: string, arch: string) => string;
  /** GOOS values it is offered for. */
  readonly offeredFor: readonly string[];
}

const KUBERNETES = 'v1.36.3';
const ETCD = 'v3.6.5';
const KWOK = 'v0.8.0';
const KUSTOMIZE = 'v5.8.1';

/**
 * To move to another version: in go/kubernetes/go.mod each staging module that k8s.io/kubernetes replaces by ./staging/… needs a
 * `replace k8s.io/X => k8s.io/X v0.<minor>.<patch>`; then `go mod tidy`. The other modules only take `go get` and `go mod tidy`.
 */
function kubernetesTool(
  name: 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubectl',
  rest: Pick<Tool, 'buildTakes' | 'versionArgs' | 'oldestOnPath'>,
): Tool {
  const url = (os: string, arch: string): string => `https://dl.k8s.io/release/${KUBERNETES}/bin/${os}/${arch}/${name}`;
  const versionVariables = Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((where) => [
      [`${where}.gitVersion`, KUBERNETES],
      [`${where}.gitMajor`, '1'],
      [`${where}.gitMinor`, '36'],
    ]),
  );
  return {
    name,
    version: KUBERNETES,
    module: 'kubernetes',
    modulePath: 'k8s.io/kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
    versionVariables,
    download: {
      url,
      sums: (os, arch) => `${url(os, arch)}.sha256`,
      offeredFor: name === 'kubectl' ? ['linux', 'darwin'] : ['linux'],
    },
    ...rest,
  };
}

const etcd: Tool = {
  name: 'etcd',
  version: ETCD,
  module: 'etcd',
  modulePath: 'go.etcd.io/etcd/server/v3',
  package: 'go.etcd.io/etcd/server/v3',
  versionVariables: {},
  buildTakes: 'half a minute',
  versionArgs: ['--version'],
  oldestOnPath: [3, 5],
  download: {
    url: (os, arch) =>
      `https://github.com/etcd-io/etcd/releases/download/${ETCD}/etcd-${ETCD}-${os}-${arch}.${os === 'linux' ? 'tar.gz' : 'zip'}`,
    sums: () => `https://github.com/etcd-io/etcd/releases/download/${ETCD}/SHA256SUMS`,
    inArchive: (os, arch) => `etcd-${ETCD}-${os}-${arch}/etcd`,
    // For macOS it comes as a zip, which `tar` unpacks only on macOS itself; nobody needs it without kube-apiserver.
    offeredFor: ['linux'],
  },
};

const kwok: Tool = {
  name: 'kwok',
  version: KWOK,
  module: 'kwok',
  modulePath: 'sigs.k8s.io/kwok',
  package: 'sigs.k8s.io/kwok/cmd/kwok',
  versionVariables: { 'sigs.k8s.io/kwok/pkg/consts.Version': KWOK },
  buildTakes: 'a minute',
  versionArgs: ['--version'],
  oldestOnPath: [0, 7],
  download: {
    url: (os, arch) => `https://github.com/kubernetes-sigs/kwok/releases/download/${KWOK}/kwok-${os}-${arch}`,
    sums: 'not-published',
    offeredFor: ['linux', 'darwin'],
  },
};

const kustomize: Tool = {
  name: 'kustomize',
  version: KUSTOMIZE,
  module: 'kustomize',
  modulePath: 'sigs.k8s.io/kustomize/kustomize/v5',
  package: 'sigs.k8s.io/kustomize/kustomize/v5',
  versionVariables: { 'sigs.k8s.io/kustomize/api/provenance.version': KUSTOMIZE },
  buildTakes: 'ten seconds',
  versionArgs: ['version'],
  oldestOnPath: [5, 0],
  download: {
    url: (os, arch) =>
      `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2F${KUSTOMIZE}/kustomize_${KUSTOMIZE}_${os}_${arch}.tar.gz`,
    sums: () => `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2F${KUSTOMIZE}/checksums.txt`,
    inArchive: () => 'kustomize',
    offeredFor: ['linux', 'darwin'],
  },
};

/** Every tool by its name. */
export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  etcd,
  kwok,
  kustomize,
  'kube-apiserver': kubernetesTool('kube-apiserver', {
    buildTakes: '3 to 5 minutes',
    versionArgs: ['--version'],
    oldestOnPath: [1, 36],
  }),
  'kube-controller-manager': kubernetesTool('kube-controller-manager', {
    buildTakes: 'a minute',
    versionArgs: ['--version'],
    oldestOnPath: [1, 36],
  }),
  'kube-scheduler': kubernetesTool('kube-scheduler', {
    buildTakes: 'ten seconds',
    versionArgs: ['--version'],
    oldestOnPath: [1, 36],
  }),
  kubectl: kubernetesTool('kubectl', {
    buildTakes: 'half a minute',
    versionArgs: ['version', '--client'],
    oldestOnPath: [1, 30],
  }),
};
