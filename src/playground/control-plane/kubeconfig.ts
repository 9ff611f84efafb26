/** The text of a kubeconfig that signs in with a bearer token. JSON, which is YAML. */

export interface Access {
  /** https URL of the API server. */
  readonly url: string;
  /** PEM of the certificate authority that signed its certificate. */
  readonly caPem: string;
  readonly token: string;
}

/** @param user what the kubeconfig calls the user; the token alone decides who it is */
export function kubeconfigText(access: Access, user: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'fairlead',
        cluster: {
          server: access.url,
          'certificate-authority-data': Buffer.from(access.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: { token: access.token } }],
    contexts: [{ name: 'fairlead', context: { cluster: 'fairlead', user } }],
    'current-context': 'fairlead',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
