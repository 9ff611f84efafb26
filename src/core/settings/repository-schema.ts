/**
 * The JSON Schema of `.fairlead.yaml`. It is published as schema/fairlead.schema.json, and a test keeps the two the same.
 * Descriptions complete the sentence "… must be", so that a violation can be told in words.
 */

const name = {
  type: 'string',
  maxLength: 63,
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  description: 'a name of at most 63 lower-case letters, digits and -, which begins and ends with a letter or digit',
} as const;

const fieldText = { type: 'string', minLength: 1, maxLength: 256 } as const;

export const repositorySchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'fairlead.schema.json',
  title: 'Fairlead repository file (.fairlead.yaml)',
  type: 'object',
  required: ['version', 'environments'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    environments: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      items: {
        type: 'object',
        required: ['name', 'path', 'cluster', 'namespace'],
        additionalProperties: false,
        properties: {
          name,
          path: { type: 'string', minLength: 1, maxLength: 1024, description: 'a folder of this repository' },
          cluster: {
            type: 'string',
            maxLength: 63,
            pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
            description: 'the name of a cluster in the operator file',
          },
          namespace: name,
          render: { enum: ['plain', 'kustomize'], default: 'plain' },
          dependsOn: { type: 'array', maxItems: 200, uniqueItems: true, items: name, default: [] },
          prune: { type: 'boolean', default: true },
          maxPrune: { type: 'integer', minimum: 0, maximum: 20_000, default: 20 },
          allowReplace: { type: 'boolean', default: false },
          drift: { enum: ['report', 'heal'], default: 'report' },
          takeOver: {
            type: 'array',
            maxItems: 50,
            items: { type: 'string', minLength: 1, maxLength: 128 },
            default: [],
          },
          ignore: {
            type: 'array',
            maxItems: 200,
            default: [],
            items: {
              type: 'object',
              required: ['field'],
              additionalProperties: false,
              properties: { kind: fieldText, name: fieldText, field: fieldText },
            },
          },
          readyTimeout: { type: 'integer', minimum: 1, maximum: 86_400, default: 300, description: 'seconds' },
        },
      },
    },
  },
} as const;
