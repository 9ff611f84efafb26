/** Manifests as people write them, for the conversations. */

/** `.fairlead.yaml` with one environment `prod` in `deploy/`; `more` are further lines of it. */
export function fairleadYaml(namespace: string, ...more: readonly string[]): string {
  return environmentsYaml(`name: prod
    path: deploy
    cluster: prod-eu
    namespace: ${namespace}
    readyTimeout: 60${more.map((line) => `\n    ${line}`).join('')}`);
}

/** Each environment as the lines of its mapping, indented by four. */
export function environmentsYaml(...environments: readonly string[]): string {
  return `version: 1\nenvironments:\n${environments.map((one) => `  - ${one}\n`).join('')}`;
}

export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: ${namespace}
data:
${lines.join('')}`;
}

interface DeploymentWords {
  readonly image: string;
  readonly replicas?: number;
  /** A ConfigMap whose values become environment variables. */
  readonly reads?: string;
}

export function deployment(namespace: string, name: string, { image, replicas = 2, reads }: DeploymentWords): string {
  const from = reads === undefined ? '' : `          envFrom:\n            - configMapRef: {name: ${reads}}\n`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: ${name}
          image: ${image}
${from}`;
}
