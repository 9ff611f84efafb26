/** Reads the operator file for every command; what is wrong with it is said on standard error, one sentence for each. */
import { readFileSync } from 'node:fs';
import { parseOperatorFile } from '../config/operator.ts';
import type { OperatorConfig } from '../config/operator-config.ts';

/** Undefined, after saying why, when the file cannot be used. */
export function loadOperatorFile(file: string): OperatorConfig | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    console.error(
      `${file}: the operator file cannot be read. Give its path with --config; docs/install-github.md shows one.`,
    );
    return undefined;
  }
  const parsed = parseOperatorFile(text, file, process.env, (path) => readFileSync(path, 'utf8'));
  if (parsed.ok) return parsed.config;
  for (const problem of parsed.problems) console.error(problem);
  return undefined;
}
