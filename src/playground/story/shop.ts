/** The repository of the story: a small shop, the same in two environments. Only what a step changes differs from one commit to the next. */

export const repository = { owner: 'acme', name: 'shop', fullName: 'acme/shop' } as const;

export const environments = ['staging', 'prod'] as const;
export type EnvironmentName = (typeof environments)[number];

export const namespace = 'shop';
export const clusterOf: Readonly<Record<EnvironmentName, string>> = { staging: 'kind-staging', prod: 'prod-eu' };
const replicasOf: Readonly<Record<EnvironmentName, number>> = { staging: 1, prod: 3 };

/** The registry of the story does not have this one. */
export const missingImage = 'registry.acme.example/checkout:1.5.0';

/** `.fairlead.yaml` and a README: what is there before anybody opens a pull request. */
export const firstCommit: Readonly<Record<string, string>> = {
  'README.md': '# The shop\n\nWhat runs in our clusters stands in `deploy/`. Change it by a pull request.\n',
  '.fairlead.yaml': `version: 1
environments:
${environments.map(environmentText).join('')}`,
};

function environmentText(name: EnvironmentName): string {
  return `  - name: ${name}
    path: deploy/${name}
    cluster: ${clusterOf[name]}
    namespace: ${namespace}
`;
}

/** Everything the shop runs in one environment. */
export function shopFiles(name: EnvironmentName): Readonly<Record<string, string>> {
  const at = `deploy/${name}`;
  return {
    [`${at}/namespace.yaml`]: `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n`,
    [`${at}/branding.yaml`]: branding('Autumn, now with free returns'),
    [`${at}/checkout.yaml`]: checkout(name, '1.4.2'),
    [`${at}/catalog.yaml`]: workload('catalog', replicasOf[name], 'registry.acme.example/catalog:2.0.1'),
  };
}

export function branding(banner: string): string {
  return configMap('branding', { BANNER: banner, COLOUR: 'teal' });
}

export function configMap(name: string, data: Readonly<Record<string, string>>): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n${lines.join('')}`;
}

/** The checkout reads its branding as environment variables, so a new branding alone does not reach its pods. */
export function checkout(name: EnvironmentName, version: string, replicas = replicasOf[name]): string {
  return workload('checkout', replicas, `registry.acme.example/checkout:${version}`, 'branding');
}

function workload(name: string, replicas: number, image: string, environmentFrom?: string): string {
  const variables =
    environmentFrom === undefined
      ? ''
      : `          envFrom:\n            - configMapRef:\n                name: ${environmentFrom}\n`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: ${name}
          image: ${image}
${variables}          ports:
            - containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: 8080
`;
}
