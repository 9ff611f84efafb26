/** `.fairlead.yaml` → environments, or findings that say everything that is wrong with it at once. */
import { Ajv, type ValidateFunction } from 'ajv';
import type { EnvironmentSpec } from '../../domain/environment.ts';
import type { Finding } from '../../domain/finding.ts';
import { type ConfigProblem, explainViolations } from '../../domain/schema-violation.ts';
import { composeDocuments } from '../manifest/compose.ts';
import { decodeFile } from '../manifest/decode.ts';
import { lineOfPath } from '../manifest/field-line.ts';
import { defaultReadLimits } from '../manifest/limits.ts';
import { repairBudget } from '../manifest/parse-yaml.ts';
import { type PositionNode, positionsOf } from '../manifest/positions.ts';
import { type DeclaredEnvironment, withDefaults } from './declared-environment.ts';
import { environmentProblems } from './environment-problems.ts';
import { repositorySchema } from './repository-schema.ts';

/** The file as the schema lets it through: defaults are not filled in yet. */
interface RepositoryFile {
  readonly version: 1;
  readonly environments: readonly DeclaredEnvironment[];
}

export type RepositoryFileResult =
  | { readonly kind: 'read'; readonly environments: readonly EnvironmentSpec[] }
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] };

const maxBytes = 256_000;
/** Settings need none of YAML's depths. */
const limits = { ...defaultReadLimits, fileBytes: maxBytes, depth: 20 };

/** `fileName` is the path inside the repository, for the findings (`config-malformed`, `config-invalid`). */
export function parseRepositoryFile(bytes: Uint8Array, fileName: string): RepositoryFileResult {
  const decoded = decodeFile({ path: fileName, bytes }, limits);
  if (!('text' in decoded)) {
    return { kind: 'refused', findings: [{ ...decoded, code: 'config-malformed' }] };
  }
  const composition = composeDocuments(decoded.text, limits, repairBudget());
  if (composition.kind === 'problem') {
    const { place, message, fix } = composition.problem;
    return malformed(fileName, place.line, `${message} (column ${place.column})`, fix);
  }
  const [document, second] = composition.documents;
  if (document === undefined || document.value === null || second !== undefined) {
    const what = second === undefined ? 'the file is empty' : 'the file holds more than one document';
    return malformed(fileName, second?.line ?? 1, what);
  }
  const problems = isRepositoryFile(document.value)
    ? environmentProblems(document.value.environments)
    : explainViolations(validate().errors ?? []);
  if (problems.length > 0 || !isRepositoryFile(document.value)) {
    const root = positionsOf(decoded.text, limits.depth)[0];
    return { kind: 'refused', findings: problems.map((each) => invalid(fileName, each, root)) };
  }
  return { kind: 'read', environments: document.value.environments.map(withDefaults) };
}

let compiled: ValidateFunction<RepositoryFile> | undefined;

/** Compiled when first needed: ajv is slow to start. */
function validate(): ValidateFunction<RepositoryFile> {
  return (compiled ??= new Ajv({ allErrors: true, verbose: true }).compile<RepositoryFile>(repositorySchema));
}

function isRepositoryFile(value: unknown): value is RepositoryFile {
  return validate()(value);
}

function malformed(file: string, line: number, detail: string, fix?: string): RepositoryFileResult {
  const finding: Finding = { code: 'config-malformed', severity: 'error', file, line, detail };
  return { kind: 'refused', findings: [fix === undefined ? finding : { ...finding, fix }] };
}

function invalid(file: string, { path, what, fix }: ConfigProblem, root: PositionNode | undefined): Finding {
  const line = root === undefined ? 1 : lineOfPath(root, path.map((step) => JSON.stringify(step)).join('.'));
  return { code: 'config-invalid', severity: 'error', file, line, detail: what, ...(fix === undefined ? {} : { fix }) };
}
