/**
 * A violation of a configuration schema as a person wants to read it: what is wrong, at which key, and what to write
 * instead. Takes the plain facts that a JSON Schema validator reports, and is the same for both configuration files.
 */
import { nearestName } from './nearest-name.ts';

/** What we use of a validator's report (ajv's ErrorObject with `verbose`). */
export interface SchemaViolation {
  readonly keyword: string;
  /** JSON Pointer to the value. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly data?: unknown;
  readonly parentSchema?: Readonly<Record<string, unknown>>;
}

export interface ConfigProblem {
  /** Keys and indexes from the root to the value; for an unknown key the key is the last. */
  readonly path: readonly string[];
  readonly what: string;
  /** A sentence. */
  readonly fix?: string;
}

/** One problem for each thing to correct, in the order reported. */
export function explainViolations(violations: readonly SchemaViolation[]): readonly ConfigProblem[] {
  return violations.filter((each) => !isAlternative(each)).map(explain);
}

/** `environments[0].path`, or `the file` for the root. */
function shownPath(path: readonly string[]): string {
  const shown = path.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('');
  return shown === '' ? 'the file' : shown.replace(/^\./, '');
}

/** The branches of a choice all fail together; the choice itself says what is wanted. */
function isAlternative({ schemaPath }: SchemaViolation): boolean {
  return /\/(?:oneOf|anyOf)\/\d+\//.test(schemaPath);
}

function explain(violation: SchemaViolation): ConfigProblem {
  const path = violation.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const where = shownPath(path);
  switch (violation.keyword) {
    case 'additionalProperties':
      return unknownKey(path, where, violation);
    case 'required':
      return { path, what: `${where} has no "${String(violation.params['missingProperty'])}"`, fix: 'Add it.' };
    case 'const':
      return { path, what: `${where} must be ${String(violation.params['allowedValue'])}` };
    case 'enum':
      return wrongChoice(path, where, violation);
    case 'type':
      return { path, what: `${where} must be ${nounOf(violation.params['type'])}` };
    case 'pattern':
    case 'oneOf':
    case 'anyOf':
      return { path, what: `${where} must be ${wanted(violation) ?? 'written differently'}` };
    default:
      return { path, what: `${where} ${violation.message ?? 'is not valid'}` };
  }
}

function unknownKey(path: readonly string[], where: string, { params, parentSchema }: SchemaViolation): ConfigProblem {
  const key = String(params['additionalProperty']);
  const known = Object.keys(asRecord(parentSchema?.['properties']));
  const near = nearestName(key, known);
  const fix = near === undefined ? `Known keys are ${known.join(', ')}.` : `Did you mean ${near}?`;
  return { path: [...path, key], what: `${where} has an unknown key "${key}"`, fix };
}

function wrongChoice(path: readonly string[], where: string, { params, data }: SchemaViolation): ConfigProblem {
  const allowed = Array.isArray(params['allowedValues']) ? params['allowedValues'].map(String) : [];
  const near = typeof data === 'string' ? nearestName(data, allowed) : undefined;
  const problem = { path, what: `${where} must be one of ${allowed.join(', ')}` };
  return near === undefined ? problem : { ...problem, fix: `Did you mean ${near}?` };
}

function wanted({ parentSchema }: SchemaViolation): string | undefined {
  const description = parentSchema?.['description'];
  return typeof description === 'string' ? description : undefined;
}

function nounOf(type: unknown): string {
  switch (type) {
    case 'object':
      return 'a mapping';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text (in quotes, where YAML would take it for something else)';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return 'a whole number';
    default:
      return `of type ${String(type)}`;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
