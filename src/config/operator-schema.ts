/**
 * The JSON Schema of the operator file. It is published as schema/operator.schema.json, and a test keeps the two the same.
 * Descriptions complete the sentence "… must be", so that a violation can be told in words.
 */

const name = {
  type: 'string',
  maxLength: 63,
  pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
  description: 'a name of at most 63 letters, digits, -, _ and .',
} as const;

const text = { type: 'string', minLength: 1, maxLength: 4096 } as const;

const url = {
  type: 'string',
  maxLength: 2048,
  pattern: '^https?://[^\\s]+$',
  description: 'an http or https URL',
} as const;

const reference = (description: string) =>
  ({
    description,
    oneOf: [
      { type: 'object', required: ['env'], additionalProperties: false, properties: { env: text } },
      { type: 'object', required: ['file'], additionalProperties: false, properties: { file: text } },
    ],
  }) as const;

const secret = reference('{env: NAME} or {file: path}; a secret does not stand in this file');

const count = (minimum: number, maximum: number, byDefault: number) =>
  ({ type: 'integer', minimum, maximum, default: byDefault }) as const;

const forge = {
  type: 'object',
  required: ['name', 'type', 'appId', 'privateKey', 'webhookSecrets'],
  additionalProperties: false,
  properties: {
    name,
    type: { enum: ['github'] },
    apiUrl: url,
    webUrl: url,
    appId: {
      description: 'the number of the App, or {env: NAME} or {file: path}',
      oneOf: [{ type: 'integer', minimum: 1 }, { type: 'string', pattern: '^[0-9]{1,20}$' }, ...reference('').oneOf],
    },
    privateKey: secret,
    webhookSecrets: { type: 'array', minItems: 1, maxItems: 5, items: secret },
  },
} as const;

const cluster = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name,
    kubeconfig: text,
    context: text,
    inCluster: { type: 'boolean', default: false },
    planKubeconfig: text,
  },
} as const;

const binding = {
  type: 'object',
  required: ['forge', 'repository', 'branch', 'cluster', 'namespaces', 'kinds'],
  additionalProperties: false,
  properties: {
    forge: name,
    repository: {
      type: 'string',
      maxLength: 255,
      pattern: '^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$',
      description: 'owner/name',
    },
    branch: {
      type: 'string',
      maxLength: 255,
      pattern: '^(?!-|/|refs/)(?!.*(\\.\\.|@\\{|//|/$))[^\\s~^:?*\\[\\\\]+$',
      description: 'the name of one branch, such as main',
    },
    cluster: name,
    namespaces: {
      type: 'array',
      maxItems: 500,
      items: {
        type: 'string',
        maxLength: 63,
        pattern: '^[-a-z0-9*]+$',
        description: 'a namespace, or a pattern with *',
      },
    },
    kinds: {
      type: 'array',
      maxItems: 500,
      items: {
        type: 'string',
        maxLength: 253,
        pattern: '^[-A-Za-z0-9*.]+$',
        description:
          'a kind such as Deployment, a kind and its group such as Certificate.cert-manager.io, or a pattern with *',
      },
    },
  },
} as const;

export const operatorSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'operator.schema.json',
  title: 'Fairlead operator file',
  type: 'object',
  required: ['version', 'forges', 'clusters', 'bindings'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    server: {
      type: 'object',
      additionalProperties: false,
      properties: { host: { ...text, default: '0.0.0.0' }, port: count(0, 65_535, 3000), publicUrl: url },
    },
    store: {
      description: '{folder: path} or {url: a PostgreSQL URL, as a text without password, {env: NAME} or {file: path}}',
      oneOf: [
        { type: 'object', required: ['folder'], additionalProperties: false, properties: { folder: text } },
        {
          type: 'object',
          required: ['url'],
          additionalProperties: false,
          properties: { url: { oneOf: [text, ...reference('').oneOf] } },
        },
      ],
    },
    forges: { type: 'array', minItems: 1, maxItems: 20, items: forge },
    clusters: { type: 'array', minItems: 1, maxItems: 200, items: cluster },
    bindings: { type: 'array', maxItems: 5000, items: binding },
    tick: { type: 'object', additionalProperties: false, properties: { seconds: count(5, 86_400, 60) } },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: {
        fileBytes: count(1_000, 100_000_000, 10_000_000),
        totalBytes: count(1_000, 500_000_000, 50_000_000),
        objects: count(1, 200_000, 20_000),
        renderSeconds: count(1, 600, 60),
        requestsInFlight: count(1, 64, 8),
        requestSeconds: count(1, 600, 30),
        retrySeconds: count(1, 3_600, 60),
        forgeWritesPerMinute: count(1, 100_000, 120),
      },
    },
    tools: { type: 'object', additionalProperties: false, properties: { kustomize: text } },
  },
} as const;
