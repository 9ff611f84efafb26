/** The operator file that `setup` leaves behind: the forge is filled in, one cluster and one binding wait to be. */

export const fileNames = {
  operatorFile: 'fairlead.operator.yaml',
  privateKey: 'private-key.pem',
  webhookSecret: 'webhook-secret',
} as const;

export interface TemplateInput {
  readonly appId: string;
  /** `https://github.com`, `https://ghe.example.com`. */
  readonly gitHubUrl: string;
  readonly apiUrl: string;
  /** Absent: not known yet. */
  readonly publicUrl?: string;
}

/** YAML; its format is schema/operator.schema.json. */
export function operatorTemplate({ appId, gitHubUrl, apiUrl, publicUrl }: TemplateInput): string {
  const elsewhere = gitHubUrl === 'https://github.com' ? '' : `    apiUrl: ${apiUrl}\n    webUrl: ${gitHubUrl}\n`;
  return `# Fairlead's operator file: which forge, which clusters, and which repository may deploy where.
# Paths are relative to this file. Check it with: npx fairlead check
version: 1

server:
  port: 3000
  # Where people and GitHub reach this server; begins the links in comments.
${publicUrl === undefined ? '  # publicUrl: https://fairlead.example.com' : `  publicUrl: ${publicUrl}`}

# An embedded database and the git mirrors live in this folder. For PostgreSQL: store: {url: {env: DATABASE_URL}}
store:
  folder: data

forges:
  - name: github
    type: github
${elsewhere}    appId: ${appId}
    privateKey: {file: ${fileNames.privateKey}}
    webhookSecrets:
      - {file: ${fileNames.webhookSecret}}

# Fill in: a kubeconfig that Fairlead deploys with, and one it plans with.
clusters:
  - name: prod
    kubeconfig: prod.kubeconfig
    planKubeconfig: prod-plan.kubeconfig

# Fill in: which branch of which repository may deploy to which cluster, into which namespaces, which kinds. What is not listed
# is not allowed; an empty list allows nothing. * stands for any run of characters.
bindings:
  - forge: github
    repository: acme/shop
    branch: main
    cluster: prod
    namespaces: [shop]
    kinds: [ConfigMap, Deployment, Service]
`;
}
