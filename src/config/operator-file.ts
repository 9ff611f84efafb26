/** The operator file as its schema lets it through: secrets are references still, and defaults are not filled in. */
import { Ajv, type ValidateFunction } from 'ajv';
import type { Binding } from '../domain/environment.ts';
import { type ConfigProblem, explainViolations } from '../domain/schema-violation.ts';
import { operatorSchema } from './operator-schema.ts';
import type { OperatorLimits } from './operator-config.ts';

export type SecretReference = { readonly env: string } | { readonly file: string };

export interface OperatorFile {
  readonly version: 1;
  readonly server?: { readonly host?: string; readonly port?: number; readonly publicUrl?: string };
  readonly store?: { readonly folder: string } | { readonly url: string | SecretReference };
  readonly forges: readonly ForgeEntry[];
  readonly clusters: readonly ClusterEntry[];
  readonly bindings: readonly Binding[];
  readonly tick?: { readonly seconds?: number };
  readonly limits?: Partial<OperatorLimits>;
  readonly tools?: { readonly kustomize?: string };
}

export interface ForgeEntry {
  readonly name: string;
  readonly type: 'github';
  readonly apiUrl?: string;
  readonly webUrl?: string;
  readonly appId: number | string | SecretReference;
  readonly privateKey: SecretReference;
  readonly webhookSecrets: readonly SecretReference[];
}

export interface ClusterEntry {
  readonly name: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly inCluster?: boolean;
  readonly planKubeconfig?: string;
}

let compiled: ValidateFunction<OperatorFile> | undefined;

/** Checks the shape only; compiled when first needed. */
export function validateOperatorFile(
  value: unknown,
):
  | { readonly ok: true; readonly file: OperatorFile }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] } {
  compiled ??= new Ajv({ allErrors: true, verbose: true }).compile<OperatorFile>(operatorSchema);
  return compiled(value)
    ? { ok: true, file: value }
    : { ok: false, problems: explainViolations(compiled.errors ?? []) };
}
