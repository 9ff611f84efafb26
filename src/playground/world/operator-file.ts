/** The operator file of a playground world, as an operator would write it. JSON, which is YAML. */
import type { Binding } from '../../domain/environment.ts';

/** What the operator file calls the stand-in GitHub. */
const forgeName = 'github';

export interface WorldCluster {
  readonly name: string;
  /** Path of a kubeconfig whose current context is used. */
  readonly kubeconfig: string;
}

/** Who may deploy where; the forge is the world's only one. */
export type WorldBinding = Omit<Binding, 'forge'>;

export interface OperatorFileInput {
  readonly port: number;
  /** For the embedded store and the git mirrors. */
  readonly dataFolder: string;
  readonly gitHub: { readonly url: string; readonly appId: number };
  /** Files that hold the App's key (PEM) and the webhook secret. */
  readonly keyFile: string;
  readonly secretFile: string;
  readonly clusters: readonly WorldCluster[];
  readonly bindings: readonly WorldBinding[];
  /** How often the product looks by itself; absent: its default. */
  readonly tickSeconds?: number;
  /** Absolute path of kustomize; absent: what PATH has. */
  readonly kustomize?: string;
}

/** The text of the file; its format is schema/operator.schema.json. */
export function operatorFile(input: OperatorFileInput): string {
  const { port, gitHub } = input;
  const file = {
    version: 1,
    server: { host: '127.0.0.1', port, publicUrl: `http://127.0.0.1:${port}` },
    store: { folder: input.dataFolder },
    forges: [
      {
        name: forgeName,
        type: 'github',
        apiUrl: gitHub.url,
        webUrl: gitHub.url,
        appId: gitHub.appId,
        privateKey: { file: input.keyFile },
        webhookSecrets: [{ file: input.secretFile }],
      },
    ],
    clusters: input.clusters.map(({ name, kubeconfig }) => ({ name, kubeconfig })),
    bindings: input.bindings.map((binding) => ({ forge: forgeName, ...binding })),
    ...(input.tickSeconds === undefined ? {} : { tick: { seconds: input.tickSeconds } }),
    ...(input.kustomize === undefined ? {} : { tools: { kustomize: input.kustomize } }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
